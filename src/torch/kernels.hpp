#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace trama::torch {

/// What a kernel does to each raw number: x = raw × scale + shift, two roundings in float. One number each,
/// or one per feature. A shift that is zero everywhere is not added (as a plain loop would not write it).
struct Normalisation {
    std::span<const float> scale, shift;
    bool shifts() const;
};

/// Rows of a contiguous table, picked by number.
template <class Raw>
struct Rows {
    const Raw* table;
    std::int64_t features;
    std::span<const std::uint32_t> index;
};

/// One step of SGD. `momentum` is its buffer, or null without momentum; `first` fills it instead of decaying
/// it.
struct SgdStep {
    float lr, momentum, weight_decay;
    bool nesterov, first;
};

/// One step of Adam (Kingma & Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015).
/// `root_correction2` is √(1 − β₂ᵗ) and `step_size` lr / (1 − β₁ᵗ), both computed in double. `shrink` is what
/// AdamW multiplies the weights by first; 1 for Adam.
struct AdamStep {
    float beta1, rest1, beta2, rest2, root_correction2, eps, step_size, weight_decay, shrink;
};

/// One step of RMSprop. `momentum` and `mean` of the kernel are null without momentum and when not centered.
struct RmspropStep {
    float lr, alpha, rest, eps, momentum, weight_decay;
};

/// gradients += correction + pull × (parameters − anchor); without a correction it is null.
struct GradientChange {
    const float* correction;
    float pull;
    const float* anchor;
};

/// The loops over whole batches and whole models, in one variant per instruction set. All variants give the
/// same bits, but for `fused`: whether a × b + c rounds once or twice in the optimizers is chosen to match
/// libtorch's kernels.
struct Kernels {
    void (*gather_bytes)(Rows<std::uint8_t> rows, Normalisation normalisation, float* out);
    void (*gather_floats)(Rows<float> rows, Normalisation normalisation, float* out);
    void (*sgd)(const SgdStep& step, std::size_t count, float* parameters, const float* gradients,
                float* momentum);
    void (*adam)(const AdamStep& step, std::size_t count, float* parameters, const float* gradients,
                 float* mean, float* variance);
    void (*rmsprop)(const RmspropStep& step, std::size_t count, float* parameters, const float* gradients,
                    float* square, float* momentum, float* mean);
    void (*change)(const GradientChange& change, std::size_t count, const float* parameters,
                   float* gradients);
    /// In double, the same order on every processor.
    double (*sum_of_squares)(const float* numbers, std::size_t count);
};

enum class Rounding { once, twice };

/// The fastest variant that this processor runs. `once` needs fused multiply-add instructions: see
/// `can_fuse`.
const Kernels& kernels(Rounding rounding);
bool can_fuse();

/// True if no number is NaN or infinite.
bool all_finite(std::span<const float> numbers);

}  // namespace trama::torch
