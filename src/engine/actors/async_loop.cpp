#include "engine/actors/async_loop.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "engine/actors/loop.hpp"
#include "engine/metrics.hpp"

namespace trama::engine::actors {

bool AsyncLoopProcess::ready() const {
    if (let_go_ && filled(entry)) return true;
    // All copies must have room at once.
    if (returned_token_) return room(body) && room(exit);
    if (resumed_) return clear(body) && room(exit);
    if (!visit_) return filled(entry) && clear(body) && room(exit);
    return filled(back) && room(body) && room(exit);
}

void AsyncLoopProcess::fire() {
    if (let_go_ && filled(entry)) {
        let_go_ = false;
        take(entry);
        return;
    }
    if (returned_token_) {
        go_on();
        return clean_up();
    }
    if (resumed_) {
        resumed_ = false;
        // End conditions may have changed.
        if (!over(newest_)) return begin();
        leave(newest_);
        return clean_up();
    }
    return visit_ ? come_back() : enter();
}

void AsyncLoopProcess::enter() {
    auto message = take(entry);
    // Who sits the round out outside has nothing to do inside.
    if (message.value.is_skip()) return give(exit, std::move(message));
    entered_at_ = shared_.host.now();
    if (!state_.enter(stream_, message, entered_at_)) return fail(one_too_many_to_save(), message.round);
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
    begin();
}

void AsyncLoopProcess::begin() {
    for (std::int64_t i = 0; i < std::max<std::int64_t>(1, state_.loop().inflight); ++i) {
        Trip trip{visit_, {}};
        if (entered_trip_) trip.choices = entered_trip_->choices;
        send(newest_, std::make_shared<const Trip>(std::move(trip)));
    }
}

void AsyncLoopProcess::send(const core::Value& value, std::shared_ptr<const Trip> trip) {
    auto round = round_;
    round.push_back(++sent_);
    ++circulating_;
    if (under_way_ != nullptr) under_way_->add(sent_);
    give(body, {for_the_body(value), std::move(round), std::move(trip)});
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
    if (under_way_ != nullptr) under_way_->remove(message.round.back());
    if (!ended_) {
        ++returned_;
        auto round = round_;
        round.push_back(returned_);
        // A stream that took no part has nothing new.
        if (message.value.is_skip()) message.value = newest_;
        newest_ = message.value;
        state_.came_back(stream_, message.value, round, shared_);
        keep(message.value);
        returned_token_ = std::move(message);
        if (under_way_ != nullptr && returned_ % state_.conditions().checkpoint == 0) save();
        go_on();
    }
    clean_up();
}

void AsyncLoopProcess::go_on() {
    auto message = *std::exchange(returned_token_, std::nullopt);
    // What goes on around it may be over, too: then nobody wants more of this.
    if (!visit_->over() && !over(message.value)) return send(message.value, std::move(message.trip));
    leave(message.value);
}

std::optional<Process::Held> AsyncLoopProcess::held() const {
    if (!returned_token_) return std::nullopt;
    return Held{{*returned_token_}, {}};
}

void AsyncLoopProcess::leave(const core::Value& value) {
    ended_ = true;
    if (state_.depends_on_speed()) visit_->end();
    give(exit, {result_of(best_.empty() ? value : best_, base_, entering_metrics_), round_, entered_trip_});
}

void AsyncLoopProcess::clean_up() {
    if (circulating_ > 0) return;
    visit_.reset();
    entered_trip_.reset();
    base_.reset();
    newest_ = {};
}

void AsyncLoopProcess::save() {
    if (!shared_.save) return;
    Checkpoint made;
    made.loop = state_.loop().path;
    made.round = returned_;
    made.streams.push_back({without_base(newest_), base_, entering_metrics_});
    if (!best_.empty()) made.best.push_back(without_base(best_));
    made.best_score = best_score_.value_or(0);
    made.seconds = shared_.host.now() - entered_at_;
    const auto under_way = under_way_->all();
    made.states = shared_.memories.without(actor().loop, under_way);
    made.circulation = {sent_, {under_way.begin(), under_way.end()}, shared_.moment(actor().loop)};
    if (made.circulation->moment) made.circulation->moment->entered_at = entered_at_;
    if (auto saved = shared_.save(made); !saved) shared_.fail(std::move(saved.error()));
}

void AsyncLoopProcess::resume(const Checkpoint& checkpoint, bool again) {
    const auto& stream = checkpoint.streams[stream_];
    base_ = stream.base;
    entering_metrics_ = stream.entering;
    newest_ = stream.value;
    returned_ = checkpoint.round;
    sent_ = checkpoint.circulation->sent;
    entered_at_ = shared_.host.now() - checkpoint.seconds;
    if (!checkpoint.best.empty()) {
        best_ = checkpoint.best[stream_];
        best_score_ = checkpoint.best_score;
    }
    visit_ = std::make_shared<Visit>(nullptr);
    let_go_ = again;
    resumed_ = !checkpoint.circulation->moment || !shared_.host.winds();
    if (resumed_) return;
    entered_at_ = checkpoint.circulation->moment->entered_at;
    circulating_ = std::ssize(checkpoint.circulation->under_way);
    if (under_way_ == nullptr) return;
    for (const auto token : checkpoint.circulation->under_way)
        under_way_->add(token);
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
