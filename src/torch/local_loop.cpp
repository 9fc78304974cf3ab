#include "torch/local_loop.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "torch/smoothing.hpp"

namespace trama::torch {
namespace {

std::string moment_name(std::size_t number) {
    return fmt::format("moment {}", number);
}

constexpr const char* steps_name = "steps";

}  // namespace

LocalLoop::LocalLoop(const learn::TrainTask& task, const Plan& plan, const OptimizerRule& rule,
                     const Stepper& stepper, Workspace& workspace, core::ParameterBuffer& parameters,
                     float* buffers)
    : task_(task),
      plan_(plan),
      rule_(rule),
      stepper_(stepper),
      workspace_(workspace),
      buffer_(parameters),
      parameters_(plan, *parameters.layout(), parameters.floats().data(), *task.net->buffers, buffers),
      reader_(*task.data, task.data->train),
      loss_(loss_of(*task.net, *task.data)) {
    state_ = {
        parameters.floats(), workspace.gradients(), {}, &parameters_.tensors, &workspace.gradient_tensors()};
    for (std::size_t i = 0; i < moments(rule); ++i) {
        state_.moments[i] = workspace.moment(i);
        std::ranges::fill(state_.moments[i], 0.0F);
    }
    recall();
    if (task.inner_rate != 0) {
        start_of_step_.resize(state_.parameters.size());
    }
    for (const std::span<const float> all : {task.adjustment.correction, task.adjustment.anchor}) {
        if (!all.empty() && all.size() != state_.parameters.size()) {
            throw std::invalid_argument(fmt::format("an adjustment of {} numbers for {} parameters",
                                                    all.size(), state_.parameters.size()));
        }
    }
}

bool LocalLoop::step(Index inner, Index batch, learn::Trained& result) {
    if (task_.stop.stop_requested()) {
        return false;
    }
    if (task_.inner_rate != 0) {
        std::ranges::copy(state_.parameters, start_of_step_.begin());
        if (!std::isfinite(gradient_of(inner))) {
            result.finite = false;
            return false;
        }
        stepper_.step(Sgd{.lr = task_.inner_rate}, 1, state_);
    }
    const double loss = gradient_of(batch);
    result.loss += loss * static_cast<double>(batch.size());
    result.samples += static_cast<double>(batch.size());
    if (!std::isfinite(loss)) {
        result.finite = false;
        return false;
    }
    if (task_.inner_rate != 0) {
        std::ranges::copy(start_of_step_, state_.parameters.begin());
    }
    adjust_gradient();
    ++steps_;
    const double rate = task_.rate ? task_.rate(steps_) : task_.lr;
    if (task_.rate) {
        set_rate(rule_, rate);
    }
    stepper_.step(rule_, steps_, state_);
    ++result.steps;
    result.rates += rate;
    return true;
}

double LocalLoop::gradient_of(Index batch) {
    Frame& frame = workspace_.frame(static_cast<std::int64_t>(batch.size()));
    read(batch, frame);
    double loss = loss_(forward(plan_, parameters_, frame), frame);
    if (!std::isfinite(loss)) {
        return loss;
    }
    if (task_.label_smoothing > 0 && task_.data->classes > 0) {
        loss = smooth(task_.label_smoothing, loss, frame);
    }
    backward(plan_, parameters_, frame, workspace_.gradient_tensors());
    return loss;
}

void LocalLoop::read(Index batch, Frame& frame) const {
    reader_.inputs(batch, frame.input.data_ptr<float>());
    if (task_.data->classes == 0) {
        reader_.targets(batch, frame.targets.data_ptr<float>());
        return;
    }
    auto* labels = frame.labels.data_ptr<std::int64_t>();
    reader_.labels(batch, labels);
    if (task_.flip_labels) {
        const std::int64_t last = task_.data->classes - 1;
        std::for_each(labels, labels + batch.size(), [last](std::int64_t& label) { label = last - label; });
    }
}

void LocalLoop::adjust_gradient() {
    const auto& [correction, pull, anchor] = task_.adjustment;
    const std::span<float> gradients = state_.gradients;
    const Kernels& loops = kernels(Rounding::twice);
    if (!correction.empty() || pull != 0) {
        const float* towards = anchor.empty() ? task_.model->params.floats().data() : anchor.data();
        loops.change({correction.empty() ? nullptr : correction.data(), static_cast<float>(pull), towards},
                     gradients.size(), state_.parameters.data(), gradients.data());
    }
    if (task_.clip_norm > 0) {
        const double norm = std::sqrt(loops.sum_of_squares(gradients.data(), gradients.size()));
        if (norm > task_.clip_norm) {
            const auto scale = static_cast<float>(task_.clip_norm / norm);
            for (float& gradient : gradients)
                gradient *= scale;
        }
    }
}

void LocalLoop::recall() {
    if (task_.memory == nullptr || task_.memory->empty()) {
        return;
    }
    steps_ = static_cast<std::int64_t>(task_.memory->numbers.at(steps_name));
    for (std::size_t i = 0; i < moments(rule_); ++i) {
        const core::ParameterSet& kept = task_.memory->sets.at(moment_name(i));
        if (!(kept.layout() == *buffer_.layout())) {
            throw std::invalid_argument("the optimizer's memory is that of another net");
        }
        std::ranges::copy(kept.floats(), state_.moments[i].begin());
    }
}

void LocalLoop::remember() {
    if (task_.memory == nullptr) {
        return;
    }
    core::State kept;
    kept.numbers[steps_name] = static_cast<double>(steps_);
    for (std::size_t i = 0; i < moments(rule_); ++i) {
        core::ParameterBuffer moment(buffer_.layout());
        std::ranges::copy(state_.moments[i], moment.floats().begin());
        kept.sets.insert_or_assign(moment_name(i), std::move(moment).freeze());
    }
    *task_.memory = std::move(kept);
}

}  // namespace trama::torch
