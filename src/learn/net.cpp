#include "trama/learn/net.hpp"

#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "trama/core/elementary.hpp"

namespace trama::learn {

namespace {

using Shape = std::vector<std::int64_t>;

std::string text(const Shape& shape) {
    return fmt::format("{}", fmt::join(shape, "×"));
}

/// The shape that leaves a layer, or what is wrong with the one that enters it.
core::Result<Shape> follow(const Layer& layer, const Shape& shape) {
    auto wrong = [&](std::string_view expected) {
        return core::fail(core::ErrorKind::scheme,
                          fmt::format("{} takes {}, but {} comes in", layer.name, expected, text(shape)));
    };
    switch (layer.kind) {
        case Layer::Kind::flatten:
            return Shape{std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>())};
        case Layer::Kind::linear:
            if (shape.size() != 1 || shape[0] != layer.in) return wrong(fmt::format("{} features", layer.in));
            return Shape{layer.out};
        case Layer::Kind::conv2d:
        case Layer::Kind::max_pool2d: {
            bool convolves = layer.kind == Layer::Kind::conv2d;
            if (shape.size() != 3 || (convolves && shape[0] != layer.in)) {
                return wrong(convolves ? fmt::format("{} channels of pixels", layer.in)
                                       : "channels of pixels");
            }
            auto side = [&](std::int64_t pixels) {
                auto room = pixels + 2 * layer.padding - layer.kernel;
                return room < 0 ? std::int64_t{0} : room / layer.stride + 1;
            };
            Shape out{convolves ? layer.out : shape[0], side(shape[1]), side(shape[2])};
            if (out[1] < 1 || out[2] < 1) {
                return wrong(fmt::format("at least {0}×{0} pixels", layer.kernel - 2 * layer.padding));
            }
            return out;
        }
        case Layer::Kind::relu:
        case Layer::Kind::tanh:
            return shape;
    }
    return shape;
}

}  // namespace

bool is_normalisation(const Layer& /*layer*/) {
    return false;  // no kind of layer does yet
}

core::Result<Net> assemble(Shape input, std::vector<Layer> layers) {
    Net net;
    std::vector<core::Entry> params;
    auto shape = input;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        auto& layer = layers[i];
        layer.name = fmt::format("layers.{}", i);
        auto next = follow(layer, shape);
        if (!next) return tl::unexpected(next.error());
        shape = std::move(*next);
        if (layer.kind == Layer::Kind::linear || layer.kind == Layer::Kind::conv2d) {
            Shape weight{layer.out, layer.in};
            if (layer.kind == Layer::Kind::conv2d) weight.insert(weight.end(), {layer.kernel, layer.kernel});
            params.push_back({layer.name + ".weight", core::DType::f32, std::move(weight), 0});
            params.push_back({layer.name + ".bias", core::DType::f32, {layer.out}, 0});
        }
    }
    if (shape.size() != 1) {
        return core::fail(
            core::ErrorKind::scheme,
            fmt::format("a net must end in one number per class, this one gives {}", text(shape)));
    }
    net.input = std::move(input);
    net.outputs = shape[0];
    net.layers = std::move(layers);
    net.params = std::make_shared<const core::Layout>(std::move(params));
    net.buffers = std::make_shared<const core::Layout>();
    return net;
}

core::Model initialise(const Net& net, core::Stream& stream) {
    core::ParameterBuffer params(net.params);
    for (const auto& layer : net.layers) {
        if (layer.kind != Layer::Kind::linear && layer.kind != Layer::Kind::conv2d) continue;
        auto window = layer.kind == Layer::Kind::conv2d ? layer.kernel * layer.kernel : 1;
        auto bound = 1.0 / core::sqrt(static_cast<double>(layer.in * window));
        for (const char* part : {".weight", ".bias"}) {
            for (auto& value : params.floats(*net.params->find(layer.name + part))) {
                value = static_cast<float>(stream.uniform(-bound, bound));
            }
        }
    }
    core::Model model;
    model.params = std::move(params).freeze();
    model.buffers = core::ParameterBuffer(net.buffers).freeze();
    model.architecture = net.call;
    return model;
}

}  // namespace trama::learn
