#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "network/passes.hpp"

namespace trama::network {
namespace {

/// Puts inner nodes under the root, from the leaves upwards; groups are taken in stream order.
void grow(Network& network, ActorId root, std::int64_t arity) {
    const auto k = static_cast<std::size_t>(arity);
    std::int64_t levels = 0;
    for (auto width = network.actors[root].inputs.size(); width > k; width = (width - 1) / k + 1)
        ++levels;

    auto open = std::exchange(network.actors[root].inputs, {});  // channels whose end is to be found
    for (auto level = levels; level > 0; --level) {
        std::vector<ChannelId> next;
        for (std::size_t begin = 0; begin < open.size(); begin += k) {
            const auto end = std::min(open.size(), begin + k);
            if (end - begin == 1 && level < levels) {
                next.push_back(open[begin]);  // a partial fold of its own already
                continue;
            }
            Actor node = network.actors[root];
            node.id = static_cast<ActorId>(network.actors.size());
            node.path = fmt::format("{}/level.{}/[{}]", node.path, level, next.size());
            node.level = level;
            node.outputs.clear();
            for (auto i = begin; i < end; ++i) {
                network.channels[open[i]].to = node.id;
                network.channels[open[i]].to_port = static_cast<std::uint32_t>(i - begin);
                node.inputs.push_back(open[i]);
            }
            Channel up;
            up.id = static_cast<ChannelId>(network.channels.size());
            up.from = node.id;
            up.payload = "Partial";
            node.outputs.push_back(up.id);
            next.push_back(up.id);
            network.actors.push_back(std::move(node));
            network.channels.push_back(std::move(up));
        }
        open = std::move(next);
    }
    for (std::size_t i = 0; i < open.size(); ++i) {
        network.channels[open[i]].to = root;
        network.channels[open[i]].to_port = static_cast<std::uint32_t>(i);
    }
    network.actors[root].inputs = std::move(open);
}

}  // namespace

core::Result<void> grow_trees(const lang::Scheme& /*scheme*/, const ExpandOptions& /*options*/,
                              Network& network) {
    const auto before = network.actors.size();
    for (ActorId id = 0; id < before; ++id) {
        const auto& actor = network.actors[id];
        const auto arity = arity_of(actor.block.get());
        if (actor.kind != Kind::reduce || arity < 2) continue;
        if (actor.inputs.size() > static_cast<std::size_t>(arity)) grow(network, id, arity);
    }
    return {};
}

}  // namespace trama::network
