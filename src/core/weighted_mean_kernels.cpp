#include "core/weighted_mean_kernels.hpp"

#include <algorithm>

namespace trama::core::kernels {
namespace {

#define TRAMA_INLINE inline __attribute__((always_inline))

/// `Count` inputs at once, so that a sum stays in a register while their values are added to it in order.
template <int Count>
TRAMA_INLINE void accumulate_some(const float* const* inputs, const double* weights, double* __restrict sums,
                                  std::size_t count, bool first) {
    const float* values[Count];
    double weight[Count];
    for (int i = 0; i < Count; ++i) {
        values[i] = inputs[i];
        weight[i] = weights[i];
    }
    if (first) {
        for (std::size_t j = 0; j < count; ++j) {
            double sum = weight[0] * static_cast<double>(values[0][j]);
            for (int i = 1; i < Count; ++i) {
                sum += weight[i] * static_cast<double>(values[i][j]);
            }
            sums[j] = sum;
        }
        return;
    }
    for (std::size_t j = 0; j < count; ++j) {
        double sum = sums[j];
        for (int i = 0; i < Count; ++i) {
            sum += weight[i] * static_cast<double>(values[i][j]);
        }
        sums[j] = sum;
    }
}

TRAMA_INLINE void accumulate(const float* const* inputs, const double* weights, std::size_t inputs_count,
                             double* sums, std::size_t count, bool first) {
    std::size_t i = 0;
    for (; i + 8 <= inputs_count; i += 8, first = false) {
        accumulate_some<8>(inputs + i, weights + i, sums, count, first);
    }
    for (; i + 4 <= inputs_count; i += 4, first = false) {
        accumulate_some<4>(inputs + i, weights + i, sums, count, first);
    }
    for (; i < inputs_count; ++i, first = false) {
        accumulate_some<1>(inputs + i, weights + i, sums, count, first);
    }
}

TRAMA_INLINE void add(const double* partial, double* __restrict sums, std::size_t count) {
    for (std::size_t j = 0; j < count; ++j) {
        sums[j] += partial[j];
    }
}

TRAMA_INLINE void round(const double* sums, double total, float* __restrict out, std::size_t count) {
    for (std::size_t j = 0; j < count; ++j) {
        out[j] = static_cast<float>(sums[j] / total);
    }
}

// The loops above are inlined into a struct of functions per instruction set, which the compiler vectorises
// for it. (target_clones would do the same, but its resolvers run before the sanitizers are ready.)
// NOLINTBEGIN(bugprone-macro-parentheses): an attribute cannot stand in parentheses.
#define TRAMA_VARIANT(Name, attribute, test)                                                               \
    struct Name {                                                                                          \
        static bool supported() {                                                                          \
            return test;                                                                                   \
        }                                                                                                  \
        attribute static void accumulate_all(const float* const* inputs, const double* weights,            \
                                             std::size_t n, double* sums, std::size_t count, bool first) { \
            accumulate(inputs, weights, n, sums, count, first);                                            \
        }                                                                                                  \
        attribute static void add_all(const double* partial, double* sums, std::size_t count) {            \
            add(partial, sums, count);                                                                     \
        }                                                                                                  \
        attribute static void round_all(const double* sums, double total, float* out, std::size_t count) { \
            round(sums, total, out, count);                                                                \
        }                                                                                                  \
    };
// NOLINTEND(bugprone-macro-parentheses)

TRAMA_VARIANT(Baseline, , true)
#if defined(__x86_64__)
TRAMA_VARIANT(Avx2, __attribute__((target("avx2"))), __builtin_cpu_supports("avx2") != 0)
TRAMA_VARIANT(Avx512, __attribute__((target("avx512f,avx512vl"))),
              __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512vl") != 0)
#endif

template <class Variant>
WeightedMean variant(const char* name) {
    return {name, Variant::supported, Variant::accumulate_all, Variant::add_all, Variant::round_all};
}

}  // namespace

const std::vector<WeightedMean>& weighted_mean_variants() {
    static const std::vector<WeightedMean> all{
        variant<Baseline>("baseline"),
#if defined(__x86_64__)
        variant<Avx2>("avx2"),
        variant<Avx512>("avx512"),
#endif
    };
    return all;
}

const WeightedMean& weighted_mean_kernel() {
    static const auto best = std::find_if(weighted_mean_variants().rbegin(), weighted_mean_variants().rend(),
                                          [](const WeightedMean& variant) { return variant.supported(); });
    return *best;
}

}  // namespace trama::core::kernels
