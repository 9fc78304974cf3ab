#include <algorithm>
#include <utility>

#include "network/passes.hpp"

namespace trama::network {
namespace {

/// Actors such that each comes behind those it waits for, and what belongs to one copy stays together:
/// reverse postorder over forward channels.
std::vector<ActorId> flow_order(const Network& network) {
    std::vector<ActorId> order;
    order.reserve(network.actors.size());
    std::vector<bool> seen(network.actors.size());
    std::vector<std::pair<ActorId, std::size_t>> path;  // an actor and how many of its outputs are left
    for (auto start = network.actors.rbegin(); start != network.actors.rend(); ++start) {
        const bool source = std::ranges::all_of(start->inputs, [&](ChannelId id) {
            return network.channels[id].newest || network.channels[id].back_edge;
        });
        if (!source || seen[start->id]) continue;
        seen[start->id] = true;
        path.emplace_back(start->id, start->outputs.size());
        while (!path.empty()) {
            auto& [actor, left] = path.back();
            if (left == 0) {
                order.push_back(actor);
                path.pop_back();
                continue;
            }
            const auto& channel = network.channels[network.actors[actor].outputs[--left]];
            if (channel.back_edge || channel.newest || seen[channel.to]) continue;
            seen[channel.to] = true;
            path.emplace_back(channel.to, network.actors[channel.to].outputs.size());
        }
    }
    std::ranges::reverse(order);
    return order;
}

}  // namespace

core::Result<void> put_in_order(const lang::Scheme& /*scheme*/, const ExpandOptions& /*options*/,
                                Network& network) {
    const auto order = flow_order(network);
    std::vector<ActorId> actor_now(network.actors.size());
    std::vector<ChannelId> channel_now(network.channels.size());
    std::vector<Actor> actors;
    std::vector<Channel> channels;
    actors.reserve(network.actors.size());
    channels.reserve(network.channels.size());
    for (const auto id : order) {
        actor_now[id] = static_cast<ActorId>(actors.size());
        actors.push_back(std::move(network.actors[id]));
        for (const auto channel : actors.back().outputs) {
            channel_now[channel] = static_cast<ChannelId>(channels.size());
            channels.push_back(std::move(network.channels[channel]));
        }
    }
    for (auto& actor : actors) {
        actor.id = actor_now[actor.id];
        for (auto& id : actor.inputs)
            id = channel_now[id];
        for (auto& id : actor.outputs)
            id = channel_now[id];
        if (actor.state_from) actor.state_from = actor_now[*actor.state_from];
    }
    for (std::size_t i = 0; i < channels.size(); ++i) {
        channels[i].id = static_cast<ChannelId>(i);
        channels[i].from = actor_now[channels[i].from];
        channels[i].to = actor_now[channels[i].to];
    }
    for (auto& loop : network.loops) {
        for (auto& id : loop.streams)
            id = actor_now[id];
        if (loop.control) loop.control = actor_now[*loop.control];
    }
    for (auto& id : network.sinks)
        id = actor_now[id];
    network.actors = std::move(actors);
    network.channels = std::move(channels);
    return {};
}

}  // namespace trama::network
