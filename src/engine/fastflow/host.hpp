#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/actors/host.hpp"
#include "engine/fastflow/node.hpp"
#include "engine/fastflow/plan.hpp"

namespace trama::engine::fastflow {

/// What has gone wrong in the engine itself.
struct Failure : std::runtime_error {
    explicit Failure(const std::string& message, std::string hint = {})
        : std::runtime_error(message), hint(std::move(hint)) {}
    std::string hint;
};

/// At most so many nodes compute at once: they are threads, and more than there are cores. Those whose work
/// is further down the flow come first.
class Slots {
  public:
    explicit Slots(unsigned count) : free_(count) {}
    void take(std::int64_t priority);
    void give();

  private:
    struct Waiter {
        std::int64_t priority;
        bool called = false;
        std::condition_variable call = {};
    };
    std::mutex mutex_;
    std::vector<Waiter*> waiters_;
    unsigned free_;
};

/// Each process runs on the thread of its node. Work is done there, at once, and so are messages.
class FastFlowHost final : public actors::Host {
  public:
    struct Settings {
        unsigned slots = 1;
        bool spins = false;
    };
    FastFlowHost(std::size_t actors, measure::Observer& observer, Settings settings)
        : node_of_(actors), slots_(settings.slots), spins_(settings.spins), observer_(observer) {}

    /// A new node with these actors; it lives as long as the host.
    Node& add(const std::vector<network::ActorId>& actors);
    const std::vector<std::unique_ptr<Node>>& nodes() const { return nodes_; }

    void ready(Process& process) override { node_of_[process.actor().id]->ready(process); }
    void work(Process& process, actors::Work work) override;
    void send(actors::Channel& channel, actors::Message&& message) override {
        channel.from().deliver(channel, std::move(message));
    }
    double now() const override;
    void wake(Process& process, double at) override;
    void stop() override;

    /// The thread of the run: until nothing can fire and no alarm is set, or until `stop`. Then nodes end.
    void run();
    /// On a node's thread, rather than in an actor: stops the run, which throws it as a Failure.
    void failed(const std::string& message);

    /// A node is asleep. When all are there is nothing under way: who tells another one is awake itself.
    void slept();
    void give_slot() { slots_.give(); }
    bool over() const { return over_.load(std::memory_order_relaxed); }

  private:
    using Clock = measure::Clock;
    void wait(double seconds);
    void wake_due(std::unique_lock<std::mutex>& lock);

    std::vector<Node*> node_of_;  ///< by actor
    std::vector<std::unique_ptr<Node>> nodes_;
    Slots slots_;
    const bool spins_;
    measure::Observer& observer_;
    const Clock::time_point begin_ = Clock::now();

    std::atomic<std::int64_t> awake_{0};
    std::atomic<bool> over_{false};
    std::mutex mutex_;  ///< of what follows
    std::condition_variable changed_;
    std::condition_variable late_;
    std::map<Process*, Clock::time_point> alarms_;
    std::string error_;
};

}  // namespace trama::engine::fastflow
