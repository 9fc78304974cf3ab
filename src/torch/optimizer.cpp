#include "torch/optimizer.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

namespace trama::torch {
namespace {

double number(const core::Call& call, std::string_view parameter, double otherwise) {
    const core::Constant* found = call.find(parameter);
    return found != nullptr ? found->number().value_or(otherwise) : otherwise;
}

bool flag(const core::Call& call, std::string_view parameter) {
    const core::Constant* found = call.find(parameter);
    const bool* set = found != nullptr ? found->as<bool>() : nullptr;
    return set != nullptr && *set;
}

SgdStep prepare(const Sgd& rule, long step) {
    return {static_cast<float>(rule.lr), static_cast<float>(rule.momentum),
            static_cast<float>(rule.weight_decay), rule.nesterov, step == 1};
}

AdamStep prepare(const Adam& rule, long step) {
    // In double by libm, as torch::optim does it.
    const double correction1 = 1 - std::pow(rule.beta1, step);
    const double correction2 = 1 - std::pow(rule.beta2, step);
    return {static_cast<float>(rule.beta1),
            static_cast<float>(1 - rule.beta1),
            static_cast<float>(rule.beta2),
            static_cast<float>(1 - rule.beta2),
            static_cast<float>(std::sqrt(correction2)),
            static_cast<float>(rule.eps),
            static_cast<float>(rule.lr / correction1),
            static_cast<float>(rule.weight_decay)};
}

void step_tensor(const Sgd& rule, long step, at::Tensor& parameters, at::Tensor direction,
                 at::Tensor& momentum) {
    if (rule.weight_decay != 0) {
        direction = direction.add(parameters, rule.weight_decay);
    }
    if (rule.momentum != 0) {
        step == 1 ? momentum.copy_(direction) : momentum.mul_(rule.momentum).add_(direction, 1);
        direction = rule.nesterov ? direction.add(momentum, rule.momentum) : momentum;
    }
    parameters.add_(direction, -1 * rule.lr);
}

void step_tensor(const Adam& rule, long step, at::Tensor& parameters, at::Tensor gradients, at::Tensor& mean,
                 at::Tensor& variance) {
    const double correction1 = 1 - std::pow(rule.beta1, step);
    const double correction2 = 1 - std::pow(rule.beta2, step);
    if (rule.weight_decay != 0) {
        gradients = gradients.add(parameters, rule.weight_decay);
    }
    mean.mul_(rule.beta1).add_(gradients, 1 - rule.beta1);
    variance.mul_(rule.beta2).addcmul_(gradients, gradients, 1 - rule.beta2);
    const at::Tensor denominator = (variance.sqrt() / std::sqrt(correction2)).add_(rule.eps);
    parameters.addcdiv_(mean, denominator, -(rule.lr / correction1));
}

void step_with_kernels(const Kernels& kernels, const OptimizerRule& rule, long step,
                       const Stepper::State& state) {
    const std::size_t count = state.parameters.size();
    if (const auto* sgd = std::get_if<Sgd>(&rule)) {
        kernels.sgd(prepare(*sgd, step), count, state.parameters.data(), state.gradients.data(),
                    sgd->momentum != 0 ? state.first.data() : nullptr);
    } else {
        kernels.adam(prepare(std::get<Adam>(rule), step), count, state.parameters.data(),
                     state.gradients.data(), state.first.data(), state.second.data());
    }
}

/// Every kind of step, so that each of libtorch's kernels that we stand in for is met.
const std::array<OptimizerRule, 5> probed{Sgd{0.037, 0, 0, false}, Sgd{0.037, 0.9, 1e-3, false},
                                          Sgd{0.037, 0.9, 1e-3, true}, Adam{0.0013, 0.9, 0.999, 1e-8, 0},
                                          Adam{0.0013, 0.9, 0.999, 1e-8, 1e-2}};

/// Numbers of mixed sizes without a pattern that rounds the same either way.
void fill(std::vector<float>& numbers, std::uint32_t state) {
    for (float& x : numbers) {
        state = state * 1664525U + 1013904223U;
        x = (static_cast<float>(state >> 8) - 8388608.0F) * 0x1p-23F;
    }
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

bool gives_libtorchs_bits(const Kernels& kernels, const OptimizerRule& rule) {
    constexpr std::int64_t count =
        16 * 8 + 13;  // a body of whole vectors and an end, for vectors of up to 16 numbers
    constexpr long steps = 3;
    struct Side {
        std::vector<float> parameters = std::vector<float>(count), gradients = parameters, first = parameters,
                           second = parameters;
    } ours, libtorchs;
    fill(ours.parameters, 1);
    libtorchs.parameters = ours.parameters;
    for (long step = 1; step <= steps; ++step) {
        fill(ours.gradients, static_cast<std::uint32_t>(step) + 1);
        libtorchs.gradients = ours.gradients;
        step_with_kernels(kernels, rule, step, {ours.parameters, ours.gradients, ours.first, ours.second});
        step_with_libtorch(rule, step, view(libtorchs.parameters.data(), count),
                           view(libtorchs.gradients.data(), count), view(libtorchs.first.data(), count),
                           view(libtorchs.second.data(), count));
    }
    return same_bits(ours.parameters, libtorchs.parameters) && same_bits(ours.first, libtorchs.first) &&
           same_bits(ours.second, libtorchs.second);
}

bool gives_libtorchs_bits(const Kernels& kernels) {
    for (const OptimizerRule& rule : probed) {
        if (!gives_libtorchs_bits(kernels, rule)) {
            return false;
        }
    }
    return true;
}

}  // namespace

core::Result<OptimizerRule> read_optimizer(const core::Call& call, double lr) {
    if (call.function == "sgd") {
        return Sgd{lr, number(call, "momentum", 0), number(call, "weight_decay", 0), flag(call, "nesterov")};
    }
    if (call.function == "adam") {
        const Adam standard;
        return Adam{lr, number(call, "beta1", standard.beta1), number(call, "beta2", standard.beta2),
                    number(call, "eps", standard.eps), number(call, "weight_decay", 0)};
    }
    return core::fail(core::ErrorKind::run,
                      fmt::format("this build trains with `sgd` and `adam`, not with `{}`", call.function));
}

std::size_t moments(const OptimizerRule& rule) {
    const auto* sgd = std::get_if<Sgd>(&rule);
    return sgd == nullptr ? 2 : sgd->momentum != 0 ? 1 : 0;
}

void step_with_libtorch(const OptimizerRule& rule, long step, at::Tensor parameters,
                        const at::Tensor& gradients, at::Tensor first, at::Tensor second) {
    if (const auto* sgd = std::get_if<Sgd>(&rule)) {
        step_tensor(*sgd, step, parameters, gradients, first);
    } else {
        step_tensor(std::get<Adam>(rule), step, parameters, gradients, first, second);
    }
}

Stepper::Stepper() {
    for (const Rounding rounding : {Rounding::once, Rounding::twice}) {
        if (kernels_ == nullptr && (rounding == Rounding::twice || can_fuse()) &&
            gives_libtorchs_bits(kernels(rounding))) {
            kernels_ = &kernels(rounding);
        }
    }
}

void Stepper::step(const OptimizerRule& rule, long step, const State& state) const {
    if (kernels_ != nullptr) {
        step_with_kernels(*kernels_, rule, step, state);
        return;
    }
    std::size_t begin = 0;
    for (std::size_t i = 0; i < state.parameter_tensors->size(); ++i) {
        const at::Tensor& parameters = (*state.parameter_tensors)[i];
        const auto moment = [&](std::span<float> all) {
            return all.empty() ? at::Tensor() : view(all.data() + begin, parameters.sizes());
        };
        step_with_libtorch(rule, step, parameters, (*state.gradient_tensors)[i], moment(state.first),
                           moment(state.second));
        begin += static_cast<std::size_t>(parameters.numel());
    }
}

}  // namespace trama::torch
