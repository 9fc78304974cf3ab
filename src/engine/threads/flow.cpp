#include "engine/threads/flow.hpp"

#include <utility>

#include <fmt/format.h>

#include "engine/metrics.hpp"

namespace trama::engine::threads {
namespace {

std::int64_t integer(const network::Actor& actor, std::string_view parameter, std::int64_t otherwise) {
    const auto* value = actor.block ? actor.block->find(parameter) : nullptr;
    const auto* number = value != nullptr ? value->as<std::int64_t>() : nullptr;
    return number != nullptr ? *number : otherwise;
}

}  // namespace

void Broadcast::fire() {
    const auto message = take(0);
    for (std::size_t port = 0; port < out(); ++port)
        give(port, message);
}

void Scatter::fire() {
    const auto message = take(0);
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
        give(port, {list != nullptr ? (*list)[port] : message.value, message.round, false, {}});
    }
}

Gather::Gather(const network::Actor& actor, Shared& shared) : Process(actor, shared, Waits::any) {
    const auto* order = actor.block ? actor.block->find("order") : nullptr;
    const auto* word = order != nullptr ? order->as<core::Symbol>() : nullptr;
    in_turn_ = word != nullptr && word->name == "rr";
}

void Gather::fire() {
    while (!filled(next_))
        next_ = next_ + 1 == in() ? 0 : next_ + 1;
    auto message = take(next_);
    next_ = next_ + 1 == in() ? 0 : next_ + 1;
    give(0, std::move(message));
}

void GatherAll::fire() {
    auto messages = take_all();
    core::Values values;
    values.reserve(messages.size());
    for (auto& message : messages)
        values.push_back(std::move(message.value));
    give(0, {core::Value(std::move(values)), std::move(messages.front().round), false, {}});
}

Tap::Tap(const network::Actor& actor, Shared& shared)
    : Process(actor, shared, Waits::all), every_(integer(actor, "every", 1)) {}

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

Queue::Queue(const network::Actor& actor, Shared& shared)
    : Process(actor, shared, Waits::any),
      capacity_(static_cast<std::size_t>(integer(actor, "capacity", 1))) {}

bool Queue::ready() const {
    return (!held_.empty() && room(0)) || (held_.size() < capacity_ && filled(0));
}

void Queue::fire() {
    if (!held_.empty() && room(0)) {
        give(0, std::move(held_.front()));
        held_.pop_front();
    } else {
        held_.push_back(take(0));
    }
}

}  // namespace trama::engine::threads
