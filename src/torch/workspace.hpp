#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "torch/plan.hpp"
#include "torch/tensors.hpp"

namespace trama::torch {

/// Every value of one batch: what goes in, what each step gives, and the gradients on the way back. Tensors
/// are views of a workspace's memory, except for the outputs of convolutions, which libtorch allocates.
struct Frame {
    std::int64_t rows = 0;
    bool training = false;
    at::Tensor input;            ///< rows × shape of a sample
    at::Tensor labels, targets;  ///< one of them is used: int64, float
    Tensors outputs;             ///< of each step; an activation in place shares the one before
    Tensors indices;             ///< where each maximum came from (max_pool2d)
    Tensors gradients;           ///< with respect to the input of each step, where one is needed
    at::Tensor log_probabilities, output_gradient;
    at::Tensor recorded;  ///< the output with its history, when autograd computes the gradients
};

/// The memory of one call of `train` or `evaluate`: buffers for batches of up to `capacity` rows and, for
/// training, a flat buffer of gradients and the optimizer's moments. Not thread-safe: one call has it at a
/// time.
class Workspace {
  public:
    enum class Use { train, evaluate };

    Workspace(const Plan& plan, const core::Layout& layout, Use use, std::int64_t capacity, std::string key);

    const std::string& key() const { return key_; }
    std::int64_t capacity() const { return whole_.rows; }
    Frame& frame(std::int64_t rows);

    std::span<float> gradients() { return gradients_; }
    const Tensors& gradient_tensors() const { return gradient_tensors_; }
    std::span<float> moment(std::size_t number);  ///< 0 to 2; as the last call left it

  private:
    std::string key_;
    Frame whole_;
    std::list<Frame> shorter_;  ///< the newest only: the last batches of an epoch all have one size
    std::vector<float> gradients_;
    Tensors gradient_tensors_;
    std::vector<float> moments_[3];
};

/// Bytes that one row of a batch takes in a workspace, about.
std::int64_t bytes_per_row(const Plan& plan);

/// Keeps workspaces between calls: as many as there were calls at once, however many clients there are.
/// Thread-safe.
class WorkspacePool {
  public:
    /// Gives its workspace back when it goes. The pool outlives it.
    class Lease {
      public:
        Lease(WorkspacePool& pool, std::unique_ptr<Workspace> workspace)
            : pool_(pool), workspace_(std::move(workspace)) {}
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (workspace_ != nullptr) pool_.give(std::move(workspace_));
        }
        Workspace& operator*() const { return *workspace_; }
        Workspace* operator->() const { return workspace_.get(); }

      private:
        WorkspacePool& pool_;
        std::unique_ptr<Workspace> workspace_;
    };

    Lease take(const Plan& plan, const core::Layout& layout, Workspace::Use use, std::int64_t rows);

  private:
    void give(std::unique_ptr<Workspace> workspace);

    std::mutex mutex_;
    std::vector<std::unique_ptr<Workspace>> idle_;  ///< the one that was used last is at the end
    std::size_t taken_ = 0, most_taken_ = 0;
};

}  // namespace trama::torch
