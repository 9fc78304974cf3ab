#pragma once

#include <cstdint>
#include <span>

#include "torch/kernels.hpp"
#include "trama/learn/dataset.hpp"

namespace trama::torch {

/// Fills batches from one split of a data set, by sample number. Bytes become numbers and are normalised on
/// the way: x = raw × scale + shift in float, and augmented where there is a stream for it.
class BatchReader {
  public:
    BatchReader(const learn::Dataset& data, const learn::Samples& samples, core::Stream* augment = nullptr);

    void inputs(std::span<const std::uint32_t> index, float* out) const;         ///< index.size() × features
    void labels(std::span<const std::uint32_t> index, std::int64_t* out) const;  ///< classification
    void targets(std::span<const std::uint32_t> index, float* out) const;        ///< regression

  private:
    const learn::Dataset& data_;
    const learn::Samples& samples_;
    const Kernels& kernels_;
    Normalisation normalisation_;
    std::int64_t features_;
    core::Stream* augment_;
};

}  // namespace trama::torch
