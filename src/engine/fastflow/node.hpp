#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <queue>
#include <unordered_map>
#include <vector>

#include "engine/actors/process.hpp"
#include "engine/fastflow/bell.hpp"

namespace ff {
class uSWSR_Ptr_Buffer;
}

namespace trama::engine::fastflow {

using actors::Process;
using Queue = ff::uSWSR_Ptr_Buffer;

class FastFlowHost;

/// What one thread of FastFlow's runs: a group of actors. Their tokens lie in their channels; what comes
/// through FastFlow's queues is who has got something. Where no queue leads it is put into a list instead.
class Node {
  public:
    Node(FastFlowHost& host, std::atomic<std::int64_t>& awake, bool spins)
        : host_(host), bell_(awake, spins) {}
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    /// A queue from this node to that one, before the run.
    void lead(Node& to, Queue& queue);
    std::size_t queues() const { return outputs_.size(); }
    bool leads(const Node& to) const { return outputs_.contains(&to); }

    /// One of its processes is ready. From any thread.
    void ready(Process& process);
    /// From any thread: there may be something, or the run is over.
    void ring() { bell_.ring(); }
    /// As the body of a thread: until the run is over. It may still have a slot then.
    void run();

    /// Whether it may compute. It may until it has nothing more to do: what it has begun it goes on with. On
    /// its own thread.
    bool has_slot() const { return slot_; }
    void hold_slot() { slot_ = true; }
    void leave_slot();

  private:
    struct Entry {
        std::int64_t priority;
        Process* process;
        bool operator<(const Entry& other) const { return priority < other.priority; }
    };
    void look();
    void push(Process& process) { ready_.push({process.priority(), &process}); }

    FastFlowHost& host_;
    Bell bell_;
    std::priority_queue<Entry> ready_;  ///< those further down the flow first, as on threads
    bool slot_ = false;
    std::vector<Queue*> inputs_;
    std::unordered_map<const Node*, Queue*> outputs_;
    std::mutex mutex_;
    std::vector<Process*> poked_;  ///< without a queue
};

}  // namespace trama::engine::fastflow
