#include "engine/threads/scheduler.hpp"

#include <algorithm>
#include <vector>

namespace trama::engine::threads {

using oneapi::tbb::global_control;

namespace {

// The first arena of a process reads oneTBB's list of limits without that list's lock (2021.8,
// calc_workers_soft_limit). With runs side by side, none of them may set or lift its limit meanwhile.
std::mutex setting_up;

}  // namespace

Scheduler::Scheduler(unsigned slots) : slots_(slots) {
    const std::lock_guard lock(setting_up);
    // The caller of `run` waits outside of the arena: with a thread for each slot there is one more.
    threads_.emplace(global_control::max_allowed_parallelism, slots + 1);
    arena_.initialize(static_cast<int>(slots), 0);
}

Scheduler::~Scheduler() {
    const std::lock_guard lock(setting_up);
    arena_.terminate();
    threads_.reset();
}

void Scheduler::push(Process& process) {
    bool open = false;
    {
        const std::lock_guard lock(mutex_);
        ready_.push({process.priority(), &process});
        // The slot that calls is free in a moment and takes one itself: no other need be woken for that.
        open = started_ && !stopped_ && ready_.size() > 1 && active_ < slots_;
        if (open) ++active_;
    }
    if (open) open_slot();
}

void Scheduler::open_slot() {
    arena_.enqueue([this] { work(); });
}

void Scheduler::work() {
    while (true) {
        Process* next = nullptr;
        {
            const std::lock_guard lock(mutex_);
            if (stopped_ || ready_.empty()) {
                // Told under the lock: the scheduler may be gone right after it.
                if (--active_ == 0) idle_.notify_all();
                return;
            }
            next = ready_.top().process;
            ready_.pop();
        }
        next->run();
    }
}

void Scheduler::wake(Process& process, std::optional<measure::Clock::time_point> at) {
    const std::lock_guard lock(mutex_);
    if (at) {
        alarms_[&process] = *at;
    } else {
        alarms_.erase(&process);
    }
    idle_.notify_all();  // whoever waits for the next alarm looks again
}

void Scheduler::wake_due(std::unique_lock<std::mutex>& lock) {
    const auto now = measure::Clock::now();
    std::vector<Process*> due;
    for (auto alarm = alarms_.begin(); alarm != alarms_.end();) {
        if (alarm->second > now) {
            ++alarm;
            continue;
        }
        due.push_back(alarm->first);
        alarm = alarms_.erase(alarm);
    }
    lock.unlock();
    for (auto* process : due)
        process->notify();
    lock.lock();
    // No slot has called, so none is free in a moment.
    if (stopped_ || ready_.empty() || active_ >= slots_) return;
    ++active_;
    open_slot();
}

void Scheduler::run() {
    unsigned open = 0;
    {
        const std::lock_guard lock(mutex_);
        started_ = true;
        if (!stopped_) open = active_ = static_cast<unsigned>(std::min<std::size_t>(slots_, ready_.size()));
    }
    for (unsigned i = 0; i < open; ++i)
        open_slot();
    std::unique_lock lock(mutex_);
    while (active_ > 0 || (!alarms_.empty() && !stopped_)) {
        if (alarms_.empty() || stopped_) {
            idle_.wait(lock);
            continue;
        }
        const auto next =
            std::ranges::min_element(alarms_, {}, [](const auto& alarm) { return alarm.second; })->second;
        if (idle_.wait_until(lock, next) == std::cv_status::timeout) wake_due(lock);
    }
    started_ = false;
}

void Scheduler::stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    idle_.notify_all();
}

}  // namespace trama::engine::threads
