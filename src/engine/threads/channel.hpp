#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "trama/core/value.hpp"

namespace trama::engine::threads {

class Process;

/// A token, with what a control actor has decided about it.
struct Message {
    core::Value value;
    core::Round round;
    bool last = false;    ///< on a back edge: the loop ends with this round
    core::Value instead;  ///< with `last`: the loop's result when it is not `value` (`keep: best`)
};

/// A bounded queue between two processes, each of which uses it from one thread at a time: no locks.
class Channel {
  public:
    void open(std::int64_t capacity, Process& from, Process& to) {
        capacity_ = static_cast<std::uint32_t>(capacity);
        slots_ = std::make_unique<Message[]>(capacity_);
        from_ = &from;
        to_ = &to;
    }
    std::uint32_t capacity() const { return capacity_; }
    Process& from() const { return *from_; }
    Process& to() const { return *to_; }
    std::uint32_t size() const { return size_.load(); }

    /// Both give the number of messages before. Preconditions: there is room; there is one.
    std::uint32_t push(Message message) {
        slots_[tail_] = std::move(message);
        tail_ = tail_ + 1 == capacity_ ? 0 : tail_ + 1;
        return size_.fetch_add(1);
    }
    std::pair<Message, std::uint32_t> pop() {
        auto message = std::exchange(slots_[head_], {});
        head_ = head_ + 1 == capacity_ ? 0 : head_ + 1;
        return {std::move(message), size_.fetch_sub(1)};
    }

  private:
    std::unique_ptr<Message[]> slots_;
    Process* from_ = nullptr;
    Process* to_ = nullptr;
    std::uint32_t capacity_ = 0;
    std::uint32_t head_ = 0;  ///< the consumer's
    std::uint32_t tail_ = 0;  ///< the producer's
    std::atomic<std::uint32_t> size_{0};
};

}  // namespace trama::engine::threads
