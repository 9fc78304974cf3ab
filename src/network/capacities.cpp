#include <algorithm>

#include "network/passes.hpp"

namespace trama::network {
namespace {

/// Tokens that may circulate in a loop's channels: those of an asynchronous one around or inside of which it
/// is.
std::int64_t circulating(const Network& network, std::int64_t loop) {
    std::int64_t tokens = 1;
    for (; loop >= 0; loop = network.loops[static_cast<std::size_t>(loop)].parent) {
        const auto& each = network.loops[static_cast<std::size_t>(loop)];
        if (each.asynchronous) tokens = std::max(tokens, each.inflight);
    }
    return tokens;
}

}  // namespace

core::Result<void> set_capacities(const lang::Scheme& /*scheme*/, const ExpandOptions& /*options*/,
                                  Network& network) {
    // One token a stream and round: a channel with room for one never blocks a synchronous body for good,
    // because every cycle through it holds the loop's token or the room of a channel. In an asynchronous body
    // all tokens in flight may wait in the same place.
    std::vector<std::int64_t> tokens;
    for (std::size_t i = 0; i < network.loops.size(); ++i) {
        tokens.push_back(circulating(network, static_cast<std::int64_t>(i)));
    }
    for (auto& channel : network.channels) {
        const auto from = network.actors[channel.from].loop;
        const auto to = network.actors[channel.to].loop;
        const auto of = [&](std::int64_t loop) {
            return loop < 0 ? 1 : tokens[static_cast<std::size_t>(loop)];
        };
        channel.capacity = std::min(of(from), of(to));
    }
    return {};
}

}  // namespace trama::network
