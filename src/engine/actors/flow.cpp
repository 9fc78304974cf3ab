#include "engine/actors/flow.hpp"

#include <utility>

#include <fmt/format.h>

#include "engine/actors/choose.hpp"
#include "engine/actors/exchange.hpp"
#include "engine/actors/quorum.hpp"
#include "engine/arguments.hpp"
#include "engine/metrics.hpp"

namespace trama::engine::actors {
Message Parting::take_and_begin() {
    auto message = take(0);
    for (auto* quorum : quorums_)
        quorum->begin(message.round);
    return message;
}

void Broadcast::fire() {
    const auto message = take_and_begin();
    for (std::size_t port = 0; port < out(); ++port) {
        const bool listens = !exchanges_ || hears(receiver(port), receiver_port(port), message.round);
        give(port, listens ? message : Message(message).with(core::Skip{}));
    }
}

void Scatter::fire() {
    const auto message = take_and_begin();
    const auto* list = message.value.list();
    if (list == nullptr && !message.value.is_skip()) {
        throw std::logic_error(fmt::format("scatter takes a list, not {}", message.value.type()));
    }
    if (list != nullptr && list->size() != out()) {
        return fail({core::ErrorKind::run,
                     fmt::format("a list of {} comes to a scatter to {} streams", list->size(), out()),
                     {},
                     {}},
                    message.round);
    }
    for (std::size_t port = 0; port < out(); ++port) {
        give(port, Message(message).with(list != nullptr ? (*list)[port] : message.value));
    }
}

Gather::Gather(const network::Actor& actor, Shared& shared) : Process(actor, shared, Waits::any) {
    in_turn_ = is_word(actor.block.get(), "order", "rr");
}

void Gather::lose(std::size_t /*port*/, const core::Error& error) {
    {
        const std::lock_guard lock(mutex_);
        lost_.push_back({"lost", error.where, error.message});
    }
    notify();
}

std::optional<Process::Held> Gather::held() const {
    const std::lock_guard lock(mutex_);
    if (!lost_.empty()) return std::nullopt;
    return Held{{}, {static_cast<std::int64_t>(next_)}};
}

bool Gather::ready() const {
    if (!room(0)) return false;
    if (in_turn_ ? filled(next_) : any_filled()) return true;
    const std::lock_guard lock(mutex_);
    return !lost_.empty();
}

void Gather::fire() {
    {
        const std::lock_guard lock(mutex_);
        if (!lost_.empty()) {
            give(0, {std::move(lost_.back()), {}});
            return lost_.pop_back();
        }
    }
    while (!filled(next_))
        next_ = next_ + 1 == in() ? 0 : next_ + 1;
    auto message = take(next_);
    next_ = next_ + 1 == in() ? 0 : next_ + 1;
    give(0, std::move(message));
}

void GatherAll::fire() {
    auto messages = take_all();
    if (!of_one_round(messages)) return;
    if (reports_ != nullptr) reports_->collect(messages);
    core::Values values;
    values.reserve(messages.size());
    for (auto& message : messages)
        values.push_back(std::move(message.value));
    give(0, std::move(messages.front()).with(core::Value(std::move(values))));
}

Tap::Tap(const network::Actor& actor, Shared& shared)
    : Process(actor, shared, Waits::all), every_(integer(actor.block.get(), "every", 1)) {}

void Tap::fire() {
    auto message = take(0);
    const auto number = message.round.empty() ? ++seen_ : message.round.back();
    auto side = message;
    if (number % every_ != 0) side.value = core::Skip{};
    give(0, std::move(message));
    give(1, std::move(side));
}

Join::Join(const network::Actor& actor, Shared& shared) : Process(actor, shared, Waits::all) {
    const auto* list = actor.block->find("metrics");
    if (list == nullptr || list->as<core::List>() == nullptr) return;
    for (const auto& name : *list->as<core::List>())
        metrics_.push_back(*name.as<std::string>());
}

void Join::fire() {
    auto messages = take_all();
    if (!of_one_round(messages)) return;
    auto& token = messages.front();
    std::vector<core::Value> sides;
    for (std::size_t i = 1; i < messages.size(); ++i)
        sides.push_back(std::move(messages[i].value));
    const auto measured = merged_metrics(sides);
    if (const auto* own = metrics_of(token.value); own != nullptr && !measured.empty()) {
        auto all = *own;
        // Only what the branch itself writes: the rest is the token's own, merged with itself.
        for (const auto& name : metrics_) {
            if (const auto found = measured.find(name); found != measured.end()) all[name] = found->second;
        }
        token.value = with_metrics(token.value, std::move(all));
    }
    give(0, std::move(token));
}

void Sink::fire() {
    const bool first = !result_;
    result_ = take(0);
    if (first && shared_.finished) shared_.finished();
}

}  // namespace trama::engine::actors
