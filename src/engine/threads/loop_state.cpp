#include "engine/threads/loop_state.hpp"

#include <utility>

#include "engine/metrics.hpp"

namespace trama::engine::threads {

bool LoopState::enter(std::size_t stream, const Message& entering) {
    const std::lock_guard lock(mutex_);
    auto& entered = entered_[stream];
    if (entered.keep && !entered.first) entered.first = entering.value.shared_model();
    entered.now = core::Token{entering.value, entering.round};
    if (std::exchange(over_, false)) {
        started_.reset();
        best_ = {};
    }
    if (!started_) started_ = measure::Clock::now();
    if (conditions_.checkpoint == 0) return true;
    return !std::exchange(entered.base, entering.value.shared_model());
}

void LoopState::complete(std::size_t stream, const Message& message, Shared& shared) {
    std::shared_ptr<const Record> finished;
    {
        const std::lock_guard lock(mutex_);
        const auto index = static_cast<std::size_t>(done_[stream]++ - complete_);
        while (open_.size() <= index)
            open_.push_back({{}, std::vector<core::Value>(streams_.size()), 0});
        auto& record = open_[index];
        record.values[stream] = without_base(message.value);
        record.round = message.round;
        if (++record.count == streams_.size()) {
            // The oldest open one: every stream has finished those before it.
            finished = std::make_shared<const Record>(std::move(open_.front()));
            open_.pop_front();
            last_ = finished;
            ++complete_;
            for (auto& entered : entered_)
                entered.now.reset();
        }
    }
    if (!finished) return;
    // In the order of rounds: this stream begins no other round before it returns, so none ends.
    shared.observer.round_done(loop_.path, finished->round, conditions_.rounds,
                               merged_metrics(finished->values));
    const auto every = conditions_.checkpoint;
    if (every > 0 && shared.save && finished->round.size() == 1 && finished->round.front() % every == 0) {
        if (auto saved = shared.save(checkpoint(*finished, shared)); !saved)
            return shared.fail(std::move(saved.error()));
    }
    if (streams_.size() == 1) return;
    for (auto* each : streams_)
        each->notify();
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
    if (started_) made.seconds = std::chrono::duration<double>(measure::Clock::now() - *started_).count();
    return made;
}

void LoopState::resume(const Checkpoint& checkpoint) {
    Record record{{checkpoint.round}, {}, checkpoint.streams.size()};
    for (std::size_t i = 0; i < checkpoint.streams.size(); ++i) {
        const auto& stream = checkpoint.streams[i];
        record.values.push_back(stream.value);
        entered_[i].base = stream.base;
        if (entered_[i].keep) entered_[i].first = stream.base;
        done_[i] = checkpoint.round;
    }
    complete_ = checkpoint.round;
    last_ = std::make_shared<const Record>(std::move(record));
    best_ = {checkpoint.best, checkpoint.best_score};
    started_ = measure::Clock::now() - std::chrono::duration_cast<measure::Clock::duration>(
                                           std::chrono::duration<double>(checkpoint.seconds));
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
    if (streams_.size() == 1) return true;
    const std::lock_guard lock(mutex_);
    return done_[stream] - complete_ < lead;
}

std::shared_ptr<const core::Model> LoopState::first_entered(std::size_t stream) const {
    const std::lock_guard lock(mutex_);
    return entered_[stream].first;
}

double LoopState::seconds() const {
    const std::lock_guard lock(mutex_);
    return started_ ? std::chrono::duration<double>(measure::Clock::now() - *started_).count() : 0;
}

void LoopState::over() {
    const std::lock_guard lock(mutex_);
    over_ = true;
}

std::optional<core::Token> LoopState::last_complete(std::size_t stream) const {
    const std::lock_guard lock(mutex_);
    if (last_) return core::Token{last_->values[stream], last_->round};
    return entered_[stream].now;
}

}  // namespace trama::engine::threads
