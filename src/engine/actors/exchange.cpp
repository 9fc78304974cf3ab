#include "engine/actors/exchange.hpp"

#include <algorithm>
#include <utility>

namespace trama::engine::actors {
namespace {

const network::Mixing& mixing_in(const network::Actor& actor, const core::Round& round) {
    const auto number = round.empty() ? std::int64_t{1} : round.back();
    return actor.mixing[static_cast<std::size_t>(number - 1) % actor.mixing.size()];
}

bool counts(const network::Mixing& mixing, std::size_t port) {
    return mixing.weights[port] != 0 || mixing.shares[port] != 0;
}

}  // namespace

bool hears(const network::Actor& exchange, std::size_t port, const core::Round& round) {
    return counts(mixing_in(exchange, round), port);
}

std::size_t own_port(const network::Actor& exchange) {
    const auto own = std::ranges::find(exchange.senders, exchange.stream);
    return static_cast<std::size_t>(own - exchange.senders.begin());
}

void Exchange::fire() {
    auto messages = take_all();
    if (!of_one_round(messages)) return;
    auto& own = messages[own_port(actor())];
    if (own.value.is_skip()) return give(0, std::move(own));
    const auto& mixing = mixing_in(actor(), own.round);
    core::Neighbours list;
    for (std::size_t port = 0; port < messages.size(); ++port) {
        if (!counts(mixing, port)) continue;
        list.values.push_back(messages[port].value);
        list.edges.push_back({actor().senders[port], mixing.weights[port], mixing.shares[port]});
    }
    give(0, std::move(own).with(std::move(list)));
}

ExchangeInTime::ExchangeInTime(const network::Actor& actor, Shared& shared, double timeout)
    : Process(actor, shared, Waits::any),
      timeout_(timeout),
      own_(own_port(actor)),
      newest_(actor.inputs.size()),
      gone_(actor.inputs.size()) {}

void ExchangeInTime::lose(std::size_t port) {
    {
        const std::lock_guard lock(mutex_);
        news_.push_back(port);
    }
    notify();
}

bool ExchangeInTime::complete() const {
    if (shared_.host.now() >= deadline_) return true;
    const auto& mixing = mixing_in(actor(), open_->round);
    for (std::size_t port = 0; port < newest_.size(); ++port) {
        if (port == own_ || gone_[port] || !counts(mixing, port)) continue;
        if (!newest_[port] || newest_[port]->round < open_->round) return false;
    }
    return true;
}

bool ExchangeInTime::ready() const {
    if (any_filled()) return true;
    if (open_ && room(0) && complete()) return true;
    const std::lock_guard lock(mutex_);
    return !news_.empty();
}

void ExchangeInTime::fire() {
    {
        const std::lock_guard lock(mutex_);
        for (const auto port : std::exchange(news_, {}))
            gone_[port] = true;
    }
    for (std::size_t port = 0; port < in(); ++port) {
        // Its own wait for one another: each of them is a round of its stream.
        if (!filled(port) || (port == own_ && open_)) continue;
        auto message = take(port);
        if (gone_[own_]) continue;
        if (port != own_) {
            newest_[port] = std::move(message);
            continue;
        }
        open_ = std::move(message);
        deadline_ = shared_.host.now() + timeout_;
        shared_.host.wake(*this, deadline_);
    }
    if (open_ && room(0) && complete()) close();
}

void ExchangeInTime::close() {
    auto own = std::move(*open_);
    open_.reset();
    shared_.host.wake(*this, never);
    if (own.value.is_skip()) return give(0, std::move(own));
    const auto& mixing = mixing_in(actor(), own.round);
    core::Neighbours list;
    for (std::size_t port = 0; port < newest_.size(); ++port) {
        if (!counts(mixing, port)) continue;
        core::Value value = core::Skip{};
        if (port == own_) {
            value = own.value;
        } else if (newest_[port] && newest_[port]->round >= own.round) {
            value = newest_[port]->value;
        } else {
            shared_.observer.dropped({actor().path, own.round});
        }
        list.values.push_back(std::move(value));
        list.edges.push_back({actor().senders[port], mixing.weights[port], mixing.shares[port]});
    }
    give(0, std::move(own).with(std::move(list)));
}

}  // namespace trama::engine::actors
