#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace trama::learn {

/// What is left of vectors after each is scaled to a norm of `bound` at most.
struct Clipped {
    std::vector<std::span<const float>>
        inputs;                  ///< without those of infinite norm: they are scaled to nothing
    std::vector<double> shares;  ///< weight / total × min(1, bound / norm), one per input
    double sum = 0;              ///< of the shares

    /// `shares`: what each input counts; `squares`: the squared norm of each.
    static Clipped to(double bound, std::span<const std::span<const float>> inputs,
                      std::span<const double> shares, std::span<const double> squares) {
        Clipped made;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            const double norm = std::sqrt(squares[i]);
            if (!std::isfinite(norm)) continue;
            made.inputs.push_back(inputs[i]);
            made.shares.push_back(norm > bound ? shares[i] * (bound / norm) : shares[i]);
            made.sum += made.shares.back();
        }
        return made;
    }
};

}  // namespace trama::learn
