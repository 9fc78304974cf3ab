#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/conditions.hpp"
#include "engine/threads/process.hpp"
#include "trama/engine/checkpoint.hpp"

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

    LoopState(const network::Loop& loop, std::int64_t index, const Conditions& conditions)
        : loop_(loop),
          index_(index),
          conditions_(conditions),
          done_(loop.streams.size()),
          entered_(loop.streams.size()) {}

    const network::Loop& loop() const { return loop_; }
    const Conditions& conditions() const { return conditions_; }
    void add_stream(Process& process) { streams_.push_back(&process); }

    /// False when it cannot be: it would have to keep checkpoints of a second token.
    bool enter(std::size_t stream, const Message& entering);
    /// A stream has finished a round. Reports the round when it is the last to do so, saves a checkpoint when
    /// it is the turn for one, and wakes the others.
    void complete(std::size_t stream, const Message& message, Shared& shared);
    /// False while the stream is too far ahead.
    bool may_go_on(std::size_t stream) const;

    /// Goes on behind the round of a checkpoint; before the run.
    void resume(const Checkpoint& checkpoint);

    /// Keeps the model that enters a stream first; before the run.
    void keep_first(std::size_t stream) { entered_[stream].keep = true; }
    /// That model, for the first State of rules; null when none has entered.
    std::shared_ptr<const core::Model> first_entered(std::size_t stream) const;
    /// The values of the best round so far (`keep:`), for the control actor; empty before the first.
    struct Best {
        std::vector<core::Value> values;
        double score = 0;
    };
    Best best() const;
    void set_best(Best best);
    /// Seconds since the first token entered.
    double seconds() const;
    /// The token leaves: clock and best round begin anew with the next one.
    void over();

    /// The token of a stream at the end of the last round that all streams have finished, or as it entered;
    /// nothing when it has not entered.
    std::optional<core::Token> last_complete(std::size_t stream) const;

  private:
    struct Entered {
        bool keep = false;
        std::shared_ptr<const core::Model> first;
        std::optional<core::Token> now;
        std::shared_ptr<const core::Model> base;  ///< for checkpoints
    };
    Checkpoint checkpoint(const Record& record, Shared& shared) const;

    const network::Loop& loop_;
    const std::int64_t index_;
    const Conditions& conditions_;
    std::vector<Process*> streams_;
    mutable std::mutex mutex_;
    std::vector<std::int64_t> done_;      ///< rounds by stream
    std::int64_t complete_ = 0;           ///< rounds that all have finished
    std::deque<Record> open_;             ///< those that some have finished
    std::shared_ptr<const Record> last_;  ///< the newest that all have finished
    std::vector<Entered> entered_;
    std::optional<measure::Clock::time_point> started_;
    Best best_;
    bool over_ = false;
};

}  // namespace trama::engine::threads
