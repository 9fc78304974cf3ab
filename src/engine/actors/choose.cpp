#include "engine/actors/choose.hpp"

#include <algorithm>
#include <utility>

#include "engine/arguments.hpp"
#include "engine/metrics.hpp"
#include "trama/core/random.hpp"

namespace trama::engine::actors {

void Reports::begin(double now) {
    const std::lock_guard lock(mutex_);
    began_ = now;
}

void Reports::collect(const std::vector<Message>& messages) {
    for (std::size_t i = 0; i < messages.size(); ++i)
        collect(i, messages[i]);
}

void Reports::collect(std::size_t stream, const Message& message) {
    if (message.value.is_skip()) return;
    const std::lock_guard lock(mutex_);
    auto& report = reports_.at(stream);
    report.seconds = message.at - began_;
    const auto* metrics = metrics_of(message.value);
    if (metrics == nullptr) return;
    if (const auto loss = metrics->find("train_loss"); loss != metrics->end())
        report.loss = loss->second.value;
}

std::vector<Report> Reports::all() const {
    const std::lock_guard lock(mutex_);
    return reports_;
}

std::vector<bool> Choose::choose(const std::vector<bool>& there, const core::Round& round) {
    std::vector<Report> reports;
    if (reports_ != nullptr) {
        reports = reports_->all();
        reports_->begin(shared_.host.now());
    }
    core::Stream random({shared_.seed, actor().name, actor().occurrence, actor().copy, round, "choice"});
    return choice_(there, reports, round, random);
}

void Choose::part() {
    const auto message = take_and_begin();
    const auto chosen = choose(std::vector<bool>(out(), !message.value.is_skip()), message.round);
    for (std::size_t port = 0; port < out(); ++port)
        give(port, chosen[port] ? message : Message(message).with(core::Skip{}));
}

void Choose::fire() {
    if (in() < out()) return part();
    auto messages = take_all();
    if (!of_one_round(messages)) return;
    std::vector<bool> there(messages.size());
    for (std::size_t i = 0; i < messages.size(); ++i)
        there[i] = !messages[i].value.is_skip();
    const auto chosen = choose(there, messages.front().round);
    for (std::size_t i = 0; i < messages.size(); ++i) {
        if (!chosen[i]) messages[i].value = core::Skip{};
        give(i, std::move(messages[i]));
    }
}

Unicast::Unicast(const network::Actor& actor, Shared& shared)
    : Process(actor, shared, Waits::any), streams_(actor.outputs.size()) {
    if (is_word(actor.block.get(), "policy", "auto")) policy_ = Policy::free;
    if (is_word(actor.block.get(), "policy", "random")) policy_ = Policy::random;
}

bool Unicast::any_room() const {
    for (std::size_t port = 0; port < out(); ++port) {
        if (room(port)) return true;
    }
    return false;
}

bool Unicast::ready() const {
    // In turn and at random the stream is settled before anyone looks for room: that must be everywhere.
    return filled(0) && (policy_ == Policy::free ? any_room() : all_room());
}

std::optional<Process::Held> Unicast::held() const {
    Held made{{}, {static_cast<std::int64_t>(sent_)}};
    for (const auto& stream : streams_) {
        made.numbers.push_back(stream.under_way);
        made.numbers.push_back(static_cast<std::int64_t>(stream.last));
    }
    return made;
}

void Unicast::hold(const Held& held) {
    sent_ = static_cast<std::uint64_t>(held.numbers.at(0));
    for (std::size_t i = 0; i < streams_.size(); ++i) {
        streams_[i].under_way = held.numbers.at(2 * i + 1);
        streams_[i].last = static_cast<std::uint64_t>(held.numbers.at(2 * i + 2));
    }
}

void Unicast::come_back(Message& message) {
    if (!message.trip) return;
    const auto& choices = message.trip->choices;
    const auto own = std::ranges::find(choices, actor().id, &Trip::Choice::unicast);
    if (own == choices.end()) return;
    --streams_[own->stream].under_way;
    auto trip = *message.trip;
    trip.choices.erase(trip.choices.begin() + (own - choices.begin()));
    message.trip = std::make_shared<const Trip>(std::move(trip));
}

std::size_t Unicast::choose(const Message& message) {
    if (policy_ == Policy::in_turn) return sent_ % out();
    if (policy_ == Policy::random) {
        core::Round number = message.round;
        number.push_back(static_cast<std::int64_t>(sent_));
        core::Stream random({shared_.seed, actor().name, actor().occurrence, actor().copy, number, "choice"});
        return static_cast<std::size_t>(random.below(out()));
    }
    std::size_t best = out();
    for (std::size_t port = 0; port < out(); ++port) {
        if (!room(port)) continue;
        const auto rank = [&](std::size_t i) { return std::pair(streams_[i].under_way, streams_[i].last); };
        if (best == out() || rank(port) < rank(best)) best = port;
    }
    return best;
}

void Unicast::fire() {
    auto message = take(0);
    come_back(message);
    const auto port = choose(message);
    ++sent_;
    streams_[port].last = sent_;
    if (message.trip) {  // it will come round again
        auto trip = *message.trip;
        trip.choices.push_back({actor().id, static_cast<std::uint32_t>(port)});
        message.trip = std::make_shared<const Trip>(std::move(trip));
        ++streams_[port].under_way;
    }
    give(port, std::move(message));
}

}  // namespace trama::engine::actors
