#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/conditions.hpp"
#include "engine/threads/process.hpp"

namespace trama::engine::threads {

/// What the streams of one feedback have done together. Its lock is held for a few assignments, never while
/// anyone's code runs.
///
/// No stream is more than `lead` rounds ahead of the slowest: that changes no result, and it bounds what is
/// kept so that an interrupted run has the same round of all streams.
class LoopState {
  public:
    static constexpr std::int64_t lead = 2;

    struct Record {  ///< a round: the token of every stream at its end
        core::Round round;
        std::vector<core::Value> values;
        std::size_t count = 0;
    };

    LoopState(const network::Loop& loop, const Conditions& conditions)
        : loop_(loop), conditions_(conditions), done_(loop.streams.size()), entered_(loop.streams.size()) {}

    const network::Loop& loop() const { return loop_; }
    const Conditions& conditions() const { return conditions_; }
    void add_stream(Process& process) { streams_.push_back(&process); }

    void enter(std::size_t stream, const Message& entering);
    /// A stream has finished a round. Reports the round when it is the last to do so, and wakes the others.
    void complete(std::size_t stream, const Message& message, measure::Observer& observer);
    /// False while the stream is too far ahead.
    bool may_go_on(std::size_t stream) const;

    /// Keeps the model that enters a stream first; before the run.
    void keep_first(std::size_t stream) { entered_[stream].keep = true; }
    /// That model, for the first State of rules; null when none has entered.
    std::shared_ptr<const core::Model> first_entered(std::size_t stream) const;
    /// Seconds since the first token entered.
    double seconds() const;
    void restart_clock();

    /// The token of a stream at the end of the last round that all streams have finished, or as it entered;
    /// nothing when it has not entered.
    std::optional<core::Token> last_complete(std::size_t stream) const;

  private:
    struct Entered {
        bool keep = false;
        std::shared_ptr<const core::Model> first;
        std::optional<core::Token> now;
    };
    const network::Loop& loop_;
    const Conditions& conditions_;
    std::vector<Process*> streams_;
    mutable std::mutex mutex_;
    std::vector<std::int64_t> done_;      ///< rounds by stream
    std::int64_t complete_ = 0;           ///< rounds that all have finished
    std::deque<Record> open_;             ///< those that some have finished
    std::shared_ptr<const Record> last_;  ///< the newest that all have finished
    std::vector<Entered> entered_;
    std::optional<measure::Clock::time_point> started_;
};

}  // namespace trama::engine::threads
