#pragma once

#include <cmath>
#include <string>
#include <utility>

#include "../arguments.hpp"
#include "server_rule.hpp"

/// Adaptive optimizers on the server: Algorithm 2 of Reddi et al., Adaptive Federated Optimization, ICLR
/// 2021.
namespace trama::learn {

/// m = beta1 × m + (1 - beta1) × delta; v = SecondMoment(v, delta²); x += lr × m / (√v + tau). At first m = 0
/// and v = tau². SecondMoment is a function object of (double v, double square, double beta2) -> double.
template <class SecondMoment>
class AdaptiveRule final : public Rule {
  public:
    explicit AdaptiveRule(const core::Call& call)
        : name_(call.function),
          lr_(argument(call, "lr")),
          beta1_(real(call, "beta1")),
          beta2_(given(call, "beta2") ? real(call, "beta2") : 0),
          tau_(real(call, "tau")),
          by_samples_(word(call, "weights") == "samples") {}

    core::State init(const core::Model& entering) const override {
        core::State state;
        const auto& layout = entering.params.shared_layout();
        state.sets["first_moment"] = filled(layout, 0);
        state.sets["second_moment"] = filled(layout, static_cast<float>(tau_ * tau_));
        return state;
    }

    core::Result<core::Value> apply(const Context& context, core::State& state,
                                    std::span<const core::Value> values) const override {
        auto folded = Folded::of_updates(name_, values);
        if (!folded) return tl::unexpected(folded.error());
        auto weights = folded->weigh(name_, by_samples_);
        if (!weights) return tl::unexpected(weights.error());
        auto& first = state.sets.at("first_moment");
        auto& second = state.sets.at("second_moment");
        const auto layout = folded->base->params.shared_layout();
        core::ParameterBuffer new_first(layout), new_second(layout), made(layout);
        for_weighted_sums(
            folded->params(), weights->shares(),
            [&, rates = Rates{scheduled(lr_, context.round), beta1_, beta2_, tau_},
             x = folded->base->params.floats().data(), m = first.floats().data(), v = second.floats().data(),
             new_m = new_first.floats().data(), new_v = new_second.floats().data(),
             out = made.floats().data()](std::size_t begin, std::span<const double> means) {
                step(rates, means, x + begin, m + begin, v + begin, new_m + begin, new_v + begin,
                     out + begin);
            });
        first = std::move(new_first).freeze();
        second = std::move(new_second).freeze();
        return folded->model(std::move(made).freeze(), folded->mean_buffers());
    }

  private:
    struct Rates {
        double lr, beta1, beta2, tau;
    };

    /// A function of its own, because compilers forget about `__restrict` where they inline, and without it
    /// they make no vectors of so many buffers.
    [[gnu::noinline]] static void step(Rates rates, std::span<const double> means,
                                       const float* __restrict base, const float* __restrict m,
                                       const float* __restrict v, float* __restrict new_m,
                                       float* __restrict new_v, float* __restrict out) {
        const auto [lr, beta1, beta2, tau] = rates;
        const double* __restrict mean = means.data();
        for (std::size_t j = 0, count = means.size(); j < count; ++j) {
            const auto x = static_cast<double>(base[j]);
            const double delta = mean[j] - x;
            const double next = beta1 * static_cast<double>(m[j]) + (1 - beta1) * delta;
            const double second = SecondMoment()(static_cast<double>(v[j]), delta * delta, beta2);
            new_m[j] = static_cast<float>(next);
            new_v[j] = static_cast<float>(second);
            // Correctly rounded by IEEE 754, and a vector instruction, unlike core::sqrt.
            out[j] = static_cast<float>(x + lr * next / (std::sqrt(second) + tau));
        }
    }

    std::string name_;
    core::Constant lr_;
    double beta1_, beta2_, tau_;
    bool by_samples_;
};

/// The signature of such a rule. `beta1`: its default; `forgets`: it has a beta2.
Describe adaptive_rule(std::string name, std::string doc, std::string beta1, bool forgets);

}  // namespace trama::learn
