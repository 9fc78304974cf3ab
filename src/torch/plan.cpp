#include "torch/plan.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "torch/batch.hpp"
#include "torch/user_net.hpp"

namespace trama::torch {
namespace {

using Kind = learn::Layer::Kind;
using learn::Shape;

std::int64_t product(const Shape& shape) {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

/// Which entries of a layout a layer has.
core::Result<std::vector<std::size_t>> positions(const core::Layout& layout,
                                                 const std::vector<core::Entry>& wanted) {
    std::vector<std::size_t> all;
    for (const core::Entry& entry : wanted) {
        const core::Entry* found = layout.find(entry.name);
        if (found == nullptr) {
            return core::fail(core::ErrorKind::scheme,
                              fmt::format("the net has no parameter `{}`", entry.name));
        }
        if (found->type != entry.type || found->shape != entry.shape) {
            return core::fail(core::ErrorKind::scheme,
                              fmt::format("the net needs `{}` of the shape {}, which is {}", entry.name,
                                          entry.shape, found->shape));
        }
        all.push_back(static_cast<std::size_t>(found - layout.entries().data()));
    }
    return all;
}

/// Layers whose gradients `backward` computes itself.
bool has_backward(const learn::Layer& layer) {
    switch (layer.kind) {
        case Kind::flatten:
        case Kind::linear:
        case Kind::relu:
        case Kind::tanh:
        case Kind::max_pool2d:
        case Kind::avg_pool2d:
            return true;
        case Kind::conv2d:
            return layer.bias;
        default:
            return false;
    }
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

std::string layout_key(const core::Layout& layout) {
    std::string key;
    for (const core::Entry& entry : layout.entries()) {
        key += fmt::format("/{}{}", entry.name, entry.shape);
    }
    return key;
}

/// A loss that was named against the data and what the script gives.
core::Result<void> check_loss(const learn::Net& net, const learn::Dataset& data, std::int64_t outputs) {
    const auto wrong = [&](const char* loss, const std::string& needs) {
        return core::fail(
            core::ErrorKind::scheme,
            fmt::format("`loss: {}` needs {}; `{}` has {} classes, and the net gives {} numbers", loss, needs,
                        data.name, data.classes, outputs),
            {}, "cross_entropy is for classes, bce for two of them, mse for regression (no classes)");
    };
    switch (net.loss) {
        case learn::Loss::mse:
            return data.classes == 0 && outputs == 1 ? core::Result<void>()
                                                     : wrong("mse", "regression and one output");
        case learn::Loss::bce:
            return data.classes == 2 && outputs == 1 ? core::Result<void>()
                                                     : wrong("bce", "two classes and one output");
        default:
            return data.classes > 0 && outputs >= data.classes
                       ? core::Result<void>()
                       : wrong("cross_entropy", "classes and an output for each");
    }
}

/// An embedding reads beyond its table when a number is none of a character.
core::Result<void> check_characters(const learn::Layer& layer, const learn::Dataset& data,
                                    const learn::Samples& samples, std::span<const std::uint32_t> part) {
    const BatchReader reader(data, samples);
    std::vector<float> numbers(static_cast<std::size_t>(data.features()));
    const std::size_t count = part.empty() ? static_cast<std::size_t>(samples.count) : part.size();
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t sample = part.empty() ? static_cast<std::uint32_t>(i) : part[i];
        reader.inputs({&sample, 1}, numbers.data());
        const auto wrong = std::ranges::find_if(numbers, [&](float number) {
            return !(number >= 0 && number < static_cast<float>(layer.in) && number == std::floor(number));
        });
        if (wrong != numbers.end()) {
            return core::fail(
                core::ErrorKind::data,
                fmt::format("sample {} of `{}` has the number {}, but the net knows the characters 0 to {}",
                            sample, data.name, *wrong, layer.in - 1),
                {}, "this net takes samples of character numbers, as `text` and `leaf` make them");
        }
    }
    return {};
}

}  // namespace

core::Result<Plan> plan(const learn::Net& net, const learn::Dataset& data) {
    Plan plan;
    if (net.script) {
        plan.script = user_net(net);
        auto outputs = plan.script->outputs(data);
        if (!outputs) {
            return tl::unexpected(std::move(outputs.error()));
        }
        plan.input = data.shape;
        plan.output = {*outputs};
        plan.recorded = true;
        plan.key = fmt::format("script/{}/{}", plan.input, plan.output) + layout_key(*net.params);
        return plan;
    }
    plan.input = net.input;
    plan.key = fmt::format("{}", net.input);
    auto shapes = learn::follow(net.input, net.layers);
    if (!shapes) {
        return tl::unexpected(std::move(shapes.error()));
    }
    std::optional<std::size_t> first_trained;
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        const learn::Layer& layer = net.layers[i];
        auto params = positions(*net.params, learn::parameters(layer));
        auto buffers = positions(*net.buffers, learn::buffers(layer));
        if (!params || !buffers) {
            return tl::unexpected(std::move(!params ? params.error() : buffers.error()));
        }
        if (!params->empty()) {
            first_trained = first_trained.value_or(i);
        }
        plan.recorded = plan.recorded || !has_backward(layer);
        plan.key +=
            fmt::format("/{}.{}.{}.{}.{}.{}.{}.{}.{}", static_cast<int>(layer.kind), layer.in, layer.out,
                        layer.kernel, layer.stride, layer.padding, layer.bias, layer.groups, layer.from);
        plan.steps.push_back({layer, i == 0 ? net.input : (*shapes)[i - 1], (*shapes)[i], std::move(*params),
                              std::move(*buffers),
                              is_activation(layer.kind) && may_overwrite_input(plan.steps)});
    }
    if (!first_trained) {
        return core::fail(core::ErrorKind::scheme, "the net has no parameters to train");
    }
    if (shapes->back() != Shape{net.outputs}) {
        return core::fail(core::ErrorKind::scheme,
                          fmt::format("the net should give {} numbers, but its last layer gives the shape {}",
                                      net.outputs, shapes->back()));
    }
    plan.output = shapes->back();
    plan.key += layout_key(*net.params);
    plan.first_trained = *first_trained;
    return plan;
}

core::Result<void> check_fit(const learn::Net& net, const core::Model& model, const learn::Dataset& data,
                             learn::Split split, std::span<const std::uint32_t> part) {
    if (model.params.layout() != *net.params || model.buffers.layout() != *net.buffers) {
        return core::fail(core::ErrorKind::scheme,
                          "the model's parameters are not those of the net that is to train or test it");
    }
    if (net.script) {
        return user_net(net)->outputs(data).and_then(
            [&](std::int64_t outputs) { return check_loss(net, data, outputs); });
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
    const bool reads = !net.layers.empty() && net.layers.front().kind == Kind::embedding;
    return reads ? check_characters(net.layers.front(), data,
                                    split == learn::Split::test ? data.test : data.train, part)
                 : core::Result<void>();
}

}  // namespace trama::torch
