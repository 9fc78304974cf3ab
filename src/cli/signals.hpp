#pragma once

#include <functional>
#include <stop_token>
#include <thread>

namespace trama::cli {

/// While it lives, the first SIGINT or SIGTERM asks the run to stop, and the second ends the process at once
/// with 130. One at a time.
class StopOnSignal {
  public:
    /// `told` is called once, on a thread of its own, when the first signal comes.
    explicit StopOnSignal(std::function<void()> told);
    ~StopOnSignal();
    StopOnSignal(const StopOnSignal&) = delete;
    StopOnSignal& operator=(const StopOnSignal&) = delete;

    std::stop_token token() const { return stop_.get_token(); }

  private:
    std::stop_source stop_;
    std::thread waiter_;
};

}  // namespace trama::cli
