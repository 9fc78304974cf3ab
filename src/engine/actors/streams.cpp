#include "engine/actors/streams.hpp"

#include <utility>

#include "engine/arguments.hpp"
#include "engine/metrics.hpp"

namespace trama::engine::actors {

Queue::Queue(const network::Actor& actor, Shared& shared)
    : Process(actor, shared, Waits::any),
      capacity_(static_cast<std::size_t>(integer(actor.block.get(), "capacity", 1))) {
    if (is_word(actor.block.get(), "drop", "oldest")) drops_ = Drops::oldest;
    if (is_word(actor.block.get(), "drop", "newest")) drops_ = Drops::newest;
}

bool Queue::ready() const {
    if (!held_.empty() && room(0)) return true;
    return filled(0) && (drops_ != Drops::none || held_.size() < capacity_);
}

void Queue::fire() {
    if (!held_.empty() && room(0)) {
        give(0, std::move(held_.front()));
        return held_.pop_front();
    }
    auto message = take(0);
    if (held_.size() == capacity_) {
        shared_.observer.dropped({actor().path, message.round});
        if (drops_ == Drops::newest) return;
        held_.pop_front();
    }
    held_.push_back(std::move(message));
}

void Publish::fire() {
    auto message = take(0);
    const auto shown = without_base(message.value);
    for (std::size_t port = 1; port < out(); ++port)
        give(port, {shown, message.round, {}, {}, 0});
    give(0, std::move(message));
}

void Subscribe::fire() {
    for (std::size_t port = 0; port < in(); ++port) {
        if (filled(port)) return give(0, take(port));
    }
}

Window::Window(const network::Actor& actor, Shared& shared)
    : Process(actor, shared, Waits::all),
      size_(static_cast<std::size_t>(integer(actor.block.get(), "k", 1))) {}

void Window::fire() {
    auto message = take(0);
    values_.push_back(std::move(message.value));
    if (values_.size() < size_) return;
    give(0, std::move(message).with(std::exchange(values_, {})));
}

}  // namespace trama::engine::actors
