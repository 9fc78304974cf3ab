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
            static_cast<float>(rule.decoupled ? 0 : rule.weight_decay),
            static_cast<float>(rule.decoupled ? 1 - rule.lr * rule.weight_decay : 1)};
}

RmspropStep prepare(const Rmsprop& rule) {
    return {static_cast<float>(rule.lr),        static_cast<float>(rule.alpha),
            static_cast<float>(1 - rule.alpha), static_cast<float>(rule.eps),
            static_cast<float>(rule.momentum),  static_cast<float>(rule.weight_decay)};
}

void step_tensor(const Sgd& rule, long step, at::Tensor& parameters, at::Tensor direction,
                 std::array<at::Tensor, 3>& moments) {
    auto& velocity = moments[0];
    if (rule.weight_decay != 0) {
        direction = direction.add(parameters, rule.weight_decay);
    }
    if (rule.momentum != 0) {
        step == 1 ? velocity.copy_(direction) : velocity.mul_(rule.momentum).add_(direction, 1);
        direction = rule.nesterov ? direction.add(velocity, rule.momentum) : velocity;
    }
    parameters.add_(direction, -1 * rule.lr);
}

void step_tensor(const Adam& rule, long step, at::Tensor& parameters, at::Tensor gradients,
                 std::array<at::Tensor, 3>& moments) {
    auto& [mean, variance, unused] = moments;
    const double correction1 = 1 - std::pow(rule.beta1, step);
    const double correction2 = 1 - std::pow(rule.beta2, step);
    if (rule.weight_decay != 0 && rule.decoupled) {
        parameters.mul_(1 - rule.lr * rule.weight_decay);
    } else if (rule.weight_decay != 0) {
        gradients = gradients.add(parameters, rule.weight_decay);
    }
    mean.mul_(rule.beta1).add_(gradients, 1 - rule.beta1);
    variance.mul_(rule.beta2).addcmul_(gradients, gradients, 1 - rule.beta2);
    const at::Tensor denominator = (variance.sqrt() / std::sqrt(correction2)).add_(rule.eps);
    parameters.addcdiv_(mean, denominator, -(rule.lr / correction1));
}

void step_tensor(const Rmsprop& rule, long /*step*/, at::Tensor& parameters, at::Tensor gradients,
                 std::array<at::Tensor, 3>& moments) {
    auto& [square, velocity, mean] = moments;
    if (rule.weight_decay != 0) {
        gradients = gradients.add(parameters, rule.weight_decay);
    }
    square.mul_(rule.alpha).addcmul_(gradients, gradients, 1 - rule.alpha);
    at::Tensor denominator;
    if (rule.centered) {
        mean.mul_(rule.alpha).add_(gradients, 1 - rule.alpha);
        denominator = square.addcmul(mean, mean, -1).sqrt_().add_(rule.eps);
    } else {
        denominator = square.sqrt().add_(rule.eps);
    }
    if (rule.momentum > 0) {
        velocity.mul_(rule.momentum).addcdiv_(gradients, denominator);
        parameters.add_(velocity, -rule.lr);
    } else {
        parameters.addcdiv_(gradients, denominator, -rule.lr);
    }
}

void step_with_kernels(const Kernels& kernels, const OptimizerRule& rule, long step,
                       const Stepper::State& state) {
    const std::size_t count = state.parameters.size();
    float* parameters = state.parameters.data();
    const float* gradients = state.gradients.data();
    const auto& [first, second, third] = state.moments;
    if (const auto* sgd = std::get_if<Sgd>(&rule)) {
        kernels.sgd(prepare(*sgd, step), count, parameters, gradients,
                    sgd->momentum != 0 ? first.data() : nullptr);
    } else if (const auto* adam = std::get_if<Adam>(&rule)) {
        kernels.adam(prepare(*adam, step), count, parameters, gradients, first.data(), second.data());
    } else {
        const auto& rmsprop = std::get<Rmsprop>(rule);
        kernels.rmsprop(prepare(rmsprop), count, parameters, gradients, first.data(),
                        rmsprop.momentum > 0 ? second.data() : nullptr,
                        rmsprop.centered ? third.data() : nullptr);
    }
}

/// Every kind of step, so that each of libtorch's kernels that we stand in for is met.
const std::array<OptimizerRule, 8> probed{Sgd{0.037, 0, 0, false},
                                          Sgd{0.037, 0.9, 1e-3, false},
                                          Sgd{0.037, 0.9, 1e-3, true},
                                          Adam{0.0013, 0.9, 0.999, 1e-8, 0},
                                          Adam{0.0013, 0.9, 0.999, 1e-8, 1e-2},
                                          Adam{0.0013, 0.9, 0.999, 1e-8, 1e-2, true},
                                          Rmsprop{0.0013, 0.99, 1e-8, 0, 1e-2, false},
                                          Rmsprop{0.0013, 0.97, 1e-8, 0.9, 0, true}};

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
        std::vector<float> parameters = std::vector<float>(count), gradients = parameters;
        std::array<std::vector<float>, 3> moments{parameters, parameters, parameters};
    } ours, libtorchs;
    fill(ours.parameters, 1);
    libtorchs.parameters = ours.parameters;
    for (long step = 1; step <= steps; ++step) {
        fill(ours.gradients, static_cast<std::uint32_t>(step) + 1);
        libtorchs.gradients = ours.gradients;
        step_with_kernels(
            kernels, rule, step,
            {ours.parameters, ours.gradients, {ours.moments[0], ours.moments[1], ours.moments[2]}});
        auto& [first, second, third] = libtorchs.moments;
        step_with_libtorch(
            rule, step, view(libtorchs.parameters.data(), count), view(libtorchs.gradients.data(), count),
            {view(first.data(), count), view(second.data(), count), view(third.data(), count)});
    }
    bool same = same_bits(ours.parameters, libtorchs.parameters);
    for (std::size_t i = 0; i < ours.moments.size(); ++i) {
        same = same && same_bits(ours.moments[i], libtorchs.moments[i]);
    }
    return same;
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
    if (call.function == "adam" || call.function == "adamw") {
        const Adam standard;
        return Adam{lr,
                    number(call, "beta1", standard.beta1),
                    number(call, "beta2", standard.beta2),
                    number(call, "eps", standard.eps),
                    number(call, "weight_decay", 0),
                    call.function == "adamw"};
    }
    if (call.function == "rmsprop") {
        const Rmsprop standard;
        return Rmsprop{lr,
                       number(call, "alpha", standard.alpha),
                       number(call, "eps", standard.eps),
                       number(call, "momentum", 0),
                       number(call, "weight_decay", 0),
                       flag(call, "centered")};
    }
    return core::fail(
        core::ErrorKind::run,
        fmt::format("this build trains with `sgd`, `adam`, `adamw` and `rmsprop`, not with `{}`",
                    call.function));
}

void set_rate(OptimizerRule& rule, double lr) {
    std::visit([lr](auto& one) { one.lr = lr; }, rule);
}

std::size_t moments(const OptimizerRule& rule) {
    if (const auto* sgd = std::get_if<Sgd>(&rule)) return sgd->momentum != 0 ? 1 : 0;
    if (const auto* rmsprop = std::get_if<Rmsprop>(&rule)) {
        return rmsprop->centered ? 3 : rmsprop->momentum > 0 ? 2 : 1;
    }
    return 2;
}

void step_with_libtorch(const OptimizerRule& rule, long step, at::Tensor parameters,
                        const at::Tensor& gradients, std::array<at::Tensor, 3> moments) {
    std::visit([&](const auto& one) { step_tensor(one, step, parameters, gradients, moments); }, rule);
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
        step_with_libtorch(rule, step, parameters, (*state.gradient_tensors)[i],
                           {moment(state.moments[0]), moment(state.moments[1]), moment(state.moments[2])});
        begin += static_cast<std::size_t>(parameters.numel());
    }
}

}  // namespace trama::torch
