#include "torch/network.hpp"

#include <array>
#include <stdexcept>

#include <ATen/ATen.h>

#include "torch/record.hpp"
#include "torch/user_net.hpp"

namespace trama::torch {
namespace {

using Kind = learn::Layer::Kind;
using Pair = std::array<std::int64_t, 2>;

Pair pair(std::int64_t both) {
    return {both, both};
}

constexpr Pair undilated{1, 1};

const at::Tensor& input_of(std::size_t step, const Frame& frame) {
    return step == 0 ? frame.input : frame.outputs[step - 1];
}

void activate(const Step& step, const at::Tensor& input, at::Tensor& output) {
    const bool relu = step.layer.kind == Kind::relu;
    if (step.in_place) {
        output = input;
        relu ? at::relu_(output) : at::tanh_(output);
    } else {
        output = relu ? at::relu(input) : at::tanh(input);
    }
}

}  // namespace

Parameters::Parameters(const Plan& plan, const core::Layout& layout, float* data, const core::Layout& kept,
                       float* kept_data)
    : tensors(views(layout, data)), transposed(plan.steps.size()) {
    if (plan.recorded) {
        leaves = recorded_leaves(layout, data);
        buffers = recorded_buffers(kept, kept_data);
        if (plan.script) {
            script = std::make_shared<BoundNet>(*plan.script, leaves, buffers);
        }
        return;
    }
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        if (plan.steps[i].layer.kind == Kind::linear) {
            transposed[i] = tensors[plan.steps[i].weight()].t();
        }
    }
}

const at::Tensor& forward(const Plan& plan, const Parameters& parameters, Frame& frame) {
    if (plan.recorded) {
        frame.outputs.back() = record(plan, parameters, frame);
        return frame.outputs.back();
    }
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const Step& step = plan.steps[i];
        const learn::Layer& layer = step.layer;
        const at::Tensor& input = input_of(i, frame);
        at::Tensor& output = frame.outputs[i];
        switch (layer.kind) {
            case Kind::flatten:
                output = input.view({frame.rows, -1});
                break;
            case Kind::linear:
                at::addmm_out(output, parameters.tensors[step.bias()], input, parameters.transposed[i]);
                break;
            case Kind::relu:
            case Kind::tanh:
                activate(step, input, output);
                break;
            case Kind::conv2d:
                output =
                    at::convolution(input, parameters.tensors[step.weight()], parameters.tensors[step.bias()],
                                    pair(layer.stride), pair(layer.padding), undilated, false, pair(0), 1);
                break;
            case Kind::max_pool2d:
                at::max_pool2d_with_indices_out(output, frame.indices[i], input, pair(layer.kernel),
                                                pair(layer.stride), pair(layer.padding), undilated, false);
                break;
            case Kind::avg_pool2d:
                at::avg_pool2d_out(output, input, pair(layer.kernel), pair(layer.stride),
                                   pair(layer.padding));
                break;
            default:
                throw std::logic_error("a layer without a backward in a plan that is not recorded");
        }
    }
    return frame.outputs.back();
}

void backward(const Plan& plan, const Parameters& parameters, Frame& frame, const Tensors& gradients) {
    if (plan.recorded) {
        play_back(parameters, frame, gradients);
        return;
    }
    at::Tensor gradient = frame.output_gradient;
    for (std::size_t i = plan.steps.size(); i-- > plan.first_trained;) {
        const Step& step = plan.steps[i];
        const learn::Layer& layer = step.layer;
        const at::Tensor& input = input_of(i, frame);
        const bool goes_on = i > plan.first_trained;
        switch (layer.kind) {
            case Kind::flatten:
                gradient = gradient.view(input.sizes());
                break;
            case Kind::linear: {
                at::Tensor weight = gradients[step.weight()];
                at::Tensor bias = gradients[step.bias()];
                at::mm_out(weight, gradient.t(), input);
                at::sum_out(bias, gradient, at::IntArrayRef{0});
                if (goes_on) {
                    at::mm_out(frame.gradients[i], gradient, parameters.tensors[step.weight()]);
                    gradient = frame.gradients[i];
                }
                break;
            }
            case Kind::relu:
                at::threshold_backward_out(gradient, gradient, frame.outputs[i], 0);
                break;
            case Kind::tanh:
                at::tanh_backward_out(gradient, gradient, frame.outputs[i]);
                break;
            case Kind::conv2d: {
                const std::array<std::int64_t, 1> bias_shape{layer.out};
                auto [to_input, to_weight, to_bias] = at::convolution_backward(
                    gradient, input, parameters.tensors[step.weight()], at::IntArrayRef(bias_shape),
                    pair(layer.stride), pair(layer.padding), undilated, false, pair(0), 1,
                    {goes_on, true, true});
                gradients[step.weight()].copy_(to_weight);
                gradients[step.bias()].copy_(to_bias);
                gradient = std::move(to_input);
                break;
            }
            case Kind::max_pool2d:
                at::max_pool2d_with_indices_backward_out(
                    frame.gradients[i], gradient, input, pair(layer.kernel), pair(layer.stride),
                    pair(layer.padding), undilated, false, frame.indices[i]);
                gradient = frame.gradients[i];
                break;
            case Kind::avg_pool2d:
                at::avg_pool2d_backward_out(frame.gradients[i], gradient, input, pair(layer.kernel),
                                            pair(layer.stride), pair(layer.padding), false, true, {});
                gradient = frame.gradients[i];
                break;
            default:
                throw std::logic_error("a layer without a backward in a plan that is not recorded");
        }
    }
}

learn::Loss loss_of(const learn::Net& net, const learn::Dataset& data) {
    if (net.loss != learn::Loss::of_data) {
        return net.loss;
    }
    return data.classes > 0 ? learn::Loss::cross_entropy : learn::Loss::mse;
}

Loss::Loss(learn::Loss kind)
    : kind_(kind),
      one_(at::ones({})),
      value_(at::empty({})),
      total_weight_(at::empty({})),
      log_probability_gradient_(at::empty({0})) {}

float Loss::operator()(const at::Tensor& output, Frame& frame) {
    constexpr std::int64_t mean = at::Reduction::Mean;
    constexpr std::int64_t ignored_label = -100;
    if (kind_ == learn::Loss::cross_entropy) {
        at::_log_softmax_out(frame.log_probabilities, output, 1, false);
        at::nll_loss_forward_out(value_, total_weight_, frame.log_probabilities, frame.labels, {}, mean,
                                 ignored_label);
        if (log_probability_gradient_.sizes() != output.sizes()) {
            log_probability_gradient_ = at::empty_like(output);
        }
        at::nll_loss_backward_out(log_probability_gradient_, one_, frame.log_probabilities, frame.labels, {},
                                  mean, ignored_label, total_weight_);
        at::_log_softmax_backward_data_out(frame.output_gradient, log_probability_gradient_,
                                           frame.log_probabilities, 1, at::kFloat);
    } else if (kind_ == learn::Loss::bce) {
        frame.targets.copy_(frame.labels.unsqueeze(1));
        value_ = at::binary_cross_entropy_with_logits(output, frame.targets, {}, {}, mean);
        at::sub_out(frame.output_gradient, at::sigmoid(output), frame.targets);
        frame.output_gradient.div_(frame.rows);
    } else {
        value_ = at::mse_loss(output, frame.targets, mean);  // into `value_` it would warn of another shape
        at::mse_loss_backward_out(frame.output_gradient, one_, output, frame.targets, mean);
    }
    return *value_.data_ptr<float>();
}

}  // namespace trama::torch
