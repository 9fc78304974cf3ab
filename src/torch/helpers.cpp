#include "torch/helpers.hpp"

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

#include <c10/core/InferenceMode.h>

#include "torch/threads.hpp"

namespace trama::torch {

struct Helpers::Job {
    const std::function<void(std::size_t)>& work;
    std::size_t count = 0, next = 0, left = 0;
    std::vector<std::exception_ptr> errors;
};

Helpers::Helpers() : most_(std::max(1U, std::thread::hardware_concurrency()) - 1) {}

Helpers::~Helpers() {
    {
        const std::lock_guard lock(mutex_);
        over_ = true;
    }
    wanted_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

void Helpers::run(std::size_t count, const std::function<void(std::size_t)>& work) {
    if (count == 0) return;
    if (count == 1) return work(0);
    const auto job =
        std::make_shared<Job>(Job{work, count, 0, count, std::vector<std::exception_ptr>(count)});
    std::unique_lock lock(mutex_);
    start(std::min(most_, count - 1));
    if (!threads_.empty()) {
        jobs_.push_back(job);
        wanted_.notify_all();
    }
    work_on(*job, lock);
    std::erase(jobs_, job);
    done_.wait(lock, [&] { return job->left == 0; });
    for (const auto& error : job->errors) {
        if (error) std::rethrow_exception(error);
    }
}

void Helpers::start(std::size_t wanted) {
    try {
        while (threads_.size() < wanted)
            threads_.emplace_back(&Helpers::help, this);
    } catch (const std::system_error&) {
        return;  // no more threads to be had: fewer do it too
    }
}

void Helpers::help() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wanted_.wait(lock, [this] { return over_ || !jobs_.empty(); });
        if (over_) return;
        const auto job = jobs_.front();
        work_on(*job, lock);
        std::erase(jobs_, job);
    }
}

void Helpers::work_on(Job& job, std::unique_lock<std::mutex>& lock) {
    while (job.next < job.count) {
        const std::size_t shard = job.next++;
        std::exception_ptr error;
        lock.unlock();
        try {
            use_one_thread_here();
            const c10::InferenceMode no_autograd;
            job.work(shard);
        } catch (...) {
            error = std::current_exception();
        }
        lock.lock();
        job.errors[shard] = std::move(error);
        if (--job.left == 0) done_.notify_all();
    }
}

}  // namespace trama::torch
