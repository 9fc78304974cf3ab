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
    if (count < 1 || task.batch < 1) {
        throw std::invalid_argument(
            fmt::format("evaluating on {} samples in batches of {}", count, task.batch));
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

    const bool classification = task.data->classes > 0;
    const std::int64_t batch = rows_at_once(task, *plan, count);
    // Views for reading only: nothing in `forward` writes to them when it evaluates.
    const Parameters parameters(*plan, *task.net->params,
                                const_cast<float*>(task.model->params.floats().data()), *task.net->buffers,
                                const_cast<float*>(task.model->buffers.floats().data()));
    const BatchReader reader(*task.data, samples);
    const auto workspace = workspaces_.take(*plan, *task.net->params, Workspace::Use::evaluate, batch);
    std::vector<std::uint32_t> numbers(task.part.empty() ? static_cast<std::size_t>(batch) : 0);
    Sums sums;
    for (std::int64_t begin = 0; begin < count && !task.stop.stop_requested(); begin += batch) {
        const std::int64_t rows = std::min(batch, count - begin);
        std::span<const std::uint32_t> index;
        if (task.part.empty()) {
            std::iota(numbers.begin(), numbers.end(), static_cast<std::uint32_t>(begin));
            index = std::span(numbers).first(static_cast<std::size_t>(rows));
        } else {
            index = task.part.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(rows));
        }
        Frame& frame = workspace->frame(rows);
        reader.inputs(index, frame.input.data_ptr<float>());
        if (classification) {
            reader.labels(index, frame.labels.data_ptr<std::int64_t>());
            const at::Tensor& output = forward(*plan, parameters, frame);
            task.net->loss == learn::Loss::bce ? classify_in_two(frame, output, sums)
                                               : classify(frame, output, sums);
        } else {
            reader.targets(index, frame.targets.data_ptr<float>());
            measure_errors(frame, forward(*plan, parameters, frame), sums);
        }
        sums.samples += static_cast<double>(rows);
    }

    const double measured = std::max(sums.samples, 1.0);
    return learn::Evaluated{sums.loss / measured,
                            classification ? sums.right / measured : std::numeric_limits<double>::quiet_NaN(),
                            sums.samples};
}

}  // namespace trama::torch
