#pragma once

#include "torch/plan.hpp"
#include "torch/tensors.hpp"
#include "torch/workspace.hpp"

namespace trama::torch {

class BoundNet;

/// A model's parameters and buffers as the steps of a plan take them.
struct Parameters {
    Parameters(const Plan& plan, const core::Layout& layout, float* data, const core::Layout& kept,
               float* kept_data);
    Tensors tensors;     ///< in layout order
    Tensors transposed;  ///< by step: a linear layer's weight, transposed
    Tensors leaves;      ///< `tensors` as autograd sees them, where it computes the gradients
    std::shared_ptr<BoundNet> script;
    Tensors buffers;  ///< running statistics, likewise; written when a frame is for training
};

/// Runs the plan on `frame.input`; the result is the output of the last step. Gives the bits of the same
/// layers of torch::nn: the same kernels on the same shapes, without autograd and into buffers that exist
/// already; or, where some step has no backward of ours, with it.
const at::Tensor& forward(const Plan& plan, const Parameters& parameters, Frame& frame);

/// The gradients of all parameters, from `frame.output_gradient` and what `forward` left in the frame.
/// Overwrites the gradients in the frame. Same bits as autograd.
void backward(const Plan& plan, const Parameters& parameters, Frame& frame, const Tensors& gradients);

/// What a net is trained for on a data set; never `of_data`.
learn::Loss loss_of(const learn::Net& net, const learn::Dataset& data);

/// Mean loss of the batch (cross entropy against `frame.labels`, binary cross entropy of one logit against
/// them, or squared error against `frame.targets`), and its gradient into `frame.output_gradient`.
class Loss {
  public:
    explicit Loss(learn::Loss kind);
    float operator()(const at::Tensor& output, Frame& frame);

  private:
    learn::Loss kind_;
    at::Tensor one_, value_, total_weight_, log_probability_gradient_;
};

}  // namespace trama::torch
