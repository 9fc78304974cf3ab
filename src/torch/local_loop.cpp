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
                     const Stepper& stepper, std::vector<WorkspacePool::Lease> workspaces, Helpers& helpers,
                     core::ParameterBuffer& parameters, std::span<float> buffers)
    : task_(task),
      plan_(plan),
      rule_(rule),
      stepper_(stepper),
      helpers_(helpers),
      buffer_(parameters),
      buffers_(buffers),
      reader_(*task.data, task.data->train, task.augment) {
    const bool in_shards = workspaces.size() > 1;
    workers_.reserve(workspaces.size());
    for (WorkspacePool::Lease& workspace : workspaces) {
        std::vector<float> own(in_shards ? buffers.size() : 0);
        float* kept = in_shards ? own.data() : buffers.data();
        Parameters seen(plan, *parameters.layout(), parameters.floats().data(), *task.net->buffers, kept);
        workers_.push_back(
            {std::move(workspace), std::move(own), std::move(seen), Loss(loss_of(*task.net, *task.data))});
    }
    const Worker& first = workers_.front();
    state_ = {parameters.floats(),
              first.workspace->gradients(),
              {},
              &first.parameters.tensors,
              &first.workspace->gradient_tensors()};
    for (std::size_t i = 0; i < moments(rule); ++i) {
        state_.moments[i] = first.workspace->moment(i);
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
    const std::vector<Piece> shards = cut_in_shards(batch.size(), workers_.size());
    for (std::size_t i = 0; i < shards.size(); ++i) {
        Worker& worker = workers_[i];
        worker.frame = &worker.workspace->frame(static_cast<std::int64_t>(shards[i].size));
        // One after the other: augmentation draws from one stream.
        read(batch.subspan(shards[i].begin, shards[i].size), *worker.frame);
        if (!worker.buffers.empty()) {
            std::ranges::copy(buffers_, worker.buffers.begin());
        }
    }
    helpers_.run(shards.size(), [this](std::size_t i) { gradient_of_shard(workers_[i]); });
    return workers_.size() == 1 ? workers_.front().mean_loss : join_shards(shards);
}

void LocalLoop::gradient_of_shard(Worker& worker) const {
    Frame& frame = *worker.frame;
    worker.mean_loss = worker.loss(forward(plan_, worker.parameters, frame), frame);
    if (!std::isfinite(worker.mean_loss)) {
        return;
    }
    if (task_.label_smoothing > 0 && task_.data->classes > 0) {
        worker.mean_loss = smooth(task_.label_smoothing, worker.mean_loss, frame);
    }
    backward(plan_, worker.parameters, frame, worker.workspace->gradient_tensors());
}

double LocalLoop::join_shards(std::span<const Piece> shards) {
    std::vector<OfShard> gradients, buffers;
    double loss = 0, samples = 0;
    for (std::size_t i = 0; i < shards.size(); ++i) {
        const Worker& worker = workers_[i];
        gradients.push_back({worker.workspace->gradients(), shards[i].size});
        buffers.push_back({worker.buffers, shards[i].size});
        loss += worker.mean_loss * static_cast<double>(shards[i].size);
        samples += static_cast<double>(shards[i].size);
    }
    constexpr std::size_t worth_a_thread = 1 << 15;
    const std::size_t all = state_.gradients.size();
    const std::vector<Piece> pieces = cut_in_shards(all, std::min(shards.size(), all / worth_a_thread + 1));
    helpers_.run(pieces.size(),
                 [&](std::size_t i) { mean_of_shards(gradients, pieces[i], state_.gradients); });
    mean_of_shards(buffers, {0, buffers_.size()}, buffers_);
    return loss / samples;
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
