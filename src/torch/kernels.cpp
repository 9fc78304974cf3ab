#include "torch/kernels.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

// Compiled with -O3 and without precompiled headers (module.cmake). Loops are plain; the compiler makes
// vectors of them, once per instruction set.
#define TRAMA_INLINE [[gnu::always_inline]] static inline

namespace trama::torch {
namespace {

constexpr std::size_t cache_line = 64;

/// Rows of a shuffled batch are far apart: the next one is fetched while this one is converted.
template <class Raw>
TRAMA_INLINE void prefetch(const Raw* row, std::int64_t features) {
    const auto* bytes = reinterpret_cast<const char*>(row);
    for (std::size_t at = 0; at < static_cast<std::size_t>(features) * sizeof(Raw); at += cache_line) {
        __builtin_prefetch(bytes + at);
    }
}

template <class Raw, bool per_feature_scale, bool per_feature_shift, bool shifts>
TRAMA_INLINE void convert_rows(Rows<Raw> rows, Normalisation normalisation, float* __restrict out) {
    const float* scale = normalisation.scale.data();
    const float* shift = normalisation.shift.data();
    const float one_scale = scale[0];
    const float one_shift = shift[0];
    for (std::size_t i = 0; i < rows.index.size(); ++i) {
        const Raw* __restrict row = rows.table + static_cast<std::int64_t>(rows.index[i]) * rows.features;
        if (i + 1 < rows.index.size()) {
            prefetch(rows.table + static_cast<std::int64_t>(rows.index[i + 1]) * rows.features,
                     rows.features);
        }
        for (std::int64_t f = 0; f < rows.features; ++f) {
            float x = static_cast<float>(row[f]) * (per_feature_scale ? scale[f] : one_scale);
            if constexpr (shifts) {
                x += per_feature_shift ? shift[f] : one_shift;
            }
            out[f] = x;
        }
        out += rows.features;
    }
}

template <class Raw>
TRAMA_INLINE void gather(Rows<Raw> rows, Normalisation normalisation, float* out) {
    const bool many_scales = normalisation.scale.size() > 1;
    const bool many_shifts = normalisation.shift.size() > 1;
    if (!normalisation.shifts()) {
        many_scales ? convert_rows<Raw, true, false, false>(rows, normalisation, out)
                    : convert_rows<Raw, false, false, false>(rows, normalisation, out);
    } else if (many_scales) {
        many_shifts ? convert_rows<Raw, true, true, true>(rows, normalisation, out)
                    : convert_rows<Raw, true, false, true>(rows, normalisation, out);
    } else {
        many_shifts ? convert_rows<Raw, false, true, true>(rows, normalisation, out)
                    : convert_rows<Raw, false, false, true>(rows, normalisation, out);
    }
}

template <Rounding rounding>
TRAMA_INLINE float multiply_add(float a, float b, float c) {
    if constexpr (rounding == Rounding::once) {
        return __builtin_fmaf(a, b, c);
    } else {
        return a * b + c;
    }
}

template <Rounding rounding, bool has_momentum, bool decays>
TRAMA_INLINE void sgd_loop(const SgdStep& step, std::size_t count, float* __restrict parameters,
                           const float* __restrict gradients, float* __restrict momentum) {
    const auto [lr, factor, weight_decay, nesterov, first] = step;
    for (std::size_t i = 0; i < count; ++i) {
        float direction = gradients[i];
        if constexpr (decays) {
            direction = multiply_add<rounding>(parameters[i], weight_decay, direction);
        }
        if constexpr (has_momentum) {
            const float velocity = first ? direction : momentum[i] * factor + direction;
            momentum[i] = velocity;
            direction = nesterov ? multiply_add<rounding>(velocity, factor, direction) : velocity;
        }
        parameters[i] = multiply_add<rounding>(direction, -lr, parameters[i]);
    }
}

template <Rounding rounding>
TRAMA_INLINE void sgd(const SgdStep& step, std::size_t count, float* parameters, const float* gradients,
                      float* momentum) {
    const bool decays = step.weight_decay != 0;
    if (momentum != nullptr) {
        decays ? sgd_loop<rounding, true, true>(step, count, parameters, gradients, momentum)
               : sgd_loop<rounding, true, false>(step, count, parameters, gradients, momentum);
    } else {
        decays ? sgd_loop<rounding, false, true>(step, count, parameters, gradients, nullptr)
               : sgd_loop<rounding, false, false>(step, count, parameters, gradients, nullptr);
    }
}

template <Rounding rounding, bool decays>
TRAMA_INLINE void adam_loop(const AdamStep& step, std::size_t count, float* __restrict parameters,
                            const float* __restrict gradients, float* __restrict mean,
                            float* __restrict variance) {
    const auto [beta1, rest1, beta2, rest2, root_correction2, eps, step_size, weight_decay, shrink] = step;
    for (std::size_t i = 0; i < count; ++i) {
        float gradient = gradients[i];
        if constexpr (decays) {
            gradient = multiply_add<rounding>(parameters[i], weight_decay, gradient);
        }
        const float m = multiply_add<rounding>(gradient, rest1, mean[i] * beta1);
        const float v = multiply_add<rounding>(rest2 * gradient, gradient, variance[i] * beta2);
        mean[i] = m;
        variance[i] = v;
        const float denominator = std::sqrt(v) / root_correction2 + eps;
        parameters[i] = parameters[i] * shrink + (-step_size * m) / denominator;
    }
}

template <Rounding rounding>
TRAMA_INLINE void adam(const AdamStep& step, std::size_t count, float* parameters, const float* gradients,
                       float* mean, float* variance) {
    step.weight_decay != 0 ? adam_loop<rounding, true>(step, count, parameters, gradients, mean, variance)
                           : adam_loop<rounding, false>(step, count, parameters, gradients, mean, variance);
}

template <Rounding rounding, bool has_momentum, bool centered, bool decays>
TRAMA_INLINE void rmsprop_loop(const RmspropStep& step, std::size_t count, float* __restrict parameters,
                               const float* __restrict gradients, float* __restrict square,
                               float* __restrict momentum, float* __restrict mean) {
    const auto [lr, alpha, rest, eps, factor, weight_decay] = step;
    for (std::size_t i = 0; i < count; ++i) {
        float gradient = gradients[i];
        if constexpr (decays) {
            gradient = multiply_add<rounding>(parameters[i], weight_decay, gradient);
        }
        float variance = multiply_add<rounding>(rest * gradient, gradient, square[i] * alpha);
        square[i] = variance;
        if constexpr (centered) {
            const float m = multiply_add<rounding>(gradient, rest, mean[i] * alpha);
            mean[i] = m;
            variance = multiply_add<rounding>(-m, m, variance);
        }
        const float denominator = std::sqrt(variance) + eps;
        if constexpr (has_momentum) {
            const float velocity = momentum[i] * factor + gradient / denominator;
            momentum[i] = velocity;
            parameters[i] = multiply_add<rounding>(velocity, -lr, parameters[i]);
        } else {
            parameters[i] = parameters[i] + (-lr * gradient) / denominator;
        }
    }
}

template <Rounding rounding, bool has_momentum, bool centered>
TRAMA_INLINE void rmsprop(const RmspropStep& step, std::size_t count, float* parameters,
                          const float* gradients, float* square, float* momentum, float* mean) {
    step.weight_decay != 0 ? rmsprop_loop<rounding, has_momentum, centered, true>(
                                 step, count, parameters, gradients, square, momentum, mean)
                           : rmsprop_loop<rounding, has_momentum, centered, false>(
                                 step, count, parameters, gradients, square, momentum, mean);
}

template <Rounding rounding>
TRAMA_INLINE void rmsprop(const RmspropStep& step, std::size_t count, float* parameters,
                          const float* gradients, float* square, float* momentum, float* mean) {
    if (momentum != nullptr) {
        mean != nullptr
            ? rmsprop<rounding, true, true>(step, count, parameters, gradients, square, momentum, mean)
            : rmsprop<rounding, true, false>(step, count, parameters, gradients, square, momentum, nullptr);
    } else {
        mean != nullptr
            ? rmsprop<rounding, false, true>(step, count, parameters, gradients, square, nullptr, mean)
            : rmsprop<rounding, false, false>(step, count, parameters, gradients, square, nullptr, nullptr);
    }
}

TRAMA_INLINE void change_gradients(const GradientChange& change, std::size_t count,
                                   const float* __restrict parameters, float* __restrict gradients) {
    const auto [correction, pull, anchor] = change;
    if (pull == 0) {
        for (std::size_t i = 0; i < count; ++i)
            gradients[i] += correction[i];
    } else if (correction == nullptr) {
        for (std::size_t i = 0; i < count; ++i)
            gradients[i] += pull * (parameters[i] - anchor[i]);
    } else {
        for (std::size_t i = 0; i < count; ++i)
            gradients[i] += correction[i] + pull * (parameters[i] - anchor[i]);
    }
}

/// Eight sums side by side, whatever the vectors of the processor: one sum would wait for itself.
TRAMA_INLINE double add_squares(const float* numbers, std::size_t count) {
    constexpr std::size_t lanes = 8;
    double sums[lanes] = {};
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            const double x = numbers[i + lane];
            sums[lane] += x * x;
        }
    }
    double total = 0;
    for (const double sum : sums)
        total += sum;
    for (; i < count; ++i)
        total += static_cast<double>(numbers[i]) * numbers[i];
    return total;
}

// One set of entry points per instruction set; the bodies above are inlined into each.
#define TRAMA_KERNELS(suffix, target)                                                                        \
    target void gather_bytes_##suffix(Rows<std::uint8_t> rows, Normalisation normalisation, float* out) {    \
        gather(rows, normalisation, out);                                                                    \
    }                                                                                                        \
    target void gather_floats_##suffix(Rows<float> rows, Normalisation normalisation, float* out) {          \
        gather(rows, normalisation, out);                                                                    \
    }                                                                                                        \
    template <Rounding rounding>                                                                             \
    target void sgd_##suffix(const SgdStep& step, std::size_t count, float* parameters,                      \
                             const float* gradients, float* momentum) {                                      \
        sgd<rounding>(step, count, parameters, gradients, momentum);                                         \
    }                                                                                                        \
    template <Rounding rounding>                                                                             \
    target void adam_##suffix(const AdamStep& step, std::size_t count, float* parameters,                    \
                              const float* gradients, float* mean, float* variance) {                        \
        adam<rounding>(step, count, parameters, gradients, mean, variance);                                  \
    }                                                                                                        \
    template <Rounding rounding>                                                                             \
    target void rmsprop_##suffix(const RmspropStep& step, std::size_t count, float* parameters,              \
                                 const float* gradients, float* square, float* momentum, float* mean) {      \
        rmsprop<rounding>(step, count, parameters, gradients, square, momentum, mean);                       \
    }                                                                                                        \
    target void change_##suffix(const GradientChange& change, std::size_t count, const float* parameters,    \
                                float* gradients) {                                                          \
        change_gradients(change, count, parameters, gradients);                                              \
    }                                                                                                        \
    target double sum_of_squares_##suffix(const float* numbers, std::size_t count) {                         \
        return add_squares(numbers, count);                                                                  \
    }                                                                                                        \
    template <Rounding rounding>                                                                             \
    constexpr Kernels kernels_##suffix{                                                                      \
        gather_bytes_##suffix,      gather_floats_##suffix, sgd_##suffix<rounding>, adam_##suffix<rounding>, \
        rmsprop_##suffix<rounding>, change_##suffix,        sum_of_squares_##suffix};

TRAMA_KERNELS(base, )
#if defined(__x86_64__)
TRAMA_KERNELS(avx2, [[gnu::target("avx2,fma")]])

bool has_avx2() {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif

}  // namespace

bool Normalisation::shifts() const {
    return std::ranges::any_of(shift, [](float s) { return s != 0; });
}

bool can_fuse() {
#if defined(__x86_64__)
    return has_avx2();
#else
    return true;  // part of the base instruction set of ARM-v8 and of RISC-V with floating point
#endif
}

const Kernels& kernels(Rounding rounding) {
#if defined(__x86_64__)
    if (has_avx2()) {
        return rounding == Rounding::once ? kernels_avx2<Rounding::once> : kernels_avx2<Rounding::twice>;
    }
#endif
    return rounding == Rounding::once ? kernels_base<Rounding::once> : kernels_base<Rounding::twice>;
}

bool all_finite(std::span<const float> numbers) {
    constexpr std::uint32_t exponent = 0x7f800000;
    std::uint32_t found = 0;
    for (float number : numbers) {
        found |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(number) & exponent) == exponent);
    }
    return found == 0;
}

}  // namespace trama::torch
