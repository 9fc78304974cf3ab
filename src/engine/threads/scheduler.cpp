#include "engine/threads/scheduler.hpp"

#include <algorithm>

#include "engine/threads/process.hpp"

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
    idle_.wait(lock, [this] { return active_ == 0; });
    started_ = false;
}

void Scheduler::stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
}

}  // namespace trama::engine::threads
