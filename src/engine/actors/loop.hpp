#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/actors/loop_state.hpp"
#include "engine/actors/process.hpp"

namespace trama::engine::actors {

/// What goes into the body of a feedback: an Update as its Model; metrics start afresh each round.
core::Value for_the_body(const core::Value& value);

/// What leaves a feedback: whatever the body gives, it came from the Model that entered.
core::Value result_of(const core::Value& value, std::shared_ptr<const core::Model> entered,
                      core::Metrics entering);

/// A feedback saves checkpoints, and a second token enters it.
core::Error one_too_many_to_save();

/// One stream of a feedback: sends what has entered round and round, until the rounds are over or the control
/// actor says so. One token at a time circulates; the next entering one waits.
class LoopProcess final : public Process {
  public:
    LoopProcess(const network::Actor& actor, Shared& shared, LoopState& state, std::size_t stream)
        : Process(actor, shared, Waits::any), state_(state), stream_(stream) {}

    /// Goes on as if it had just got back the token of a checkpoint, before the run. Where one comes in again
    /// because its source leads elsewhere too (`again`), that is let go.
    void resume(const Checkpoint& checkpoint, bool again);

  private:
    enum Input : std::size_t { entry, back };
    enum Output : std::size_t { body, exit };
    bool ready() const override;
    void fire() override;
    void enter();
    void come_back();
    void go_on();
    void leave();

    LoopState& state_;
    const std::size_t stream_;
    bool inside_ = false;              ///< a token circulates
    bool let_go_ = false;              ///< the next token to enter has been here before
    std::optional<Message> returned_;  ///< has come back, waits for the way on
    core::Value sent_;                 ///< what went into the body this round
    core::Metrics entering_metrics_;
    std::shared_ptr<const core::Model> base_;  ///< the model that entered
    core::Round round_;
    std::shared_ptr<const Trip> trip_;
};

/// Looks at the tokens of all streams at the end of a round and decides once for all.
class ControlProcess final : public Process {
  public:
    ControlProcess(const network::Actor& actor, Shared& shared, LoopState& state)
        : Process(actor, shared, Waits::all), state_(state) {}

  private:
    void fire() override;
    void keep(const std::vector<core::Value>& values);

    LoopState& state_;
};

}  // namespace trama::engine::actors
