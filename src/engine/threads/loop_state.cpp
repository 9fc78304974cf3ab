#include "engine/threads/loop_state.hpp"

#include <utility>

#include "engine/metrics.hpp"

namespace trama::engine::threads {

void LoopState::enter(std::size_t stream, const Message& entering) {
    const std::lock_guard lock(mutex_);
    auto& entered = entered_[stream];
    if (entered.keep && !entered.first) entered.first = entering.value.shared_model();
    entered.now = core::Token{entering.value, entering.round};
    if (!started_) started_ = measure::Clock::now();
}

void LoopState::complete(std::size_t stream, const Message& message, measure::Observer& observer) {
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
    observer.round_done(loop_.path, finished->round, conditions_.rounds, merged_metrics(finished->values));
    if (streams_.size() == 1) return;
    for (auto* each : streams_)
        each->notify();
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

void LoopState::restart_clock() {
    const std::lock_guard lock(mutex_);
    started_.reset();
}

std::optional<core::Token> LoopState::last_complete(std::size_t stream) const {
    const std::lock_guard lock(mutex_);
    if (last_) return core::Token{last_->values[stream], last_->round};
    return entered_[stream].now;
}

}  // namespace trama::engine::threads
