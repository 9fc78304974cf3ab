#pragma once

#include <cstdint>
#include <span>

/// How much a Gaussian mechanism that is repeated gives away: Rényi differential privacy.
namespace trama::learn::privacy {

/// A sum of vectors of norm 1 at most, each of which is in it with chance `rate`, with Gaussian noise of
/// deviation `multiplier` on every entry; `times` of them.
struct Mechanism {
    double multiplier = 0;  ///< at least 0
    double rate = 1;        ///< in [0, 1]
    std::int64_t times = 1;
};

/// Its Rényi divergence of order `alpha` > 1, once: an upper bound for neighbours that differ by one vector.
/// Infinite without noise. Mironov, Talwar and Zhang, Rényi Differential Privacy of the Sampled Gaussian
/// Mechanism, 2019 (arXiv:1908.10530), section 3.3: a finite sum for whole orders, two series for others.
double renyi(const Mechanism& mechanism, double alpha);

/// The least epsilon for which all mechanisms, each `times` times, are together (epsilon, delta)
/// differentially private by that divergence, over the orders 1.1, 1.2, ..., 10.9, 12, ..., 63 and powers of
/// two up to 1024. From the divergence to epsilon: Balle et al., Hypothesis Testing Interpretations and Rényi
/// Differential Privacy, AISTATS 2020, theorem 21; Canonne, Kamath and Steinke, The Discrete Gaussian for
/// Differential Privacy, NeurIPS 2020, proposition 12. Infinite when there is none.
double epsilon(std::span<const Mechanism> mechanisms, double delta);

}  // namespace trama::learn::privacy
