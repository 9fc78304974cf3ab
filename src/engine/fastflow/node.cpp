#include "engine/fastflow/node.hpp"

#include <utility>

#include "engine/fastflow/host.hpp"
#include "engine/fastflow/library.hpp"

namespace trama::engine::fastflow {
namespace {

thread_local Node* current = nullptr;  ///< whose thread this is

}  // namespace

void Node::lead(Node& to, Queue& queue) {
    if (!outputs_.try_emplace(&to, &queue).second) return;
    to.inputs_.push_back(&queue);
}

void Node::ready(Process& process) {
    if (current == this) return push(process);
    if (current != nullptr) {
        // Only this thread writes to the queues that lead away from its node. They are never full.
        if (const auto queue = current->outputs_.find(this); queue != current->outputs_.end()) {
            queue->second->push(&process);
            return ring();
        }
    }
    {
        const std::lock_guard lock(mutex_);
        poked_.push_back(&process);
    }
    ring();
}

void Node::look() {
    bell_.heard();
    void* found = nullptr;
    for (auto* queue : inputs_) {
        while (queue->pop(&found))
            push(*static_cast<Process*>(found));
    }
    const std::lock_guard lock(mutex_);
    for (auto* process : poked_)
        push(*process);
    poked_.clear();
}

void Node::leave_slot() {
    if (std::exchange(slot_, false)) host_.give_slot();
}

void Node::run() {
    current = this;
    bell_.wait();
    while (!host_.over()) {
        if (bell_.rung()) look();
        if (!ready_.empty()) {
            auto& next = *ready_.top().process;
            ready_.pop();
            next.run();
            continue;
        }
        leave_slot();
        if (!bell_.sleep()) continue;
        host_.slept();
        bell_.wait();
    }
    current = nullptr;
}

}  // namespace trama::engine::fastflow
