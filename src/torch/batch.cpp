#include "torch/batch.hpp"

#include <algorithm>

namespace trama::torch {

BatchReader::BatchReader(const learn::Dataset& data, const learn::Samples& samples, core::Stream* augment)
    : data_(data),
      samples_(samples),
      kernels_(kernels(Rounding::twice)),
      normalisation_{data.scale, data.shift},
      features_(data.features()),
      augment_(augment) {}

void BatchReader::inputs(std::span<const std::uint32_t> index, float* out) const {
    if (samples_.bytes.empty()) {
        kernels_.gather_floats({samples_.floats.data(), features_, index}, normalisation_, out);
    } else {
        kernels_.gather_bytes({samples_.bytes.data(), features_, index}, normalisation_, out);
    }
    if (augment_ != nullptr)
        learn::augment(data_, {out, index.size() * static_cast<std::size_t>(features_)}, *augment_);
}

void BatchReader::labels(std::span<const std::uint32_t> index, std::int64_t* out) const {
    std::ranges::transform(index, out, [this](std::uint32_t i) { return std::int64_t{samples_.labels[i]}; });
}

void BatchReader::targets(std::span<const std::uint32_t> index, float* out) const {
    std::ranges::transform(index, out, [this](std::uint32_t i) { return samples_.targets[i]; });
}

}  // namespace trama::torch
