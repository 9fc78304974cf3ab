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
        : Process(actor, shared, Waits::any), state_(state), stream_(stream) {}

  private:
    enum Input : std::size_t { entry, back };
    enum Output : std::size_t { body, exit };
    bool ready() const override;
    void fire() override;
    void enter();
    void come_back();
    void send(const core::Value& value);
    void keep(const core::Value& value);
    bool over(const core::Value& value) const;

    LoopState& state_;
    const std::size_t stream_;
    std::shared_ptr<Visit> visit_;  ///< of the token that has entered; null: there is none
    std::shared_ptr<const Trip> entered_trip_;
    core::Round round_;  ///< of the token that has entered
    core::Metrics entering_metrics_;
    std::shared_ptr<const core::Model> base_;
    core::Value newest_;  ///< that has come back, or entered
    std::int64_t sent_ = 0;
    std::int64_t returned_ = 0;
    std::int64_t circulating_ = 0;
    bool ended_ = false;  ///< its result has left, the others come back
    double entered_at_ = 0;
    std::optional<double> best_score_;
    core::Value best_;
};

}  // namespace trama::engine::actors
