#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/actors/choose.hpp"
#include "engine/actors/loop_state.hpp"
#include "engine/actors/moment.hpp"
#include "engine/actors/shared.hpp"
#include "engine/programs.hpp"
#include "trama/engine/engine.hpp"

namespace trama::engine::actors {

/// One run of a network: its processes and channels, from the first source to the last sink.
class Run {
  public:
    Run(Host& host, const network::Network& network, const Programs& programs, measure::Observer& observer,
        const RunOptions& options);

    /// `drive` lets processes run until none can any more, or until `Host::stop`.
    core::Result<Outcome> operator()(const std::stop_token& stop, const std::function<void()>& drive);

  private:
    void make_loops();
    void make_processes();
    std::unique_ptr<Process> make(const network::Actor& actor);
    std::unique_ptr<Process> make_rule(const network::Actor& actor);
    void connect();
    void join_edges();
    void resume(const std::vector<Checkpoint>& checkpoints);
    /// An asynchronous one.
    void resume(const network::Loop& loop, const Checkpoint& checkpoint, bool again);
    /// Whether the run is over when each sink has a token, though some may still be at work.
    bool ends_with_its_sinks() const;
    void sink_finished();
    bool go_on_without(const network::Actor& actor, const core::Error& error);
    core::Error standstill() const;
    /// Whether it depends on speed if a token reaches that sink.
    bool may_stay_empty(network::ActorId sink) const;
    Outcome outcome(bool interrupted) const;
    /// What the user gets for a sink that nothing has reached: the last complete round of the feedbacks
    /// before it.
    void collect(network::ActorId actor, std::vector<bool>& seen, std::vector<core::Token>& tokens) const;
    LoopState& loop_of(const network::Actor& actor) const {
        return *loops_[static_cast<std::size_t>(actor.loop)];
    }

    const network::Network& network_;
    const Programs& programs_;
    Shared shared_;
    std::vector<Conditions> conditions_;
    std::vector<std::unique_ptr<LoopState>> loops_;
    std::vector<std::size_t> stream_;                ///< by actor: its number among its loop's streams
    std::vector<std::unique_ptr<Reports>> reports_;  ///< by actor; null but for `sample`s that want them
    std::vector<std::unique_ptr<Process>> processes_;
    std::vector<Channel> channels_;
    std::vector<Channel*> ports_;  ///< of all actors, one behind the other: inputs, outputs
    Moments moments_;
    std::vector<bool> left_;  ///< by actor: whether it has something to do
    std::mutex mutex_;        ///< of what follows
    std::size_t sinks_left_ = 0;
    bool lost_streams_ = false;
};

}  // namespace trama::engine::actors
