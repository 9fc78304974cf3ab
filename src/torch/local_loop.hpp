#pragma once

#include <span>
#include <vector>

#include "torch/batch.hpp"
#include "torch/helpers.hpp"
#include "torch/network.hpp"
#include "torch/optimizer.hpp"
#include "torch/plan.hpp"
#include "torch/shards.hpp"
#include "torch/workspace.hpp"
#include "trama/learn/backend.hpp"

namespace trama::torch {

/// The local loop: step by step through the same workspaces, the parameters updated where they lie.
class LocalLoop {
  public:
    using Index = std::span<const std::uint32_t>;

    /// `workspaces`: one for each shard of a batch, of enough rows for the longest. `buffers`: the model's,
    /// which training changes too; null when there are none.
    LocalLoop(const learn::TrainTask& task, const Plan& plan, const OptimizerRule& rule,
              const Stepper& stepper, std::vector<WorkspacePool::Lease> workspaces, Helpers& helpers,
              core::ParameterBuffer& parameters, std::span<float> buffers);

    /// One step, on the gradient of `batch`; with an inner rate this is taken where a step on `inner` leads.
    /// False when training should end: interrupted, or the loss is not finite (the step that it asks for is
    /// not made).
    bool step(Index inner, Index batch, learn::Trained& result);

    /// Leaves moments and steps in the task's memory.
    void remember();

  private:
    /// What computes a shard of each batch.
    struct Worker {
        WorkspacePool::Lease workspace;
        std::vector<float> buffers;  ///< of its own, where there are several shards
        Parameters parameters;
        Loss loss;
        Frame* frame = nullptr;
        double mean_loss = 0;
    };

    double gradient_of(Index batch);  ///< its mean loss; the gradient is in the first workspace
    void gradient_of_shard(Worker& worker) const;
    double join_shards(std::span<const Piece> shards);
    void read(Index batch, Frame& frame) const;
    void adjust_gradient();
    void recall();

    const learn::TrainTask& task_;
    const Plan& plan_;
    OptimizerRule rule_;
    const Stepper& stepper_;
    Helpers& helpers_;
    core::ParameterBuffer& buffer_;
    std::span<float> buffers_;
    std::vector<Worker> workers_;
    BatchReader reader_;
    Stepper::State state_;
    std::vector<float> start_of_step_;  ///< with an inner rate only
    std::int64_t steps_ = 0;
};

}  // namespace trama::torch
