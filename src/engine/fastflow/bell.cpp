#include "engine/fastflow/bell.hpp"

#include <thread>

namespace trama::engine::fastflow {

void Bell::ring() {
    auto state = state_.load();
    while (true) {
        if (state != State::asleep) {
            if (state_.compare_exchange_weak(state, State::rung)) return;
            continue;
        }
        // Before it wakes up: it may have done all and sleep again before this goes on, and must not be the
        // last one then.
        awake_.fetch_add(1);
        if (state_.compare_exchange_strong(state, State::rung)) break;
        awake_.fetch_sub(1);
    }
    if (spins_) return;
    // It may be about to wait, and must not miss this.
    {
        const std::lock_guard lock(mutex_);
    }
    woken_.notify_one();
}

bool Bell::sleep() {
    auto expected = State::awake;
    return state_.compare_exchange_strong(expected, State::asleep);
}

void Bell::wait() {
    if (spins_) {
        // With a core for each node there is nobody to yield to.
        while (state_.load() == State::asleep)
            std::this_thread::yield();
        return;
    }
    std::unique_lock lock(mutex_);
    woken_.wait(lock, [this] { return state_.load() != State::asleep; });
}

}  // namespace trama::engine::fastflow
