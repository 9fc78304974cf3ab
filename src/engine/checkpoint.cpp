#include "trama/engine/checkpoint.hpp"

#include <algorithm>

namespace trama::engine {

std::vector<bool> work_left(const network::Network& network, const std::vector<std::string>& resumed) {
    std::vector<bool> cut(network.actors.size());
    for (const auto& loop : network.loops) {
        if (std::ranges::find(resumed, loop.path) == resumed.end()) continue;
        for (const auto id : loop.streams)
            cut[id] = true;
    }
    std::vector<bool> left(network.actors.size());
    auto open = network.sinks;
    while (!open.empty()) {
        const auto id = open.back();
        open.pop_back();
        if (left[id]) continue;
        left[id] = true;
        if (cut[id]) continue;
        for (const auto channel : network.actors[id].inputs)
            open.push_back(network.channels[channel].from);
    }
    return left;
}

}  // namespace trama::engine
