#include "engine/threads/loop.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/metrics.hpp"

namespace trama::engine::threads {
namespace {

/// What goes into the body: an Update as its Model; metrics start afresh each round.
core::Value for_the_body(const core::Value& value) {
    const auto* metrics = metrics_of(value);
    if (metrics == nullptr || (metrics->empty() && value.update() == nullptr)) return value;
    return with_metrics(without_base(value), {});
}

}  // namespace

bool LoopProcess::ready() const {
    if (!inside_ || let_go_) {
        if (filled(entry) && (let_go_ || room(body))) return true;
        if (!inside_) return false;
    }
    if (!returned_) return filled(back);
    return returned_->last ? room(exit) : room(body) && state_.may_go_on(stream_);
}

void LoopProcess::fire() {
    if (let_go_ && filled(entry)) {
        let_go_ = false;
        take(entry);
        return;
    }
    if (!inside_) return enter();
    if (!returned_) return come_back();
    return returned_->last ? leave() : go_on();
}

void LoopProcess::enter() {
    auto message = take(entry);
    if (!state_.enter(stream_, message)) {
        return fail({core::ErrorKind::scheme,
                     "a second token enters this feedback, and `checkpoint:` is for those that one enters",
                     {},
                     "leave `checkpoint:` out"},
                    message.round);
    }
    base_ = message.value.shared_model();
    entering_metrics_ = base_ ? base_->metrics : core::Metrics{};
    sent_ = for_the_body(message.value);
    round_ = std::move(message.round);
    round_.push_back(1);
    inside_ = true;
    give(body, {sent_, round_, false, {}});
}

void LoopProcess::come_back() {
    auto message = take(back);
    // A stream that took no part keeps what it had.
    if (message.value.is_skip()) message.value = sent_;
    const auto rounds = state_.conditions().rounds;
    if (!state_.loop().control && rounds > 0 && round_.back() >= rounds) message.last = true;
    state_.complete(stream_, message, shared_);
    returned_ = std::move(message);
}

void LoopProcess::go_on() {
    sent_ = for_the_body(returned_->value);
    returned_.reset();
    ++round_.back();
    give(body, {sent_, round_, false, {}});
}

void LoopProcess::leave() {
    auto value = std::move(returned_->instead.empty() ? returned_->value : returned_->instead);
    returned_.reset();
    sent_ = {};
    inside_ = false;
    if (const auto* model = value.model()) {
        auto metrics = model->metrics;
        metrics.insert(entering_metrics_.begin(),
                       entering_metrics_.end());  // those that the body does not write
        core::Update update{*model, base_};  // whatever the body gives, it came from the Model that entered
        update.result.metrics = std::move(metrics);
        value = std::move(update);
    }
    base_.reset();
    entering_metrics_.clear();
    auto round = std::exchange(round_, {});
    round.pop_back();
    give(exit, {std::move(value), std::move(round), false, {}});
}

void LoopProcess::resume(const Checkpoint& checkpoint, bool again) {
    const auto& stream = checkpoint.streams[stream_];
    base_ = stream.base;
    entering_metrics_ = stream.entering;
    round_ = {checkpoint.round};
    inside_ = true;
    let_go_ = again;
    // Whether it is the last is decided anew: end conditions may have changed.
    std::vector<core::Value> values;
    for (const auto& each : checkpoint.streams)
        values.push_back(each.value);
    returned_ = Message{stream.value, round_, false, {}};
    returned_->last = is_over(state_.conditions(), checkpoint.round, values, checkpoint.seconds);
    if (returned_->last && !checkpoint.best.empty()) returned_->instead = checkpoint.best[stream_];
}

void ControlProcess::fire() {
    auto messages = take_all();
    std::vector<core::Value> values;
    for (const auto& message : messages)
        values.push_back(message.value);
    keep(values);
    if (is_over(state_.conditions(), messages.front().round.back(), values, state_.seconds())) {
        const auto best = state_.best();
        for (std::size_t i = 0; i < messages.size(); ++i) {
            messages[i].last = true;
            if (!best.values.empty()) messages[i].instead = best.values[i];
        }
        state_.over();
    }
    for (std::size_t i = 0; i < messages.size(); ++i)
        give(i, std::move(messages[i]));
}

void ControlProcess::keep(const std::vector<core::Value>& values) {
    const auto& conditions = state_.conditions();
    if (!conditions.best) return;
    const auto score = look_at(*conditions.best, values);
    if (!score || std::isnan(*score)) return;
    const auto best = state_.best();
    const bool better =
        best.values.empty() || (conditions.lowest ? *score < best.score : *score > best.score);
    if (better) state_.set_best({values, *score});
}

}  // namespace trama::engine::threads
