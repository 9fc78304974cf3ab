#include <algorithm>
#include <ranges>
#include <vector>

#include "network/passes.hpp"

namespace trama::network {
namespace {

/// The stream of the feedback that the actor's results go back to: forwards to the nearest back edge of that
/// loop.
class StreamFinder {
  public:
    explicit StreamFinder(const Network& network) : network_(network), visited_(network.actors.size()) {}

    std::optional<ActorId> operator()(const Actor& actor) {
        ++walk_;
        std::vector<ActorId> path{actor.id};
        while (!path.empty()) {
            const auto& at = network_.actors[path.back()];
            path.pop_back();
            if (visited_[at.id] == walk_) continue;
            visited_[at.id] = walk_;
            for (const auto id : at.outputs | std::views::reverse) {
                const auto& channel = network_.channels[id];
                const auto& to = network_.actors[channel.to];
                if (channel.newest) continue;
                if (to.kind == Kind::control) {
                    // It gives every stream its own back.
                    const auto& loop = network_.loops[static_cast<std::size_t>(to.loop)];
                    if (to.loop == actor.loop) return loop.streams[channel.to_port];
                } else if (!channel.back_edge) {
                    path.push_back(to.id);
                } else if (to.loop == actor.loop) {
                    return to.id;
                }
            }
        }
        return std::nullopt;
    }

    /// `stream` when the actor's values come from there, too; else the first stream that they come from.
    /// Rules in front of an exchange lead to many streams, and only that one's model is sure to have entered.
    ActorId among_sources(const Actor& actor, ActorId stream) {
        ++walk_;
        std::optional<ActorId> first;
        std::vector<ActorId> path{actor.id};
        while (!path.empty()) {
            const auto& at = network_.actors[path.back()];
            path.pop_back();
            if (visited_[at.id] == walk_) continue;
            visited_[at.id] = walk_;
            if (at.kind == Kind::loop && at.loop == actor.loop) {
                if (at.id == stream) return stream;
                if (!first) first = at.id;
                continue;
            }
            for (const auto id : at.inputs | std::views::reverse) {
                const auto& channel = network_.channels[id];
                if (!channel.newest && !channel.back_edge) path.push_back(channel.from);
            }
        }
        return first.value_or(stream);
    }

  private:
    const Network& network_;
    std::vector<std::uint32_t> visited_;
    std::uint32_t walk_ = 0;
};

}  // namespace

core::Result<void> find_states(const lang::Scheme& /*scheme*/, const ExpandOptions& /*options*/,
                               Network& network) {
    StreamFinder find(network);
    for (auto& actor : network.actors) {
        const bool rule = actor.kind == Kind::reduce || actor.kind == Kind::fold || actor.kind == Kind::mix;
        if (rule && actor.level == 0 && actor.loop >= 0) {
            actor.state_from = find(actor);
            if (actor.state_from) actor.state_from = find.among_sources(actor, *actor.state_from);
        }
    }
    return {};
}

}  // namespace trama::network
