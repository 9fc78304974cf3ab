#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace trama::torch {

/// Threads that help others with their shards: as many as the process has cores, but for the one that asks.
/// They start when they are wanted first. Thread-safe.
class Helpers {
  public:
    Helpers();
    Helpers(const Helpers&) = delete;
    Helpers& operator=(const Helpers&) = delete;
    ~Helpers();  ///< waits for them; nobody may be asking any more

    /// Calls work(0), ..., work(count − 1), each once, on the calling thread and on helpers with nothing else
    /// to do, and returns when all are done. Helpers compute like the caller of `train`: with one BLAS thread
    /// and without autograd. Throws the exception of the first piece that threw.
    void run(std::size_t count, const std::function<void(std::size_t)>& work);

  private:
    struct Job;
    void start(std::size_t wanted);
    void help();
    void work_on(Job& job, std::unique_lock<std::mutex>& lock);

    const std::size_t most_;
    std::mutex mutex_;
    std::condition_variable wanted_, done_;
    std::deque<std::shared_ptr<Job>> jobs_;  ///< those with pieces that nobody may have taken
    std::vector<std::thread> threads_;
    bool over_ = false;
};

}  // namespace trama::torch
