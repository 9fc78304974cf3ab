#include "trama/learn/net.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "trama/core/elementary.hpp"

namespace trama::learn {

namespace {

using Kind = Layer::Kind;

std::string text(const Shape& shape) {
    return fmt::format("{}", fmt::join(shape, "×"));
}

/// Follows a sample through layers, one at a time.
class Follower {
  public:
    explicit Follower(const Shape& input) : input_(input) {}

    core::Result<void> enter(const Layer& layer) {
        auto next = leaving(layer, given_.empty() ? input_ : given_.back());
        if (!next) return tl::unexpected(std::move(next.error()));
        given_.push_back(std::move(*next));
        return {};
    }
    std::vector<Shape> given() && { return std::move(given_); }

  private:
    core::Result<Shape> leaving(const Layer& layer, const Shape& shape) const {
        auto wrong = [&](std::string_view expected) {
            return core::fail(core::ErrorKind::scheme,
                              fmt::format("{} takes {}, but {} comes in", layer.name, expected, text(shape)));
        };
        switch (layer.kind) {
            case Kind::relu:
            case Kind::tanh:
                return shape;
            case Kind::flatten:
                return Shape{
                    std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>())};
            case Kind::linear:
                if (shape.size() != 1 || shape[0] != layer.in)
                    return wrong(fmt::format("{} features", layer.in));
                return Shape{layer.out};
            case Kind::conv2d:
                if (shape.size() != 3 || shape[0] != layer.in)
                    return wrong(fmt::format("{} channels of pixels", layer.in));
                return slide(layer, shape, layer.out);
            case Kind::max_pool2d:
            case Kind::avg_pool2d:
                if (shape.size() != 3) return wrong("channels of pixels");
                return slide(layer, shape, shape[0]);
            case Kind::global_avg_pool2d:
                if (shape.size() != 3) return wrong("channels of pixels");
                return Shape{shape[0]};
            case Kind::batch_norm2d:
            case Kind::group_norm:
                if (shape.size() != 3 || shape[0] != layer.in)
                    return wrong(fmt::format("{} channels of pixels", layer.in));
                return shape;
            case Kind::residual:
                return shortcut(layer, shape);
            case Kind::embedding:
                if (shape.size() != 1) return wrong("a row of characters");
                return Shape{shape[0], layer.out};
            case Kind::lstm:
                if (shape.size() != 2 || shape[1] != layer.in)
                    return wrong(fmt::format("steps of {} features", layer.in));
                return Shape{shape[0], layer.out};
            case Kind::last_step:
                if (shape.size() != 2) return wrong("steps of features");
                return Shape{shape[1]};
        }
        return wrong("nothing that is known");
    }

    static core::Result<Shape> slide(const Layer& layer, const Shape& shape, std::int64_t channels) {
        auto side = [&](std::int64_t pixels) {
            auto room = pixels + 2 * layer.padding - layer.kernel;
            return room < 0 || layer.kernel < 1 || layer.stride < 1 || layer.padding < 0
                       ? std::int64_t{0}
                       : room / layer.stride + 1;
        };
        Shape out{channels, side(shape[1]), side(shape[2])};
        if (out[1] < 1 || out[2] < 1) {
            return core::fail(core::ErrorKind::scheme,
                              fmt::format("{0} takes at least {1}×{1} pixels, but {2} comes in", layer.name,
                                          layer.kernel - 2 * layer.padding, text(shape)));
        }
        return out;
    }

    /// He et al. 2016, option A: a shortcut without parameters.
    core::Result<Shape> shortcut(const Layer& layer, const Shape& shape) const {
        const Shape& from = given_.at(layer.from);
        auto meets = [&](std::size_t side) {
            return (from[side] + layer.stride - 1) / layer.stride == shape[side];
        };
        if (shape.size() != 3 || from.size() != 3 || from[0] > shape[0] || !meets(1) || !meets(2)) {
            return core::fail(core::ErrorKind::scheme,
                              fmt::format("{} cannot add {} to {}", layer.name, text(from), text(shape)));
        }
        return shape;
    }

    const Shape& input_;
    std::vector<Shape> given_;
};

/// The bound of the uniform numbers that a layer's parameters are drawn from.
double bound_of(const Layer& layer) {
    auto window = layer.kind == Kind::conv2d ? layer.kernel * layer.kernel : 1;
    auto fan_in = layer.kind == Kind::lstm ? layer.out : layer.in * window;
    return 1.0 / core::sqrt(static_cast<double>(fan_in));
}

void draw(const Layer& layer, const core::Entry& entry, std::span<float> values, core::Stream& stream) {
    if (is_normalisation(layer)) {
        std::ranges::fill(values, entry.name.ends_with(".weight") ? 1.0F : 0.0F);
    } else if (layer.kind == Kind::embedding) {
        for (auto& value : values)
            value = static_cast<float>(stream.normal());
    } else {
        auto bound = bound_of(layer);
        for (auto& value : values)
            value = static_cast<float>(stream.uniform(-bound, bound));
    }
}

}  // namespace

bool is_normalisation(const Layer& layer) {
    return layer.kind == Kind::batch_norm2d || layer.kind == Kind::group_norm;
}

std::vector<core::Entry> parameters(const Layer& layer) {
    auto entry = [&](const char* part, Shape shape) {
        return core::Entry{fmt::format("{}.{}", layer.name, part), core::DType::f32, std::move(shape), 0};
    };
    switch (layer.kind) {
        case Kind::linear:
            return {entry("weight", {layer.out, layer.in}), entry("bias", {layer.out})};
        case Kind::conv2d: {
            std::vector<core::Entry> all{entry("weight", {layer.out, layer.in, layer.kernel, layer.kernel})};
            if (layer.bias) all.push_back(entry("bias", {layer.out}));
            return all;
        }
        case Kind::batch_norm2d:
        case Kind::group_norm:
            return {entry("weight", {layer.in}), entry("bias", {layer.in})};
        case Kind::embedding:
            return {entry("weight", {layer.in, layer.out})};
        case Kind::lstm:
            return {entry("weight_ih", {4 * layer.out, layer.in}),
                    entry("weight_hh", {4 * layer.out, layer.out}), entry("bias_ih", {4 * layer.out}),
                    entry("bias_hh", {4 * layer.out})};
        default:
            return {};
    }
}

std::vector<core::Entry> buffers(const Layer& layer) {
    if (layer.kind != Kind::batch_norm2d) return {};
    return {{layer.name + ".running_mean", core::DType::f32, {layer.in}, 0},
            {layer.name + ".running_var", core::DType::f32, {layer.in}, 0}};
}

core::Result<std::vector<Shape>> follow(const Shape& input, const std::vector<Layer>& layers) {
    Follower follower(input);
    for (const auto& layer : layers) {
        if (auto entered = follower.enter(layer); !entered) return tl::unexpected(entered.error());
    }
    return std::move(follower).given();
}

core::Result<Net> assemble(Shape input, std::vector<Layer> layers) {
    Net net;
    std::vector<core::Entry> params, kept;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        auto& layer = layers[i];
        layer.name = fmt::format("layers.{}", i);
        std::ranges::move(parameters(layer), std::back_inserter(params));
        std::ranges::move(buffers(layer), std::back_inserter(kept));
    }
    auto shapes = follow(input, layers);
    if (!shapes) return tl::unexpected(shapes.error());
    const auto& shape = shapes->empty() ? input : shapes->back();
    if (shape.size() != 1) {
        return core::fail(
            core::ErrorKind::scheme,
            fmt::format("a net must end in one number per class, this one gives {}", text(shape)));
    }
    net.outputs = shape[0];
    net.input = std::move(input);
    net.layers = std::move(layers);
    net.params = std::make_shared<const core::Layout>(std::move(params));
    net.buffers = std::make_shared<const core::Layout>(std::move(kept));
    return net;
}

core::Model initialise(const Net& net, core::Stream& stream) {
    if (net.start) {
        auto model = *net.start;
        model.architecture = net.call;
        return model;
    }
    core::ParameterBuffer params(net.params), kept(net.buffers);
    for (const auto& layer : net.layers) {
        for (const auto& entry : parameters(layer))
            draw(layer, entry, params.floats(*net.params->find(entry.name)), stream);
        for (const auto& entry : buffers(layer)) {
            std::ranges::fill(kept.floats(*net.buffers->find(entry.name)),
                              entry.name.ends_with(".running_var") ? 1.0F : 0.0F);
        }
    }
    core::Model model;
    model.params = std::move(params).freeze();
    model.buffers = std::move(kept).freeze();
    model.architecture = net.call;
    return model;
}

}  // namespace trama::learn
