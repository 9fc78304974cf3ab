#include "engine/memory.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/conditions.hpp"

namespace trama::engine {
namespace {

using network::Actor;
using network::Kind;

bool remembers(const Actor& actor) {
    if (actor.kind == Kind::function) return true;
    const bool folds = actor.kind == Kind::reduce || actor.kind == Kind::fold || actor.kind == Kind::mix;
    return folds && actor.level == 0;
}

std::string identity(const Actor& actor) {
    if (actor.kind != Kind::function) return actor.path;
    return fmt::format("{}/{}[{}]", actor.name, actor.occurrence, fmt::join(actor.copy, ","));
}

}  // namespace

Remembered Memory::begin(const Turn& turn) {
    const std::lock_guard lock(mutex_);
    if (turn.under_way != nullptr) {
        if (std::exchange(circulates_, turn.loop) != turn.loop) {
            settled_ = now_;
            left_.clear();
        }
        return now_;
    }
    const auto done = turn.round - 1;
    const bool first = last_loop_ != turn.loop || last_round_ != done;
    if (turn.every > 0 && done > 0 && done % turn.every == 0 && first) {
        before_.push_back({turn.loop, done, now_});
        last_loop_ = turn.loop;
        last_round_ = done;
    }
    return now_;
}

void Memory::note(const Turn& turn) {
    const Use use{turn.actor, turn.round};
    if (left_.empty() || left_.back().use != use) left_.push_back({use, {}});
    left_.back().state = now_;
    auto back = left_.end();
    while (back != left_.begin() && turn.under_way->has(std::prev(back)->use.second))
        --back;
    if (back == left_.begin()) return;
    settled_ = std::move(std::prev(back)->state);
    left_.erase(left_.begin(), back);
}

Remembered Memory::without(std::int64_t loop, const std::set<std::int64_t>& tokens) const {
    const std::lock_guard lock(mutex_);
    if (circulates_ != loop) return now_;
    for (const auto& left : left_ | std::views::reverse) {
        if (!tokens.contains(left.use.second)) return left.state;
    }
    return settled_;
}

std::optional<Remembered> Memory::before(std::int64_t loop, const std::set<Use>& uses) const {
    const std::lock_guard lock(mutex_);
    if (circulates_ != loop) return now_;
    const auto among = [&](const Left& left) { return uses.contains(left.use); };
    const auto first = std::ranges::find_if(left_, among);
    if (!std::all_of(first, left_.end(), among)) return std::nullopt;
    return first == left_.begin() ? settled_ : std::prev(first)->state;
}

Remembered Memory::after(std::int64_t loop, std::int64_t round) {
    const std::lock_guard lock(mutex_);
    // Earlier ones have been asked for, or belong to another feedback.
    std::erase_if(before_, [&](const Before& one) { return one.loop != loop || one.round < round; });
    if (before_.empty() || before_.front().round != round) return now_;
    auto state = std::move(before_.front().state);
    before_.erase(before_.begin());
    return state;
}

Memories::Memories(const network::Network& network, const std::vector<Checkpoint>& resumed, bool training,
                   bool moments)
    : owners_(network.actors.size()), in_loop_(network.loops.size()) {
    for (std::size_t i = 0; i < network.loops.size(); ++i) {
        const auto& loop = network.loops[i];
        // A feedback comes before those inside of it.
        outermost_.push_back(loop.parent < 0 ? static_cast<std::int64_t>(i)
                                             : outermost_[static_cast<std::size_t>(loop.parent)]);
        every_.push_back(loop.call && !loop.asynchronous ? conditions_of(*loop.call).checkpoint : 0);
        const bool circulates = loop.asynchronous && loop.parent < 0 && training && loop.call &&
                                conditions_of(*loop.call).checkpoint > 0;
        under_way_.push_back(circulates ? std::make_unique<UnderWay>() : nullptr);
    }
    if (!training) {
        auto& nobody = memories_[""];
        nobody = std::make_unique<Memory>();
        std::ranges::fill(owners_, nobody.get());
        return;
    }
    for (const auto& actor : network.actors) {
        if (!remembers(actor)) continue;
        const auto name = identity(actor);
        auto& memory = memories_[name];
        if (!memory) memory = std::make_unique<Memory>();
        owners_[actor.id] = memory.get();
        if (actor.loop < 0) continue;
        const auto around = outermost_[static_cast<std::size_t>(actor.loop)];
        in_loop_[static_cast<std::size_t>(around)].emplace(name, memory.get());
    }
    for (const auto& checkpoint : resumed) {
        const auto& circulation = checkpoint.circulation;
        const bool exactly = moments && circulation && circulation->moment;
        for (const auto& [name, state] : exactly ? circulation->moment->states : checkpoint.states) {
            if (const auto found = memories_.find(name); found != memories_.end())
                found->second->restore(state);
        }
    }
}

Memory::Turn Memories::turn(const Actor& actor, const core::Round& round) const {
    if (actor.loop < 0 || round.empty()) return {};
    const auto around = outermost_[static_cast<std::size_t>(actor.loop)];
    const auto index = static_cast<std::size_t>(around);
    return {around, round.front(), every_[index], under_way_[index].get(), actor.id};
}

std::map<std::string, Remembered> Memories::after(std::int64_t loop, std::int64_t round) {
    std::map<std::string, Remembered> all;
    for (const auto& [name, memory] : in_loop_[static_cast<std::size_t>(loop)]) {
        auto state = memory->after(loop, round);
        if (state.started || !state.state.empty()) all.emplace(name, std::move(state));
    }
    return all;
}

std::map<std::string, Remembered> Memories::without(std::int64_t loop,
                                                    const std::set<std::int64_t>& tokens) const {
    std::map<std::string, Remembered> all;
    for (const auto& [name, memory] : in_loop_[static_cast<std::size_t>(loop)]) {
        auto state = memory->without(loop, tokens);
        if (state.started || !state.state.empty()) all.emplace(name, std::move(state));
    }
    return all;
}

std::optional<std::map<std::string, Remembered>> Memories::before(std::int64_t loop,
                                                                  const std::set<Memory::Use>& uses) const {
    std::map<std::string, Remembered> all;
    for (const auto& [name, memory] : in_loop_[static_cast<std::size_t>(loop)]) {
        auto state = memory->before(loop, uses);
        if (!state) return std::nullopt;
        if (state->started || !state->state.empty()) all.emplace(name, std::move(*state));
    }
    return all;
}

}  // namespace trama::engine
