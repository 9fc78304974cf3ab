#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/actors/process.hpp"
#include "engine/conditions.hpp"
#include "trama/engine/checkpoint.hpp"

namespace trama::engine::actors {

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
          entered_(loop.streams.size()),
          gone_(loop.streams.size()),
          newest_(loop.streams.size()) {}

    const network::Loop& loop() const { return loop_; }
    const Conditions& conditions() const { return conditions_; }
    void add_stream(Process& process) { streams_.push_back(&process); }

    /// Streams of this feedback do not wait for each other: some may be many rounds behind. What is kept is
    /// then the newest of each. Before the run.
    void loosen() { loose_ = true; }
    bool loose() const { return loose_; }
    /// Some may even be gone. Before the run.
    void bear_losses() { loose_ = bears_losses_ = true; }
    bool bears_losses() const { return bears_losses_; }

    /// Something in its body does what it does in order of arrival. Before the run.
    void follow_arrivals() { depends_on_speed_ = true; }
    bool depends_on_speed() const { return depends_on_speed_; }

    /// False when it cannot be: it would have to keep checkpoints of a second token.
    bool enter(std::size_t stream, const Message& entering, double now);
    /// A stream has finished a round. Reports the round when it is the last to do so, saves a checkpoint when
    /// it is the turn for one, and wakes the others.
    void complete(std::size_t stream, const Message& message, Shared& shared);
    /// False while the stream is too far ahead.
    bool may_go_on(std::size_t stream) const;

    /// Goes on behind the round of a checkpoint; before the run.
    void resume(const Checkpoint& checkpoint);

    /// A token of an asynchronous stream has come back: the round has the number of those so far.
    void came_back(std::size_t stream, const core::Value& value, const core::Round& round, Shared& shared);
    /// The stream has failed: nobody waits for it. False when none is left.
    bool lose(std::size_t stream, Shared& shared);

    /// The model that entered a stream last, and how many have.
    struct Entry {
        std::int64_t number = 0;
        std::shared_ptr<const core::Model> model;
    };
    Entry entry(std::size_t stream) const;
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
    /// Seconds from when the first token entered until `now`.
    double seconds(double now) const;
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
        Entry last;
    };
    /// The oldest open round when all have finished it, or nobody waits for the rest. Precondition: locked.
    std::shared_ptr<const Record> finish_oldest();
    void report(const Record& record, Shared& shared);
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
    std::optional<double> started_;
    Best best_;
    bool over_ = false;
    bool loose_ = false;
    bool bears_losses_ = false;
    bool depends_on_speed_ = false;
    std::vector<bool> gone_;                          ///< streams that have failed
    std::vector<std::optional<core::Token>> newest_;  ///< by stream, where they do not keep together
};

}  // namespace trama::engine::actors
