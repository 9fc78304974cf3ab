#pragma once

#include "torch/network.hpp"

/// Steps that autograd differentiates: what has no backward of ours. The flat buffers of parameters and
/// gradients are the same as everywhere; tensors are views on them.
namespace trama::torch {

/// Parameters as autograd's leaves, and buffers as it may change them.
Tensors recorded_leaves(const core::Layout& layout, float* data);
Tensors recorded_buffers(const core::Layout& layout, float* data);

/// Runs the plan on `frame.input`. In a frame for training, the history stays in `frame.recorded` and running
/// statistics are updated.
at::Tensor record(const Plan& plan, const Parameters& parameters, Frame& frame);

/// The gradients of all parameters, from `frame.output_gradient` and the history, which ends here.
void play_back(const Parameters& parameters, Frame& frame, const Tensors& gradients);

}  // namespace trama::torch
