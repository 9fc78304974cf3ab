#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <variant>

#include "torch/kernels.hpp"
#include "torch/tensors.hpp"
#include "trama/core/constant.hpp"
#include "trama/core/error.hpp"

namespace trama::torch {

struct Sgd {
    double lr = 0, momentum = 0, weight_decay = 0;
    bool nesterov = false;
};

struct Adam {
    double lr = 0, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
    bool decoupled = false;  ///< AdamW: the decay acts on the weights, not on their gradients
};

struct Rmsprop {
    double lr = 0, alpha = 0.99, eps = 1e-8, momentum = 0, weight_decay = 0;
    bool centered = false;
};

using OptimizerRule = std::variant<Sgd, Adam, Rmsprop>;

/// What `sgd(...)`, `adam(...)`, `adamw(...)` or `rmsprop(...)` says, with the rate of this round. Errors:
/// kind `run` for any other call.
core::Result<OptimizerRule> read_optimizer(const core::Call& call, double lr);

void set_rate(OptimizerRule& rule, double lr);

/// What a rule remembers: up to three numbers per parameter, in flat buffers. Sgd: velocity. Adam: mean,
/// variance. Rmsprop: mean square, velocity, mean.
using Moments = std::array<std::span<float>, 3>;
std::size_t moments(const OptimizerRule& rule);  ///< how many of them it has

/// One step of `rule` on one tensor by libtorch's own operations, in the order of torch::optim. `step` counts
/// from 1.
void step_with_libtorch(const OptimizerRule& rule, long step, at::Tensor parameters,
                        const at::Tensor& gradients, std::array<at::Tensor, 3> moments);

/// Steps a whole model. The result is torch::optim's, bit for bit, by whichever of two ways gives it on this
/// machine:
///  - one pass over the flat buffers with our own loops (several times faster: torch::optim makes ten
///  passes), or
///  - libtorch's operations on each tensor in turn.
/// Whether a × b + c in libtorch's kernels rounds once or twice depends on how it was compiled and on the
/// processor, and so does whether the ends of a tensor, which do not fill a vector, are treated like the
/// rest. Both are found by a probe: loops that give the bits of `step_with_libtorch` at every position are
/// used, otherwise libtorch is.
class Stepper {
  public:
    Stepper();  ///< runs the probe (well under a millisecond)

    struct State {
        std::span<float> parameters, gradients;      ///< flat
        Moments moments;                             ///< empty where the rule has none
        const Tensors* parameter_tensors = nullptr;  ///< the same memory, tensor by tensor
        const Tensors* gradient_tensors = nullptr;
    };
    void step(const OptimizerRule& rule, long step, const State& state) const;
    bool fused() const { return kernels_ != nullptr; }

  private:
    const Kernels* kernels_ = nullptr;
};

}  // namespace trama::torch
