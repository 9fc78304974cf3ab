#include "engine/actors/async_loop.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/actors/loop.hpp"
#include "engine/metrics.hpp"

namespace trama::engine::actors {

bool AsyncLoopProcess::ready() const {
    // All copies must have room at once.
    if (!visit_) return filled(entry) && clear(body) && room(exit);
    return filled(back) && room(body) && room(exit);
}

void AsyncLoopProcess::fire() {
    return visit_ ? come_back() : enter();
}

void AsyncLoopProcess::enter() {
    auto message = take(entry);
    // Who sits the round out outside has nothing to do inside.
    if (message.value.is_skip()) return give(exit, std::move(message));
    entered_at_ = shared_.host.now();
    state_.enter(stream_, message, entered_at_);
    base_ = message.value.shared_model();
    entering_metrics_ = base_ ? base_->metrics : core::Metrics{};
    round_ = std::move(message.round);
    entered_trip_ = std::move(message.trip);
    visit_ = std::make_shared<Visit>(entered_trip_ ? entered_trip_->visit : nullptr);
    sent_ = returned_ = circulating_ = 0;
    ended_ = false;
    best_score_.reset();
    best_ = {};
    newest_ = message.value;
    const auto value = for_the_body(message.value);
    for (std::int64_t i = 0; i < std::max<std::int64_t>(1, state_.loop().inflight); ++i)
        send(value);
}

void AsyncLoopProcess::send(const core::Value& value) {
    auto round = round_;
    round.push_back(++sent_);
    ++circulating_;
    Trip trip{visit_, {}};
    if (entered_trip_) trip.choices = entered_trip_->choices;
    give(body, {value, std::move(round), std::make_shared<const Trip>(std::move(trip))});
}

void AsyncLoopProcess::come_back() {
    auto message = take(back);
    const bool other = message.trip && message.trip->visit && message.trip->visit != visit_;
    if (other || circulating_ == 0) {
        return shared_.fail({core::ErrorKind::run,
                             "a token came back that is not of those which were sent: one too many was given",
                             actor().path,
                             {}});
    }
    --circulating_;
    if (!ended_) {
        ++returned_;
        auto round = round_;
        round.push_back(returned_);
        // A stream that took no part has nothing new.
        if (message.value.is_skip()) message.value = newest_;
        newest_ = message.value;
        state_.came_back(stream_, message.value, round, shared_);
        keep(message.value);
        // What goes on around it may be over, too: then nobody wants more of this.
        if (!visit_->over() && !over(message.value)) {
            round = round_;
            round.push_back(++sent_);
            ++circulating_;
            return give(body, {for_the_body(message.value), std::move(round), std::move(message.trip)});
        }
        ended_ = true;
        if (state_.depends_on_speed()) visit_->end();
        const auto& value = best_.empty() ? message.value : best_;
        give(exit, {result_of(value, base_, entering_metrics_), round_, entered_trip_});
    }
    if (circulating_ > 0) return;
    visit_.reset();
    entered_trip_.reset();
    base_.reset();
    newest_ = {};
}

void AsyncLoopProcess::keep(const core::Value& value) {
    const auto& conditions = state_.conditions();
    if (!conditions.best) return;
    const auto score = look_at(*conditions.best, {value});
    if (!score || std::isnan(*score)) return;
    const bool better = !best_score_ || (conditions.lowest ? *score < *best_score_ : *score > *best_score_);
    if (!better) return;
    best_score_ = score;
    best_ = value;
}

bool AsyncLoopProcess::over(const core::Value& value) const {
    const auto& conditions = state_.conditions();
    if (conditions.updates > 0 && returned_ >= conditions.updates) return true;
    const auto* model = value.model();
    if (conditions.versions > 0 && model != nullptr && base_ &&
        model->version - base_->version >= conditions.versions) {
        return true;
    }
    return is_over(conditions, returned_, {value}, shared_.host.now() - entered_at_);
}

}  // namespace trama::engine::actors
