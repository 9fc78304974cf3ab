#include "torch/workspace.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include <ATen/ops/empty.h>
#include <fmt/format.h>

namespace trama::torch {
namespace {

using Kind = learn::Layer::Kind;

std::vector<std::int64_t> with_rows(std::int64_t rows, const std::vector<std::int64_t>& shape) {
    std::vector<std::int64_t> all{rows};
    all.insert(all.end(), shape.begin(), shape.end());
    return all;
}

at::Tensor buffer(std::int64_t rows, const std::vector<std::int64_t>& shape,
                  at::ScalarType type = at::kFloat) {
    return at::empty(with_rows(rows, shape), at::TensorOptions().dtype(type));
}

/// Steps whose output lies in a buffer that we own; the others alias it, or come out of libtorch as they are.
bool has_buffer(const Step& step) {
    return step.layer.kind == Kind::linear || step.layer.kind == Kind::max_pool2d ||
           step.layer.kind == Kind::avg_pool2d;
}

Frame make_frame(const Plan& plan, Workspace::Use use, std::int64_t rows) {
    Frame frame;
    frame.rows = rows;
    frame.training = use == Workspace::Use::train;
    frame.input = buffer(rows, plan.input);
    frame.labels = buffer(rows, {}, at::kLong);
    frame.targets = buffer(rows, {1});
    const std::size_t steps = plan.steps.size();
    frame.outputs.resize(std::max<std::size_t>(steps, 1));
    frame.indices.resize(steps);
    frame.gradients.resize(steps);
    for (std::size_t i = 0; i < steps && !plan.recorded; ++i) {
        const Step& step = plan.steps[i];
        if (has_buffer(step)) {
            frame.outputs[i] = buffer(rows, step.output);
        }
        if (step.layer.kind == Kind::max_pool2d) {
            frame.indices[i] = buffer(rows, step.output, at::kLong);
        }
        if (use == Workspace::Use::train && has_buffer(step) && i > plan.first_trained) {
            frame.gradients[i] = buffer(rows, step.input);
        }
    }
    frame.log_probabilities = buffer(rows, plan.output);
    if (use == Workspace::Use::train) {
        frame.output_gradient = buffer(rows, plan.output);
    }
    return frame;
}

Frame first_rows(const Frame& whole, std::int64_t rows) {
    const auto cut = [rows](const at::Tensor& tensor) {
        return tensor.defined() ? tensor.narrow(0, 0, rows) : tensor;
    };
    const auto cut_all = [&](const Tensors& tensors) {
        Tensors all;
        std::ranges::transform(tensors, std::back_inserter(all), cut);
        return all;
    };
    return {rows,
            whole.training,
            cut(whole.input),
            cut(whole.labels),
            cut(whole.targets),
            cut_all(whole.outputs),
            cut_all(whole.indices),
            cut_all(whole.gradients),
            cut(whole.log_probabilities),
            cut(whole.output_gradient),
            {}};
}

}  // namespace

Workspace::Workspace(const Plan& plan, const core::Layout& layout, Use use, std::int64_t capacity,
                     std::string key)
    : key_(std::move(key)), whole_(make_frame(plan, use, capacity)) {
    if (use == Use::train) {
        gradients_.resize(layout.bytes() / sizeof(float));
        gradient_tensors_ = views(layout, gradients_.data());
    }
}

Frame& Workspace::frame(std::int64_t rows) {
    if (rows == whole_.rows) {
        return whole_;
    }
    const auto found = std::ranges::find(shorter_, rows, &Frame::rows);
    if (found != shorter_.end()) {
        return *found;
    }
    constexpr std::size_t kept = 2;  // batches of a smaller size than the capacity, and their last one
    if (shorter_.size() == kept) {
        shorter_.pop_front();
    }
    // Cut afresh: what a convolution left in the whole frame is of the wrong size.
    Frame frame = first_rows(whole_, rows);
    return shorter_.emplace_back(std::move(frame));
}

std::span<float> Workspace::moment(std::size_t number) {
    moments_[number].resize(gradients_.size());
    return moments_[number];
}

std::int64_t bytes_per_row(const Plan& plan) {
    const auto numbers = [](const std::vector<std::int64_t>& shape) {
        return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    };
    constexpr std::int64_t unseen = 32;  // what a script makes of a number on its way: a guess
    std::int64_t sum = numbers(plan.input) * (plan.script ? unseen : 1);
    for (const Step& step : plan.steps) {
        sum += step.in_place || step.layer.kind == Kind::flatten ? 0 : numbers(step.output);
    }
    return sum * static_cast<std::int64_t>(sizeof(float));
}

WorkspacePool::Lease WorkspacePool::take(const Plan& plan, const core::Layout& layout, Workspace::Use use,
                                         std::int64_t rows) {
    std::string key = fmt::format("{}{}", use == Workspace::Use::train ? "train" : "evaluate", plan.key);
    {
        const std::lock_guard lock(mutex_);
        most_taken_ = std::max(most_taken_, ++taken_);
        const auto fits = [&](const auto& idle) { return idle->key() == key && idle->capacity() >= rows; };
        if (auto found = std::find_if(idle_.rbegin(), idle_.rend(), fits); found != idle_.rend()) {
            std::unique_ptr<Workspace> workspace = std::move(*found);
            idle_.erase(std::next(found).base());
            return {*this, std::move(workspace)};
        }
    }
    try {
        return {*this, std::make_unique<Workspace>(plan, layout, use, rows, std::move(key))};
    } catch (...) {
        give(nullptr);
        throw;
    }
}

void WorkspacePool::give(std::unique_ptr<Workspace> workspace) {
    std::unique_ptr<Workspace> surplus;  // freed after the lock
    const std::lock_guard lock(mutex_);
    --taken_;
    if (workspace != nullptr) {
        idle_.push_back(std::move(workspace));
    }
    if (idle_.size() > most_taken_) {
        surplus = std::move(idle_.front());
        idle_.erase(idle_.begin());
    }
}

}  // namespace trama::torch
