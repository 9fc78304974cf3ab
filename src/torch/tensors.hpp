#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "trama/core/parameter_set.hpp"

namespace trama::torch {

/// Views of the entries of a layout, in its order, on one flat buffer of floats. They do not own it.
using Tensors = std::vector<at::Tensor>;

Tensors views(const core::Layout& layout, float* data);

/// A view of memory that outlives it.
at::Tensor view(float* data, at::IntArrayRef shape);

}  // namespace trama::torch
