#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "trama/core/value.hpp"
#include "trama/network/network.hpp"

namespace trama::engine::actors {

/// The time that a token spends in asynchronous feedbacks: it is over for all tokens of one at once, when the
/// feedback has its result. What is over becomes a skip and moves on without work: how much of it that spares
/// depends on speed, and so do the states of functions, so it is not for feedbacks that do not depend on
/// speed otherwise.
class Visit {
  public:
    explicit Visit(std::shared_ptr<const Visit> outer) : outer_(std::move(outer)) {}
    bool over() const { return over_.load() || (outer_ && outer_->over()); }
    void end() { over_.store(true); }
    const std::shared_ptr<const Visit>& outer() const { return outer_; }

  private:
    std::atomic<bool> over_{false};
    const std::shared_ptr<const Visit> outer_;
};

/// Where a token of an asynchronous feedback has come by: the streams that a `unicast` has chosen.
struct Trip {
    struct Choice {
        network::ActorId unicast = 0;
        std::uint32_t stream = 0;
    };
    std::shared_ptr<const Visit> visit;
    std::vector<Choice> choices;
};

/// A round that all copies share: a broadcast to a million streams makes no million of it.
class SharedRound {
  public:
    SharedRound() = default;
    SharedRound(core::Round round)
        : round_(round.empty() ? nullptr : std::make_shared<const core::Round>(std::move(round))) {}
    const core::Round& get() const {
        static const core::Round none;
        return round_ ? *round_ : none;
    }
    operator const core::Round&() const { return get(); }
    bool empty() const { return !round_; }
    std::int64_t back() const { return round_->back(); }  ///< precondition: not empty

    friend bool operator==(const SharedRound& a, const SharedRound& b) {
        return a.round_ == b.round_ || a.get() == b.get();
    }
    friend bool operator==(const SharedRound& a, const core::Round& b) { return a.get() == b; }
    friend auto operator<=>(const SharedRound& a, const SharedRound& b) { return a.get() <=> b.get(); }
    friend auto operator<=>(const SharedRound& a, const core::Round& b) { return a.get() <=> b; }

  private:
    std::shared_ptr<const core::Round> round_;
};

/// A token.
struct Message {
    core::Value value;
    SharedRound round;
    std::shared_ptr<const Trip> trip = {};  ///< null outside of asynchronous feedbacks
    /// On a back edge, from a control actor: the loop ends with this round. Then the loop's result is this
    /// value, or the token's own where it is empty (`keep: best`).
    std::shared_ptr<const core::Value> last = {};
    double at = 0;  ///< when it has come, by the engine's clock

    bool over() const { return trip && trip->visit && trip->visit->over(); }
    /// The same on its way with another value.
    Message with(core::Value other) && {
        value = std::move(other);
        return std::move(*this);
    }
};

}  // namespace trama::engine::actors
