#include "engine/fastflow/host.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/later.hpp"

namespace trama::engine::fastflow {

void Slots::take(std::int64_t priority) {
    std::unique_lock lock(mutex_);
    if (free_ > 0) {
        --free_;
        return;
    }
    Waiter self{.priority = priority};
    waiters_.push_back(&self);
    self.call.wait(lock, [&] { return self.called; });
}

void Slots::give() {
    const std::lock_guard lock(mutex_);
    if (waiters_.empty()) {
        ++free_;
        return;
    }
    const auto next = std::ranges::max_element(waiters_, {}, &Waiter::priority);
    auto& waiter = **next;
    waiters_.erase(next);
    waiter.called = true;
    waiter.call.notify_one();  // under the lock: it is gone right after it
}

Node& FastFlowHost::add(const std::vector<network::ActorId>& actors) {
    nodes_.push_back(std::make_unique<Node>(*this, awake_, spins_));
    for (const auto actor : actors)
        node_of_.at(actor) = nodes_.back().get();
    return *nodes_.back();
}

void FastFlowHost::work(Process& process, actors::Work work) {
    auto& node = *node_of_[process.actor().id];
    auto start = Clock::now();
    if (work.delay > 0) {
        node.leave_slot();
        wait(work.delay);
    }
    if (!node.has_slot()) slots_.take(process.priority());
    node.hold_slot();
    if (over()) return;  // it has waited, and nothing is begun any more
    if (work.delay <= 0) start = Clock::now();
    auto result = guarded(work);
    observer_.fired({process.actor().path, work.round}, start, Clock::now());
    work = {};  // values are let go before anyone else is started
    process.finish(std::move(result));
}

double FastFlowHost::now() const {
    return std::chrono::duration<double>(Clock::now() - begin_).count();
}

void FastFlowHost::wait(double seconds) {
    std::unique_lock lock(mutex_);
    late_.wait_until(lock, later(Clock::now(), seconds), [this] { return over(); });
}

void FastFlowHost::wake(Process& process, double at) {
    const std::lock_guard lock(mutex_);
    if (std::isinf(at)) {
        alarms_.erase(&process);
    } else {
        alarms_[&process] = later(begin_, at);
    }
    changed_.notify_all();
}

void FastFlowHost::stop() {
    const std::lock_guard lock(mutex_);
    over_.store(true);
    changed_.notify_all();
    late_.notify_all();
}

void FastFlowHost::failed(const std::string& message) {
    {
        const std::lock_guard lock(mutex_);
        if (error_.empty()) error_ = message;
    }
    stop();
}

void FastFlowHost::slept() {
    if (awake_.fetch_sub(1) > 1) return;
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
}

void FastFlowHost::wake_due(std::unique_lock<std::mutex>& lock) {
    const auto now = Clock::now();
    std::vector<Process*> due;
    std::erase_if(alarms_, [&](const auto& alarm) {
        if (alarm.second > now) return false;
        due.push_back(alarm.first);
        return true;
    });
    lock.unlock();
    for (auto* process : due)
        process->notify();
    lock.lock();
}

void FastFlowHost::run() {
    std::unique_lock lock(mutex_);
    while (!over() && (awake_.load() > 0 || !alarms_.empty())) {
        if (alarms_.empty()) {
            changed_.wait(lock);
            continue;
        }
        const auto next =
            std::ranges::min_element(alarms_, {}, [](const auto& alarm) { return alarm.second; })->second;
        if (changed_.wait_until(lock, next) == std::cv_status::timeout) wake_due(lock);
    }
    over_.store(true);
    late_.notify_all();
    const auto error = error_;
    lock.unlock();
    for (const auto& node : nodes_)
        node->ring();
    if (!error.empty()) throw Failure(error);
}

}  // namespace trama::engine::fastflow
