#include "engine/simulated/workers.hpp"

#include <utility>

namespace trama::engine::simulated {

Workers::Workers(unsigned helpers) {
    for (unsigned i = 0; i < helpers; ++i)
        helpers_.emplace_back([this] { help(); });
}

Workers::~Workers() {
    stop();
}

Workers::JobPtr Workers::begin(Code code) {
    auto job = std::make_shared<Job>();
    job->code = std::move(code);
    if (helpers_.empty()) return job;
    {
        const std::lock_guard lock(mutex_);
        // Those begun with by the one who waits are dropped from the front as they come up.
        waiting_.push_back(job);
    }
    changed_.notify_one();
    return job;
}

void Workers::help() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
        if (stopped_) return;
        const auto job = std::move(waiting_.front());
        waiting_.pop_front();
        if (job->state != Job::State::waiting) continue;
        job->state = Job::State::running;
        lock.unlock();
        auto result = job->code();
        lock.lock();
        job->result = std::move(result);
        job->code = {};
        job->state = Job::State::done;
        changed_.notify_all();
    }
}

void Workers::wait(Job& job) {
    std::unique_lock lock(mutex_);
    if (job.state == Job::State::waiting) {
        job.state = Job::State::running;
        lock.unlock();
        auto result = job.code();
        lock.lock();
        job.result = std::move(result);
        job.code = {};
        job.state = Job::State::done;
    }
    changed_.wait(lock, [&] { return job.state == Job::State::done; });
}

void Workers::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        waiting_.clear();
    }
    changed_.notify_all();
    helpers_.clear();  // joins
}

}  // namespace trama::engine::simulated
