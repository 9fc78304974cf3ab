#include "engine/actors/loop.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "engine/metrics.hpp"

namespace trama::engine::actors {
namespace {

std::shared_ptr<const core::Value> the_token_itself() {
    return std::make_shared<const core::Value>();
}

}  // namespace

core::Value for_the_body(const core::Value& value) {
    const auto* metrics = metrics_of(value);
    if (metrics == nullptr || (metrics->empty() && value.update() == nullptr)) return value;
    return with_metrics(without_base(value), {});
}

core::Value result_of(const core::Value& value, std::shared_ptr<const core::Model> entered,
                      core::Metrics entering) {
    const auto* model = value.model();
    if (model == nullptr) return value;
    auto metrics = model->metrics;
    metrics.merge(entering);  // those that the body does not write
    core::Update update{*model, std::move(entered)};
    update.result.metrics = std::move(metrics);
    return update;
}

core::Error one_too_many_to_save() {
    return {core::ErrorKind::scheme,
            "a second token enters this feedback, and `checkpoint:` is for those that one enters",
            {},
            "leave `checkpoint:` out"};
}

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
    if (!state_.enter(stream_, message, shared_.host.now())) {
        return fail(one_too_many_to_save(), message.round);
    }
    base_ = message.value.shared_model();
    entering_metrics_ = base_ ? base_->metrics : core::Metrics{};
    sent_ = for_the_body(message.value);
    round_ = std::move(message.round);
    round_.push_back(1);
    inside_ = true;
    trip_ = message.trip;
    give(body, {sent_, round_, trip_});
}

void LoopProcess::come_back() {
    auto message = take(back);
    if (message.round != round_) {
        return shared_.fail({core::ErrorKind::run,
                             fmt::format("a token of round {} came back in round {}: one too many was given",
                                         core::to_text(message.round), core::to_text(round_)),
                             actor().path,
                             {}});
    }
    // A stream that took no part keeps what it had.
    if (message.value.is_skip()) message.value = sent_;
    const auto rounds = state_.conditions().rounds;
    if (!state_.loop().control && rounds > 0 && round_.back() >= rounds) message.last = the_token_itself();
    state_.complete(stream_, message, shared_);
    returned_ = std::move(message);
}

void LoopProcess::go_on() {
    sent_ = for_the_body(returned_->value);
    returned_.reset();
    ++round_.back();
    give(body, {sent_, round_, trip_});
}

void LoopProcess::leave() {
    auto value = returned_->last->empty() ? returned_->value : *returned_->last;
    returned_.reset();
    sent_ = {};
    inside_ = false;
    value = result_of(value, std::exchange(base_, nullptr), std::exchange(entering_metrics_, {}));
    auto round = std::exchange(round_, {});
    round.pop_back();
    give(exit, {std::move(value), std::move(round), std::exchange(trip_, nullptr)});
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
    returned_ = Message{stream.value, round_};
    if (!is_over(state_.conditions(), checkpoint.round, values, checkpoint.seconds)) return;
    returned_->last = checkpoint.best.empty() ? the_token_itself()
                                              : std::make_shared<const core::Value>(checkpoint.best[stream_]);
}

void ControlProcess::fire() {
    auto messages = take_all();
    if (!of_one_round(messages)) return;
    std::vector<core::Value> values;
    for (const auto& message : messages)
        values.push_back(message.value);
    keep(values);
    // What goes on around it is over: nobody wants more of this. Without a control actor it counts to its
    // end, since its streams may wait for each other.
    const bool unwanted = messages.front().over();
    if (unwanted || is_over(state_.conditions(), messages.front().round.back(), values,
                            state_.seconds(shared_.host.now()))) {
        const auto best = state_.best();
        for (std::size_t i = 0; i < messages.size(); ++i) {
            messages[i].last = best.values.empty() ? the_token_itself()
                                                   : std::make_shared<const core::Value>(best.values[i]);
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

}  // namespace trama::engine::actors
