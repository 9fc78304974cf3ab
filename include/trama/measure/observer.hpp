#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/error.hpp"
#include "trama/core/model.hpp"

namespace trama::measure {

using Clock = std::chrono::steady_clock;
inline double seconds_between(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

/// Who reports: stable path ("scheme/feedback/[2]/client") and the round.
struct Place {
    std::string_view actor;
    const core::Round& round;
};

/// What a run reports, from any thread; the only way in which progress, metrics, traces and meters learn of
/// it. Implementations must be thread-safe and quick; they never throw.
class Observer {
  public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// A phase of the whole run: "load", "expand", "run", "save".
    virtual void phase(std::string_view /*name*/, Clock::time_point /*start*/, Clock::time_point /*end*/) {}
    /// An actor fired once: its function ran from start to end on some thread.
    virtual void fired(const Place& /*place*/, Clock::time_point /*start*/, Clock::time_point /*end*/) {}
    /// A token moved through a channel; `bytes` of tensor data. Skips are not told.
    virtual void sent(std::string_view /*from*/, std::string_view /*to*/, const core::Round& /*round*/,
                      std::size_t /*bytes*/) {}
    /// Metrics that an actor measured in that firing (not merged ones).
    virtual void measured(const Place& /*place*/, const core::Metrics& /*metrics*/, double /*seconds*/) {}
    /// A feedback has finished a round: merged metrics of all its streams.
    virtual void round_done(std::string_view /*loop*/, const core::Round& /*round*/, std::int64_t /*rounds*/,
                            const core::Metrics& /*metrics*/) {}
    /// An asynchronous server has mixed an update that started from a model so many versions old.
    virtual void mixed(const Place& /*place*/, std::int64_t /*staleness*/) {}
    /// A token was dropped, as the scheme says: a full `queue`, one that came too late for its round.
    virtual void dropped(const Place& /*place*/) {}
    /// Something has happened that somebody watches for (an Event came to a `control_room`): what and where.
    virtual void happened(std::string_view /*name*/, std::string_view /*text*/, std::string_view /*where*/) {}
    /// Something the user should know but that does not end the run.
    virtual void warn(std::string_view /*message*/, std::string_view /*where*/) {}
};

/// Hands everything on to several observers, in order.
class Observers final : public Observer {
  public:
    void add(Observer& observer) { all_.push_back(&observer); }
    void phase(std::string_view name, Clock::time_point start, Clock::time_point end) override;
    void fired(const Place& place, Clock::time_point start, Clock::time_point end) override;
    void sent(std::string_view from, std::string_view to, const core::Round& round,
              std::size_t bytes) override;
    void measured(const Place& place, const core::Metrics& metrics, double seconds) override;
    void round_done(std::string_view loop, const core::Round& round, std::int64_t rounds,
                    const core::Metrics& metrics) override;
    void mixed(const Place& place, std::int64_t staleness) override;
    void dropped(const Place& place) override;
    void happened(std::string_view name, std::string_view text, std::string_view where) override;
    void warn(std::string_view message, std::string_view where) override;

  private:
    std::vector<Observer*> all_;
};

}  // namespace trama::measure
