#include "torch/record.hpp"

#include <stdexcept>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

#include "torch/user_net.hpp"

namespace trama::torch {
namespace {

using Kind = learn::Layer::Kind;

/// Running statistics move by a tenth towards those of each batch, and variances are kept from zero:
/// libtorch's defaults, which exported TorchScript has too.
constexpr double momentum = 0.1, epsilon = 1e-5;

/// The memory of a tensor as an ordinary one: autograd does not take those made in inference mode.
at::Tensor ordinary(const at::Tensor& tensor) {
    return view(tensor.data_ptr<float>(), tensor.sizes());
}

at::Tensor shortcut(at::Tensor from, const at::Tensor& to, std::int64_t stride) {
    if (stride > 1) {
        from = from.slice(2, 0, from.size(2), stride).slice(3, 0, from.size(3), stride);
    }
    const std::int64_t missing = to.size(1) - from.size(1);
    return missing > 0 ? at::constant_pad_nd(from, {0, 0, 0, 0, 0, missing}) : from;
}

at::Tensor run(const Step& step, const at::Tensor& x, const Tensors& outputs, const Parameters& parameters,
               bool training) {
    const learn::Layer& layer = step.layer;
    const auto parameter = [&](std::size_t i) {
        return i < step.params.size() ? parameters.leaves[step.params[i]] : at::Tensor();
    };
    switch (layer.kind) {
        case Kind::flatten:
            return x.flatten(1);
        case Kind::linear:
            return at::linear(x, parameter(0), parameter(1));
        case Kind::relu:
            return at::relu(x);
        case Kind::tanh:
            return at::tanh(x);
        case Kind::conv2d:
            return at::conv2d(x, parameter(0), parameter(1), layer.stride, layer.padding);
        case Kind::max_pool2d:
            return at::max_pool2d(x, layer.kernel, layer.stride, layer.padding);
        case Kind::avg_pool2d:
            return at::avg_pool2d(x, layer.kernel, layer.stride, layer.padding);
        case Kind::global_avg_pool2d:
            return x.mean({2, 3});
        case Kind::batch_norm2d:
            return at::batch_norm(x, parameter(0), parameter(1), parameters.buffers[step.buffers[0]],
                                  parameters.buffers[step.buffers[1]], training, momentum, epsilon, false);
        case Kind::group_norm:
            return at::group_norm(x, layer.groups, parameter(0), parameter(1), epsilon);
        case Kind::residual:
            return x + shortcut(outputs[layer.from], x, layer.stride);
        case Kind::embedding:
            return at::embedding(parameter(0), x.to(at::kLong));
        case Kind::lstm: {
            const at::Tensor start = at::zeros({1, x.size(0), layer.out});
            return std::get<0>(at::lstm(x, {start, start},
                                        {parameter(0), parameter(1), parameter(2), parameter(3)}, true, 1,
                                        0.0, training, false, true));
        }
        case Kind::last_step:
            return x.select(1, -1);
    }
    throw std::logic_error("a layer of an unknown kind");
}

}  // namespace

Tensors recorded_leaves(const core::Layout& layout, float* data) {
    const c10::InferenceMode off(false);
    Tensors leaves = views(layout, data);
    for (at::Tensor& leaf : leaves) {
        leaf.requires_grad_();
    }
    return leaves;
}

Tensors recorded_buffers(const core::Layout& layout, float* data) {
    const c10::InferenceMode off(false);
    return views(layout, data);
}

at::Tensor record(const Plan& plan, const Parameters& parameters, Frame& frame) {
    const c10::InferenceMode off(false);
    const at::AutoGradMode history(frame.training);
    Tensors outputs;
    at::Tensor x = ordinary(frame.input);
    if (parameters.script) {
        x = (*parameters.script)(x, frame.training);
    }
    for (const Step& step : plan.steps) {
        x = run(step, x, outputs, parameters, frame.training);
        outputs.push_back(x);
    }
    if (frame.training) {
        frame.recorded = x;
    }
    return x.detach().contiguous();
}

void play_back(const Parameters& parameters, Frame& frame, const Tensors& gradients) {
    const c10::InferenceMode off(false);
    const auto found = ::torch::autograd::grad({frame.recorded}, parameters.leaves,
                                               {ordinary(frame.output_gradient)}, {}, false, true);
    frame.recorded.reset();
    const at::AutoGradMode no_history(false);
    for (std::size_t i = 0; i < found.size(); ++i) {
        at::Tensor gradient = ordinary(gradients[i]);
        found[i].defined() ? gradient.copy_(found[i]) : gradient.zero_();
    }
}

}  // namespace trama::torch
