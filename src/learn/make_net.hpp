#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "trama/learn/net.hpp"

namespace trama::learn {

inline Layer linear_layer(std::int64_t in, std::int64_t out) {
    Layer layer;
    layer.kind = Layer::Kind::linear;
    layer.in = in;
    layer.out = out;
    return layer;
}

inline Layer plain_layer(Layer::Kind kind) {
    Layer layer;
    layer.kind = kind;
    return layer;
}

/// Assembles a net and notes the call that it came from.
inline core::Result<std::shared_ptr<const Net>> make_net(const core::Call& call,
                                                         std::vector<std::int64_t> input,
                                                         std::vector<Layer> layers) {
    return assemble(std::move(input), std::move(layers)).map([&](Net&& net) {
        net.call = std::make_shared<const core::Call>(call);
        return std::make_shared<const Net>(std::move(net));
    });
}

}  // namespace trama::learn
