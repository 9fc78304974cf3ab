#include "torch/plan.hpp"

#include <functional>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace trama::torch {
namespace {

using Kind = learn::Layer::Kind;
using Shape = std::vector<std::int64_t>;

std::int64_t product(const Shape& shape) {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

tl::unexpected<core::Error> wrong(const learn::Layer& layer, const std::string& why) {
    return core::fail(core::ErrorKind::scheme, fmt::format("layer `{}` {}", layer.name, why));
}

core::Result<std::size_t> position(const core::Layout& layout, const learn::Layer& layer,
                                   std::string_view what, const Shape& shape) {
    const std::string name = fmt::format("{}.{}", layer.name, what);
    const core::Entry* entry = layout.find(name);
    if (entry == nullptr) {
        return wrong(layer, fmt::format("has no parameter `{}`", name));
    }
    if (entry->type != core::DType::f32 || entry->shape != shape) {
        return wrong(layer,
                     fmt::format("needs `{}` of the shape {}, which is {}", name, shape, entry->shape));
    }
    return static_cast<std::size_t>(entry - layout.entries().data());
}

std::int64_t slid(std::int64_t extent, const learn::Layer& layer) {
    return (extent + 2 * layer.padding - layer.kernel) / layer.stride + 1;
}

core::Result<Shape> slide(const learn::Layer& layer, const Shape& input, std::int64_t channels) {
    if (input.size() != 3 || layer.kernel < 1 || layer.stride < 1 || layer.padding < 0 ||
        input[1] + 2 * layer.padding < layer.kernel || input[2] + 2 * layer.padding < layer.kernel) {
        return wrong(layer, fmt::format("cannot slide a window of {0}x{0} over an input of the shape {1}",
                                        layer.kernel, input));
    }
    return Shape{channels, slid(input[1], layer), slid(input[2], layer)};
}

core::Result<Shape> output_of(const learn::Layer& layer, const Shape& input) {
    switch (layer.kind) {
        case Kind::flatten:
            return Shape{product(input)};
        case Kind::linear:
            if (input != Shape{layer.in}) {
                return wrong(layer, fmt::format("takes {} numbers, but gets the shape {}", layer.in, input));
            }
            return Shape{layer.out};
        case Kind::conv2d:
            if (input.empty() || input[0] != layer.in) {
                return wrong(layer, fmt::format("takes {} channels, but gets the shape {}", layer.in, input));
            }
            return slide(layer, input, layer.out);
        case Kind::max_pool2d:
            return slide(layer, input, input.empty() ? 0 : input[0]);
        case Kind::relu:
        case Kind::tanh:
            return input;
    }
    return wrong(layer, "is of an unknown kind");
}

bool is_activation(Kind kind) {
    return kind == Kind::relu || kind == Kind::tanh;
}

/// An activation's gradient is computed from its own output, which a second activation must not overwrite.
/// The batch itself is not overwritten either.
bool may_overwrite_input(const std::vector<Step>& before) {
    for (auto step = before.rbegin(); step != before.rend(); ++step) {
        if (step->layer.kind != Kind::flatten) {
            return !is_activation(step->layer.kind);
        }
    }
    return false;
}

}  // namespace

core::Result<Plan> plan(const learn::Net& net) {
    Plan plan;
    plan.input = net.input;
    plan.key = fmt::format("{}", net.input);
    Shape shape = net.input;
    std::optional<std::size_t> first_trained;
    for (const learn::Layer& layer : net.layers) {
        Step step{layer, shape, {}, 0, 0, is_activation(layer.kind) && may_overwrite_input(plan.steps)};
        auto output = output_of(layer, shape);
        if (!output) {
            return tl::unexpected(std::move(output.error()));
        }
        step.output = std::move(*output);
        if (layer.kind == Kind::linear || layer.kind == Kind::conv2d) {
            const Shape weights = layer.kind == Kind::linear
                                      ? Shape{layer.out, layer.in}
                                      : Shape{layer.out, layer.in, layer.kernel, layer.kernel};
            auto weight = position(*net.params, layer, "weight", weights);
            auto bias = position(*net.params, layer, "bias", {layer.out});
            if (!weight || !bias) {
                return tl::unexpected(std::move(!weight ? weight.error() : bias.error()));
            }
            step.weight = *weight;
            step.bias = *bias;
            first_trained = first_trained.value_or(plan.steps.size());
        }
        plan.key += fmt::format("/{}.{}.{}.{}.{}.{}", static_cast<int>(layer.kind), layer.in, layer.out,
                                layer.kernel, layer.stride, layer.padding);
        shape = step.output;
        plan.steps.push_back(std::move(step));
    }
    if (!first_trained) {
        return core::fail(core::ErrorKind::scheme, "the net has no parameters to train");
    }
    if (shape != Shape{net.outputs}) {
        return core::fail(core::ErrorKind::scheme,
                          fmt::format("the net should give {} numbers, but its last layer gives the shape {}",
                                      net.outputs, shape));
    }
    for (const core::Entry& entry : net.params->entries()) {
        plan.key += fmt::format("/{}{}", entry.name, entry.shape);
    }
    plan.first_trained = *first_trained;
    return plan;
}

core::Result<void> check_fit(const learn::Net& net, const core::Model& model, const learn::Dataset& data) {
    if (model.params.layout() != *net.params) {
        return core::fail(core::ErrorKind::scheme,
                          "the model's parameters are not those of the net that is to train or test it");
    }
    if (product(net.input) != data.features()) {
        return core::fail(
            core::ErrorKind::scheme,
            fmt::format("the net takes {} numbers a sample, but the samples of `{}` have the shape {}",
                        product(net.input), data.name, data.shape));
    }
    if (data.classes == 0 ? net.outputs != 1 : net.outputs < data.classes) {
        return core::fail(
            core::ErrorKind::scheme,
            data.classes == 0
                ? fmt::format("`{}` has one target a sample (regression), but the net gives {} numbers",
                              data.name, net.outputs)
                : fmt::format("`{}` has {} classes, but the net gives {} numbers", data.name, data.classes,
                              net.outputs));
    }
    return {};
}

}  // namespace trama::torch
