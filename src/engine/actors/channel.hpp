#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "engine/actors/message.hpp"

namespace trama::engine::actors {

class Process;

/// A queue between two processes, each of which uses it from one thread at a time: bounded and without locks,
/// or one that keeps the newest message only and always has room.
class Channel {
  public:
    void open(const network::Channel& channel, Process& from, Process& to) {
        from_ = &from;
        to_ = &to;
        to_port_ = channel.to_port;
        if (channel.newest || channel.overwrites) {
            newest_ = std::make_unique<Newest>();
            capacity_ = std::numeric_limits<std::uint32_t>::max();
        } else {
            capacity_ = static_cast<std::uint32_t>(channel.capacity);
        }
    }
    std::uint32_t capacity() const { return capacity_; }
    Process& from() const { return *from_; }
    Process& to() const { return *to_; }
    std::uint32_t to_port() const { return to_port_; }
    std::uint32_t size() const { return size_.load(); }
    bool room() const { return size() + under_way < capacity_; }

    /// Both give the number of messages before. Preconditions: there is room; there is one.
    std::uint32_t push(Message&& message) {
        if (newest_) return replace(std::move(message));
        if (capacity_ == 1) {
            slot_ = std::move(message);
            return size_.fetch_add(1);
        }
        if (!slots_) slots_ = std::make_unique<Message[]>(capacity_);
        slots_[tail_] = std::move(message);
        tail_ = tail_ + 1 == capacity_ ? 0 : tail_ + 1;
        return size_.fetch_add(1);
    }
    std::uint32_t pop(Message& message) {
        if (newest_) {
            const std::lock_guard lock(newest_->mutex);
            message = std::move(*newest_->message);
            newest_->message.reset();
            return size_.exchange(0);
        }
        // What has been moved from holds nothing any more.
        message = std::move(capacity_ == 1 ? slot_ : slots_[head_]);
        head_ = head_ + 1 == capacity_ ? 0 : head_ + 1;
        return size_.fetch_sub(1);
    }

    /// Copies of those that wait. For engines of one thread.
    std::vector<Message> waiting() const {
        std::vector<Message> all;
        if (newest_ && newest_->message) all.push_back(*newest_->message);
        for (std::uint32_t i = 0; slots_ && i < size(); ++i)
            all.push_back(slots_[(head_ + i) % capacity_]);
        return all;
    }

    std::uint32_t under_way = 0;  ///< sent and not there yet: for engines where that takes time
    double free_at = 0;           ///< when the last one is there
    bool stamps = false;          ///< the receiver wants to know when messages have come

  private:
    struct Newest {
        std::mutex mutex;
        std::optional<Message> message;
    };
    std::uint32_t replace(Message&& message) {
        const std::lock_guard lock(newest_->mutex);
        newest_->message = std::move(message);
        return size_.exchange(1);
    }

    Process* from_ = nullptr;
    Process* to_ = nullptr;
    std::uint32_t to_port_ = 0;
    std::uint32_t capacity_ = 0;
    std::uint32_t head_ = 0;  ///< the consumer's
    std::uint32_t tail_ = 0;  ///< the producer's
    std::atomic<std::uint32_t> size_{0};
    Message slot_;  ///< of a channel with room for one: most are
    std::unique_ptr<Message[]> slots_;
    std::unique_ptr<Newest> newest_;
};

}  // namespace trama::engine::actors
