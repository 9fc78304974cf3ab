#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace trama::engine::fastflow {

/// Where a node waits while there is nothing for it. FastFlow's own blocking mode looks again every 200 us,
/// which costs hundreds of idle nodes more than their work; here only the one who is rung for wakes up.
class Bell {
  public:
    /// `awake`: how many nodes of the run are not asleep.
    Bell(std::atomic<std::int64_t>& awake, bool spins) : awake_(awake), spins_(spins) {}

    /// From any thread, after something was put where the node looks: who is asleep counts as awake first.
    void ring();

    /// The rest is for the node. Whether it was rung for since it has last `heard`.
    bool rung() const { return state_.load() == State::rung; }
    /// From now on only new rings count; what they tell of is looked at next.
    void heard() { state_.exchange(State::awake); }
    /// Falls asleep, unless it was rung for: then there is something to look at first. The caller counts.
    bool sleep();
    /// Returns when it is rung for.
    void wait();

  private:
    enum class State : int { asleep, awake, rung };
    std::atomic<State> state_{State::asleep};
    std::atomic<std::int64_t>& awake_;
    const bool spins_;
    std::mutex mutex_;
    std::condition_variable woken_;
};

}  // namespace trama::engine::fastflow
