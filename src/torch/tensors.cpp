#include "torch/tensors.hpp"

#include <ATen/ops/from_blob.h>

namespace trama::torch {

at::Tensor view(float* data, at::IntArrayRef shape) {
    return at::from_blob(data, shape, at::TensorOptions().dtype(at::kFloat));
}

Tensors views(const core::Layout& layout, float* data) {
    Tensors all;
    all.reserve(layout.entries().size());
    for (const core::Entry& entry : layout.entries()) {
        all.push_back(view(data + entry.offset / sizeof(float), entry.shape));
    }
    return all;
}

}  // namespace trama::torch
