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

/// From channels to channels; `padding` keeps the size where it is (kernel - 1) / 2.
inline Layer convolution_layer(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t padding) {
    Layer layer = linear_layer(in, out);
    layer.kind = Layer::Kind::conv2d;
    layer.kernel = kernel;
    layer.padding = padding;
    return layer;
}

/// A pool of 2×2.
inline Layer pool_layer(Layer::Kind kind) {
    Layer layer = plain_layer(kind);
    layer.kernel = layer.stride = 2;
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
