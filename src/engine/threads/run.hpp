#pragma once

#include <memory>
#include <vector>

#include "engine/programs.hpp"
#include "engine/threads/flow.hpp"
#include "engine/threads/loop.hpp"
#include "engine/threads/work.hpp"
#include "trama/engine/engine.hpp"

namespace trama::engine::threads {

/// One run of a network: its processes and channels, from the first source to the last sink.
class Run {
  public:
    Run(const network::Network& network, const Programs& programs, measure::Observer& observer,
        const RunOptions& options);

    core::Result<Outcome> operator()(const std::stop_token& stop);

  private:
    void make_loops();
    void make_processes();
    std::unique_ptr<Process> make(const network::Actor& actor);
    void connect();
    void resume(const std::vector<Checkpoint>& checkpoints);
    Outcome outcome(bool interrupted) const;
    /// What the user gets for a sink that nothing has reached: the last complete round of the feedbacks
    /// before it.
    void collect(network::ActorId actor, std::vector<bool>& seen, std::vector<core::Token>& tokens) const;

    const network::Network& network_;
    const Programs& programs_;
    Shared shared_;
    std::vector<Conditions> conditions_;
    std::vector<std::unique_ptr<LoopState>> loops_;
    std::vector<std::size_t> stream_;  ///< by actor: its number among its loop's streams
    std::vector<std::unique_ptr<Process>> processes_;
    std::vector<Channel> channels_;
    std::vector<bool> left_;  ///< by actor: whether it has something to do
};

}  // namespace trama::engine::threads
