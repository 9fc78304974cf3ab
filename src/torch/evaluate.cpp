#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>

#include <ATen/ops/_log_softmax.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "torch/backend.hpp"
#include "torch/batch.hpp"
#include "torch/network.hpp"
#include "torch/plan.hpp"
#include "torch/shards.hpp"
#include "torch/threads.hpp"

namespace trama::torch {
namespace {

/// Sums over the samples so far.
struct Sums {
    double loss = 0, right = 0, samples = 0;
};

void classify(Frame& frame, const at::Tensor& output, Sums& sums) {
    at::_log_softmax_out(frame.log_probabilities, output, 1, false);
    const float* row = frame.log_probabilities.data_ptr<float>();
    const std::int64_t* labels = frame.labels.data_ptr<std::int64_t>();
    const std::int64_t classes = output.size(1);
    for (std::int64_t i = 0; i < frame.rows; ++i, row += classes) {
        sums.loss -= row[labels[i]];
        sums.right += std::max_element(row, row + classes) - row == labels[i] ? 1 : 0;
    }
}

/// One logit: the second class, if it is positive.
void classify_in_two(const Frame& frame, const at::Tensor& output, Sums& sums) {
    const at::Tensor losses = at::binary_cross_entropy_with_logits(
        output, frame.labels.unsqueeze(1).to(at::kFloat), {}, {}, at::Reduction::None);
    const float* loss = losses.data_ptr<float>();
    const float* logit = output.data_ptr<float>();
    const std::int64_t* labels = frame.labels.data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < frame.rows; ++i) {
        sums.loss += loss[i];
        sums.right += (logit[i] > 0 ? 1 : 0) == labels[i] ? 1 : 0;
    }
}

void measure_errors(const Frame& frame, const at::Tensor& output, Sums& sums) {
    const float* predicted = output.data_ptr<float>();
    const float* targets = frame.targets.data_ptr<float>();
    for (std::int64_t i = 0; i < frame.rows; ++i) {
        const double error = static_cast<double>(predicted[i]) - targets[i];
        sums.loss += error * error;
    }
}

/// A net on one split of a data set.
struct Measured {
    const learn::EvaluateTask& task;
    const Plan& plan;
    const learn::Samples& samples;
    std::size_t rows;  ///< of a batch
};

/// One shard of the part, or, without a part, of all samples.
Sums measure(const Measured& on, const Piece& shard, Workspace& workspace) {
    const learn::EvaluateTask& task = on.task;
    // Views for reading only: nothing in `forward` writes to them when it evaluates.
    const Parameters parameters(on.plan, *task.net->params,
                                const_cast<float*>(task.model->params.floats().data()), *task.net->buffers,
                                const_cast<float*>(task.model->buffers.floats().data()));
    const BatchReader reader(*task.data, on.samples);
    std::vector<std::uint32_t> numbers(task.part.empty() ? on.rows : 0);
    Sums sums;
    for (std::size_t done = 0; done < shard.size && !task.stop.stop_requested();) {
        const std::size_t rows = std::min(on.rows, shard.size - done);
        const std::size_t begin = shard.begin + done;
        std::span<const std::uint32_t> index;
        if (task.part.empty()) {
            std::iota(numbers.begin(), numbers.end(), static_cast<std::uint32_t>(begin));
            index = std::span(numbers).first(rows);
        } else {
            index = task.part.subspan(begin, rows);
        }
        Frame& frame = workspace.frame(static_cast<std::int64_t>(rows));
        reader.inputs(index, frame.input.data_ptr<float>());
        if (task.data->classes > 0) {
            reader.labels(index, frame.labels.data_ptr<std::int64_t>());
            const at::Tensor& output = forward(on.plan, parameters, frame);
            task.net->loss == learn::Loss::bce ? classify_in_two(frame, output, sums)
                                               : classify(frame, output, sums);
        } else {
            reader.targets(index, frame.targets.data_ptr<float>());
            measure_errors(frame, forward(on.plan, parameters, frame), sums);
        }
        sums.samples += static_cast<double>(rows);
        done += rows;
    }
    return sums;
}

/// A batch is as large as asked for, unless its values would take more memory than they are worth: beyond
/// some thousand rows of a small net, or some hundred images, larger ones are not faster.
std::int64_t rows_at_once(const learn::EvaluateTask& task, const Plan& plan, std::int64_t samples) {
    constexpr std::int64_t budget = 16 << 20;
    return std::clamp<std::int64_t>(std::min(task.batch, budget / bytes_per_row(plan)), 1, samples);
}

}  // namespace

core::Result<learn::Evaluated> TorchBackend::evaluate(const learn::EvaluateTask& task) {
    const learn::Samples& samples = task.split == learn::Split::test ? task.data->test : task.data->train;
    const std::int64_t count =
        task.part.empty() ? samples.count : static_cast<std::int64_t>(task.part.size());
    if (count < 1 || task.batch < 1 || task.shards < 1) {
        throw std::invalid_argument(fmt::format("evaluating on {} samples in batches of {} in {} shards",
                                                count, task.batch, task.shards));
    }
    use_one_thread_here();
    const c10::InferenceMode no_autograd;
    if (auto fits = check_fit(*task.net, *task.model, *task.data, task.split, task.part); !fits) {
        return tl::unexpected(std::move(fits.error()));
    }
    const auto plan = torch::plan(*task.net, *task.data);
    if (!plan) {
        return tl::unexpected(plan.error());
    }

    const std::vector<Piece> shards =
        cut_in_shards(static_cast<std::size_t>(count), static_cast<std::size_t>(task.shards));
    const auto longest = static_cast<std::int64_t>(shards.front().size);
    const std::int64_t rows = rows_at_once(task, *plan, longest);
    std::vector<WorkspacePool::Lease> workspaces;
    for (std::size_t i = 0; i < shards.size(); ++i)
        workspaces.push_back(workspaces_.take(*plan, *task.net->params, Workspace::Use::evaluate, rows));
    const Measured on{task, *plan, samples, static_cast<std::size_t>(rows)};
    std::vector<Sums> of_shards(shards.size());
    helpers_.run(shards.size(),
                 [&](std::size_t i) { of_shards[i] = measure(on, shards[i], *workspaces[i]); });
    Sums sums = of_shards.front();
    for (const Sums& more : std::span(of_shards).subspan(1)) {
        sums.loss += more.loss;
        sums.right += more.right;
        sums.samples += more.samples;
    }

    const bool classification = task.data->classes > 0;
    const double measured = std::max(sums.samples, 1.0);
    return learn::Evaluated{sums.loss / measured,
                            classification ? sums.right / measured : std::numeric_limits<double>::quiet_NaN(),
                            sums.samples};
}

}  // namespace trama::torch
