#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "torch/backend.hpp"
#include "torch/batch.hpp"
#include "torch/network.hpp"
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

/// The local loop: batch by batch through one workspace, the parameters updated where they lie.
class LocalLoop {
  public:
    LocalLoop(const learn::TrainTask& task, const Plan& plan, const OptimizerRule& rule,
              const Stepper& stepper, Workspace& workspace, core::ParameterBuffer& parameters)
        : task_(task),
          plan_(plan),
          rule_(rule),
          stepper_(stepper),
          workspace_(workspace),
          parameters_(plan, *parameters.layout(), parameters.floats().data()),
          reader_(*task.data, task.data->train, task.augment),
          loss_(task.data->classes > 0) {
        state_ = {parameters.floats(),  workspace.gradients(),        {}, {},
                  &parameters_.tensors, &workspace.gradient_tensors()};
        const std::size_t count = moments(rule);
        state_.first = count > 0 ? workspace.moment(0) : std::span<float>();
        state_.second = count > 1 ? workspace.moment(1) : std::span<float>();
        std::ranges::fill(state_.first, 0.0F);
        std::ranges::fill(state_.second, 0.0F);
    }

    /// False when it should end: interrupted, or the loss is not finite (the step that it asks for is not
    /// made).
    bool batch(std::span<const std::uint32_t> index, learn::Trained& result) {
        if (task_.stop.stop_requested()) {
            return false;
        }
        Frame& frame = workspace_.frame(static_cast<std::int64_t>(index.size()));
        reader_.inputs(index, frame.input.data_ptr<float>());
        if (task_.data->classes > 0) {
            reader_.labels(index, frame.labels.data_ptr<std::int64_t>());
        } else {
            reader_.targets(index, frame.targets.data_ptr<float>());
        }
        const double loss = loss_(forward(plan_, parameters_, frame), frame);
        result.loss += loss * static_cast<double>(index.size());
        result.samples += static_cast<double>(index.size());
        if (!std::isfinite(loss)) {
            result.finite = false;
            return false;
        }
        backward(plan_, parameters_, frame, workspace_.gradient_tensors());
        stepper_.step(rule_, ++steps_, state_);
        return true;
    }

  private:
    const learn::TrainTask& task_;
    const Plan& plan_;
    const OptimizerRule& rule_;
    const Stepper& stepper_;
    Workspace& workspace_;
    Parameters parameters_;
    BatchReader reader_;
    Loss loss_;
    Stepper::State state_;
    long steps_ = 0;
};

void run_epochs(const learn::TrainTask& task, LocalLoop& loop, learn::Trained& result) {
    const auto batch = static_cast<std::size_t>(task.batch);
    const std::size_t batches = (task.part.size() + batch - 1) / batch;
    Epochs epochs(task.part, task.shuffle);
    for (double left = task.epochs; left > 0; left -= 1) {
        const auto order = epochs.next();
        const std::size_t used = batches_in(left, batches);
        for (std::size_t b = 0; b < used; ++b) {
            if (!loop.batch(order.subspan(b * batch, std::min(batch, order.size() - b * batch)), result)) {
                return;
            }
        }
    }
}

}  // namespace

core::Result<learn::Trained> TorchBackend::train(const learn::TrainTask& task) {
    if (task.part.empty() || task.batch < 1) {
        throw std::invalid_argument(
            fmt::format("training on {} samples in batches of {}", task.part.size(), task.batch));
    }
    use_one_thread_here();
    const c10::InferenceMode no_autograd;
    if (auto fits = check_fit(*task.net, *task.model, *task.data); !fits) {
        return tl::unexpected(std::move(fits.error()));
    }
    const auto plan = torch::plan(*task.net);
    if (!plan) {
        return tl::unexpected(plan.error());
    }
    const auto rule = read_optimizer(*task.optimizer, task.lr);
    if (!rule) {
        return tl::unexpected(rule.error());
    }

    core::ParameterBuffer parameters = task.model->params.copy();
    learn::Trained result;
    {
        const std::int64_t rows =
            std::min<std::int64_t>(task.batch, static_cast<std::int64_t>(task.part.size()));
        const auto workspace = workspaces_.take(*plan, *task.net->params, Workspace::Use::train, rows);
        LocalLoop loop(task, *plan, *rule, stepper_, *workspace, parameters);
        run_epochs(task, loop, result);
    }
    result.finite = result.finite && all_finite(parameters.floats());
    result.loss = result.samples > 0 ? result.loss / result.samples : 0;
    result.params = std::move(parameters).freeze();
    result.buffers = task.model->buffers;
    return result;
}

}  // namespace trama::torch
