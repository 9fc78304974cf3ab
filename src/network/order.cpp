#include <algorithm>
#include <stdexcept>
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

/// In place: a million actors need no second copy.
template <class Item>
void put_at_their_ids(std::vector<Item>& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        while (items[i].id != i)
            std::swap(items[i], items[items[i].id]);
    }
}

}  // namespace

core::Result<void> put_in_order(const lang::Scheme& /*scheme*/, const ExpandOptions& /*options*/,
                                Network& network) {
    std::vector<ActorId> actor_now(network.actors.size());
    std::vector<ChannelId> channel_now(network.channels.size());
    {
        ActorId actors = 0;
        ChannelId channels = 0;
        const auto order = flow_order(network);
        if (order.size() != network.actors.size())
            throw std::logic_error("actors wait for each other in a circle without a feedback");
        for (const auto id : order) {
            actor_now[id] = actors++;
            for (const auto channel : network.actors[id].outputs)
                channel_now[channel] = channels++;
        }
    }
    for (auto& actor : network.actors) {
        actor.id = actor_now[actor.id];
        for (auto& id : actor.inputs)
            id = channel_now[id];
        for (auto& id : actor.outputs)
            id = channel_now[id];
        if (actor.state_from) actor.state_from = actor_now[*actor.state_from];
    }
    for (auto& channel : network.channels) {
        channel.id = channel_now[channel.id];
        channel.from = actor_now[channel.from];
        channel.to = actor_now[channel.to];
    }
    put_at_their_ids(network.actors);
    put_at_their_ids(network.channels);
    for (auto& loop : network.loops) {
        for (auto& id : loop.streams)
            id = actor_now[id];
        if (loop.control) loop.control = actor_now[*loop.control];
    }
    for (auto& id : network.sinks)
        id = actor_now[id];
    return {};
}

}  // namespace trama::network
