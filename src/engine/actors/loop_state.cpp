#include "engine/actors/loop_state.hpp"

#include <algorithm>
#include <utility>

#include "engine/metrics.hpp"

namespace trama::engine::actors {

bool LoopState::enter(std::size_t stream, const Message& entering, double now) {
    const std::lock_guard lock(mutex_);
    auto& entered = entered_[stream];
    const auto model = entering.value.shared_model();
    if (entered.keep && !entered.first) entered.first = model;
    entered.now = core::Token{entering.value, entering.round};
    if (std::exchange(over_, false)) {
        started_.reset();
        best_ = {};
    }
    if (!started_) started_ = now;
    if (loop_.asynchronous) entered.last = {entered.last.number + 1, model};
    if (conditions_.checkpoint == 0) return true;
    return !std::exchange(entered.base, model);
}

std::shared_ptr<const LoopState::Record> LoopState::finish_oldest() {
    if (open_.empty()) return nullptr;
    const auto& oldest = open_.front();
    std::size_t waited_for = 0;
    for (std::size_t i = 0; i < streams_.size(); ++i) {
        const bool has = !oldest.values[i].empty();
        if (!has && !gone_[i]) ++waited_for;
    }
    // Of streams that do not keep together a few rounds are kept, so that what is reported is nearly whole.
    constexpr std::size_t kept = 8;
    if (waited_for > 0 && !(loose_ && open_.size() > kept)) return nullptr;
    auto record = std::make_shared<const Record>(std::move(open_.front()));
    open_.pop_front();
    ++complete_;
    if (!loose_ && record->count == streams_.size()) last_ = record;
    for (auto& entered : entered_)
        entered.now.reset();
    return record;
}

void LoopState::complete(std::size_t stream, const Message& message, Shared& shared) {
    std::shared_ptr<const Record> finished;
    {
        const std::lock_guard lock(mutex_);
        const auto number = done_[stream]++;
        const auto value = without_base(message.value);
        if (loose_) newest_[stream] = core::Token{value, message.round};
        if (number >= complete_) {  // else it has been reported without this stream
            const auto index = static_cast<std::size_t>(number - complete_);
            while (open_.size() <= index)
                open_.push_back({{}, std::vector<core::Value>(streams_.size()), 0});
            auto& record = open_[index];
            record.values[stream] = value;
            record.round = message.round;
            ++record.count;
            finished = finish_oldest();
        }
    }
    if (finished) report(*finished, shared);
}

void LoopState::report(const Record& record, Shared& shared) {
    // In the order of rounds: this stream begins no other round before it returns, so none ends.
    std::vector<core::Value> values;
    for (const auto& value : record.values) {
        if (!value.empty()) values.push_back(value);
    }
    shared.observer.round_done(loop_.path, record.round, conditions_.rounds, merged_metrics(values));
    const auto every = conditions_.checkpoint;
    const bool whole = record.count == streams_.size();
    if (whole && every > 0 && shared.save && record.round.size() == 1 && record.round.front() % every == 0) {
        if (auto saved = shared.save(checkpoint(record, shared)); !saved)
            return shared.fail(std::move(saved.error()));
    }
    if (streams_.size() == 1) return;
    for (auto* each : streams_)
        each->notify();
}

void LoopState::came_back(std::size_t stream, const core::Value& value, const core::Round& round,
                          Shared& shared) {
    const auto plain = without_base(value);
    {
        const std::lock_guard lock(mutex_);
        newest_[stream] = core::Token{plain, round};
    }
    const auto limit = conditions_.updates > 0 ? conditions_.updates : conditions_.rounds;
    shared.observer.round_done(loop_.path, round, limit, merged_metrics({plain}));
}

bool LoopState::lose(std::size_t stream, Shared& shared) {
    std::vector<std::shared_ptr<const Record>> finished;
    {
        const std::lock_guard lock(mutex_);
        gone_[stream] = true;
        if (std::ranges::all_of(gone_, [](bool gone) { return gone; })) return false;
        while (auto record = finish_oldest())
            finished.push_back(std::move(record));
    }
    for (const auto& record : finished)
        report(*record, shared);
    return true;
}

LoopState::Entry LoopState::entry(std::size_t stream) const {
    const std::lock_guard lock(mutex_);
    return entered_[stream].last;
}

Checkpoint LoopState::checkpoint(const Record& record, Shared& shared) const {
    Checkpoint made;
    made.loop = loop_.path;
    made.round = record.round.front();
    made.states = shared.memories.after(index_, made.round);
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < record.values.size(); ++i) {
        const auto& base = entered_[i].base;
        made.streams.push_back({record.values[i], base, base ? base->metrics : core::Metrics{}});
    }
    made.best = best_.values;
    made.best_score = best_.score;
    if (started_) made.seconds = shared.host.now() - *started_;
    return made;
}

void LoopState::resume(const Checkpoint& checkpoint) {
    Record record{{checkpoint.round}, {}, checkpoint.streams.size()};
    for (std::size_t i = 0; i < checkpoint.streams.size(); ++i) {
        const auto& stream = checkpoint.streams[i];
        record.values.push_back(stream.value);
        entered_[i].base = stream.base;
        if (entered_[i].keep) entered_[i].first = stream.base;
        if (loop_.asynchronous) entered_[i].last = {1, stream.base};
        done_[i] = checkpoint.round;
    }
    complete_ = checkpoint.round;
    last_ = std::make_shared<const Record>(std::move(record));
    best_ = {checkpoint.best, checkpoint.best_score};
    started_ = -checkpoint.seconds;  // before the run begins
}

LoopState::Best LoopState::best() const {
    const std::lock_guard lock(mutex_);
    return best_;
}

void LoopState::set_best(Best best) {
    const std::lock_guard lock(mutex_);
    best_ = std::move(best);
}

bool LoopState::may_go_on(std::size_t stream) const {
    if (streams_.size() == 1 || loose_) return true;
    const std::lock_guard lock(mutex_);
    return done_[stream] - complete_ < lead;
}

std::shared_ptr<const core::Model> LoopState::first_entered(std::size_t stream) const {
    const std::lock_guard lock(mutex_);
    return entered_[stream].first;
}

double LoopState::seconds(double now) const {
    const std::lock_guard lock(mutex_);
    return started_ ? now - *started_ : 0;
}

void LoopState::over() {
    const std::lock_guard lock(mutex_);
    over_ = true;
}

std::optional<core::Token> LoopState::last_complete(std::size_t stream) const {
    const std::lock_guard lock(mutex_);
    if (newest_[stream]) return newest_[stream];
    if (last_) return core::Token{last_->values[stream], last_->round};
    return entered_[stream].now;
}

}  // namespace trama::engine::actors
