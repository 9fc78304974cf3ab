#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "engine/actors/loop_state.hpp"
#include "engine/actors/process.hpp"

namespace trama::engine::actors {

/// A stream of an asynchronous feedback: several copies of what has entered circulate at once, and each that
/// comes back is judged, and sent again, by itself. The number of a token's round is that of its way into the
/// body, so that a client never sees the same number twice. When the feedback is over its result leaves, and
/// the others are let go as they come back.
class AsyncLoopProcess final : public Process {
  public:
    AsyncLoopProcess(const network::Actor& actor, Shared& shared, LoopState& state, std::size_t stream)
        : Process(actor, shared, Waits::any),
          state_(state),
          stream_(stream),
          under_way_(shared.memories.under_way(actor.loop)) {}

    /// Goes on behind a checkpoint: the first thing it does is to send new tokens. Where one comes in again
    /// because its source leads elsewhere too (`again`), that is let go. Before the run.
    void resume(const Checkpoint& checkpoint, bool again);
    /// Of the tokens that circulate.
    const std::shared_ptr<Visit>& visit() const { return visit_; }
    std::optional<Held> held() const override;
    void hold(const Held& held) override { returned_token_ = held.tokens.at(0); }

  private:
    enum Input : std::size_t { entry, back };
    enum Output : std::size_t { body, exit };
    bool ready() const override;
    void fire() override;
    void enter();
    void begin();
    void come_back();
    void go_on();
    void send(const core::Value& value, std::shared_ptr<const Trip> trip);
    void leave(const core::Value& value);
    void clean_up();
    void save();
    void keep(const core::Value& value);
    bool over(const core::Value& value) const;

    LoopState& state_;
    const std::size_t stream_;
    UnderWay* const under_way_;     ///< null where no checkpoints are saved
    bool resumed_ = false;          ///< goes on, and has sent nothing yet
    bool let_go_ = false;           ///< the next token to enter has been here before
    std::shared_ptr<Visit> visit_;  ///< of the token that has entered; null: there is none
    std::shared_ptr<const Trip> entered_trip_;
    core::Round round_;  ///< of the token that has entered
    core::Metrics entering_metrics_;
    std::shared_ptr<const core::Model> base_;
    core::Value newest_;                     ///< that has come back, or entered
    std::optional<Message> returned_token_;  ///< has come back, waits for the way on
    std::int64_t sent_ = 0;
    std::int64_t returned_ = 0;
    std::int64_t circulating_ = 0;
    bool ended_ = false;     ///< its result has left, the others come back
    double entered_at_ = 0;  ///< below 0 when that was before the run
    std::optional<double> best_score_;
    core::Value best_;
};

}  // namespace trama::engine::actors
