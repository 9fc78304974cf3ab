#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "trama/core/error.hpp"
#include "trama/core/value.hpp"

namespace trama::engine::simulated {

/// Work that really computes while virtual time goes on elsewhere. Whoever wants a result that nobody has
/// begun with computes it: with one thread nothing is done before it is needed.
class Workers {
  public:
    using Code = std::function<core::Result<core::Value>()>;
    struct Job {
        Code code;
        enum class State { waiting, running, done } state = State::waiting;
        core::Result<core::Value> result = core::Value();
    };
    using JobPtr = std::shared_ptr<Job>;

    /// `helpers`: threads besides that of the caller.
    explicit Workers(unsigned helpers);
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    JobPtr begin(Code code);
    /// Its result is there.
    void wait(Job& job);
    /// Those that nobody has begun with are dropped.
    void stop();

  private:
    void help();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<JobPtr> waiting_;
    bool stopped_ = false;
    std::vector<std::jthread> helpers_;
};

}  // namespace trama::engine::simulated
