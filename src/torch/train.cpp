#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <stdexcept>

#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "torch/backend.hpp"
#include "torch/local_loop.hpp"
#include "torch/plan.hpp"
#include "torch/threads.hpp"

namespace trama::torch {
namespace {

/// How many batches of an epoch are used when `share` of it is left: all, or the first so many, at least one.
std::size_t batches_in(double share, std::size_t batches) {
    constexpr double rounding = 1e-9;  // 0.1 of ten batches is one, although 0.1 × 10 is not
    const double wanted = std::ceil(std::min(share, 1.0) * static_cast<double>(batches) - rounding);
    return std::clamp<std::size_t>(static_cast<std::size_t>(std::max(wanted, 1.0)), 1, batches);
}

/// The samples of one part in the order of each epoch.
class Epochs {
  public:
    Epochs(std::span<const std::uint32_t> part, core::Stream* shuffle) : part_(part), shuffle_(shuffle) {
        if (shuffle_ != nullptr) {
            order_.resize(part.size());
        }
    }

    std::span<const std::uint32_t> next() {
        if (shuffle_ == nullptr) {
            return part_;
        }
        std::iota(order_.begin(), order_.end(), 0U);
        shuffle_->permutation(order_);
        for (std::uint32_t& sample : order_) {
            sample = part_[sample];
        }
        return order_;
    }

  private:
    std::span<const std::uint32_t> part_;
    core::Stream* shuffle_;
    std::vector<std::uint32_t> order_;
};

/// Takes batches epoch by epoch, two at a time for the steps of first-order MAML.
void run_epochs(const learn::TrainTask& task, LocalLoop& loop, learn::Trained& result) {
    const auto batch = static_cast<std::size_t>(task.batch);
    const std::size_t batches = (task.part.size() + batch - 1) / batch;
    const std::size_t at_once = task.inner_rate != 0 ? 2 : 1;
    Epochs epochs(task.part, task.shuffle);
    for (double left = task.epochs; left > 0; left -= 1) {
        const auto order = epochs.next();
        const auto number = [&](std::size_t b) {
            return order.subspan(b * batch, std::min(batch, order.size() - b * batch));
        };
        const std::size_t used = batches_in(left, batches);
        for (std::size_t b = 0; b < used; b += at_once) {
            if (task.max_batches && result.steps >= *task.max_batches) {
                return;
            }
            const std::size_t last = std::min(b + at_once, used) - 1;
            if (!loop.step(number(b), number(last), result)) {
                return;
            }
        }
    }
}

}  // namespace

core::Result<learn::Trained> TorchBackend::train(const learn::TrainTask& task) {
    if (task.part.empty() || task.batch < 1 || task.shards < 1) {
        throw std::invalid_argument(fmt::format("training on {} samples in batches of {} in {} shards",
                                                task.part.size(), task.batch, task.shards));
    }
    use_one_thread_here();
    const c10::InferenceMode no_autograd;
    if (auto fits = check_fit(*task.net, *task.model, *task.data, learn::Split::train, task.part); !fits) {
        return tl::unexpected(std::move(fits.error()));
    }
    if (task.label_smoothing > 0 && loss_of(*task.net, *task.data) != learn::Loss::cross_entropy) {
        return core::fail(core::ErrorKind::scheme,
                          "`label_smoothing` is for the loss `cross_entropy`, and this net has another");
    }
    const auto plan = torch::plan(*task.net, *task.data);
    if (!plan) {
        return tl::unexpected(plan.error());
    }
    const auto rule = read_optimizer(*task.optimizer, task.lr);
    if (!rule) {
        return tl::unexpected(rule.error());
    }

    core::ParameterBuffer parameters = task.model->params.copy();
    std::optional<core::ParameterBuffer> buffers;  // few nets have any
    if (!task.model->buffers.empty()) {
        buffers = task.model->buffers.copy();
    }
    learn::Trained result;
    {
        const std::int64_t rows =
            std::min<std::int64_t>(task.batch, static_cast<std::int64_t>(task.part.size()));
        std::vector<WorkspacePool::Lease> workspaces;
        for (std::int64_t i = 0; i < std::min(task.shards, rows); ++i) {
            workspaces.push_back(workspaces_.take(*plan, *task.net->params, Workspace::Use::train,
                                                  (rows + task.shards - 1) / task.shards));
        }
        LocalLoop loop(task, *plan, *rule, stepper_, std::move(workspaces), helpers_, parameters,
                       buffers ? buffers->floats() : std::span<float>());
        run_epochs(task, loop, result);
        loop.remember();
    }
    result.finite = result.finite && all_finite(parameters.floats());
    result.loss = result.samples > 0 ? result.loss / result.samples : 0;
    result.params = std::move(parameters).freeze();
    result.buffers = buffers ? std::move(*buffers).freeze() : task.model->buffers;
    return result;
}

}  // namespace trama::torch
