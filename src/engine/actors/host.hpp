#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "engine/actors/channel.hpp"
#include "trama/core/error.hpp"
#include "trama/core/value.hpp"
#include "trama/engine/checkpoint.hpp"
#include "trama/measure/observer.hpp"

namespace trama::engine::actors {

class Process;

constexpr double never = std::numeric_limits<double>::infinity();

/// User code that a process wants to have run on these values.
struct Work {
    SharedRound round;
    std::vector<core::Value> values;
    std::function<core::Result<core::Value>(std::span<const core::Value>)> apply;
    double delay = 0;  ///< seconds that it takes longer, of a fault
};

/// Runs it; what user code throws is an error of the run.
core::Result<core::Value> guarded(const Work& work);

/// What an engine with a virtual clock has in hand, see Moment.
struct Clockwork {
    struct Job {
        Process* process = nullptr;
        core::Round round;
        double start = 0, end = 0;
        std::uint64_t number = 0;
    };
    struct Arrival {
        Channel* channel = nullptr;
        Message message;
        double at = 0;
        std::uint64_t number = 0;
    };
    double now = 0;
    std::uint64_t events = 0;
    std::vector<Moment::Machine> machines;
    std::vector<Job> jobs;  ///< in the order of their numbers
    std::vector<Arrival> arrivals;
    std::vector<Process*> ready;  ///< in their order
};

/// What an engine does for the processes of a run: it has the clock, says when who runs and where work is
/// done.
class Host {
  public:
    Host() = default;
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;
    virtual ~Host() = default;

    /// The process may be able to fire. From inside of a process, or before the run.
    virtual void ready(Process& process) = 0;
    /// Does the work, at once or later, and then calls `process.finish`. Until then it does not fire.
    virtual void work(Process& process, Work work) = 0;
    /// Brings the message to the other end, at once or later. Precondition: there is room.
    virtual void send(Channel& channel, Message&& message) = 0;
    /// Seconds since the run began.
    virtual double now() const = 0;
    /// Calls `process.notify` at that time. There is one time for each process: another call replaces it, and
    /// `never` takes it back.
    virtual void wake(Process& process, double at) = 0;
    /// Starts nothing any more. From any thread.
    virtual void stop() = 0;

    /// While a process fires. Nothing where time does not stand still then, or where somebody waits for an
    /// alarm.
    virtual std::optional<Clockwork> clockwork() const { return std::nullopt; }
    /// Whether it can be put back to a moment, too.
    virtual bool winds() const { return false; }
    /// Before the run: as it was then. Has those at work begin again.
    virtual void wind(const Clockwork& /*clockwork*/) {}
};

}  // namespace trama::engine::actors
