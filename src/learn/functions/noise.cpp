#include <atomic>

#include "../arguments.hpp"
#include "../on_delta.hpp"
#include "trama/core/random.hpp"

namespace trama::learn {

namespace {

class Noise final : public Function {
  public:
    explicit Noise(double deviation) : deviation_(deviation) {}

    core::Result<core::Value> apply(const Context& context, core::State&,
                                    const core::Value& input) const override {
        if (input.is_skip()) return input;
        auto update = update_in(input, "noise");
        if (!update.result.params.layout().all(core::DType::f32)) {
            return core::fail(core::ErrorKind::run,
                              "noise acts on F32 tensors only, and this net has others");
        }
        if (!update.result.buffers.empty() && !warned_.exchange(true)) {
            context.observer.warn(
                "noise hides parameters only, and this net also has buffers (statistics of a norm over the "
                "batch), which travel as they are: use a net without them",
                context.actor.name);
        }
        auto stream = context.stream("noise");
        auto params = update.result.params.copy();
        for (auto& value : params.floats())
            value = static_cast<float>(value + deviation_ * stream.normal());
        update.result.params = std::move(params).freeze();
        update.encoded = nullptr;
        return core::Value(std::move(update));
    }

  private:
    double deviation_;
    mutable std::atomic<bool> warned_{false};
};

}  // namespace

void add_noise(Library& library) {
    library.add_function(
        on_delta(
            "noise", "Privacy", "clip(1.0) >> noise(multiplier: 1.1, norm: 1.0)",
            "Adds Gaussian noise of deviation multiplier × norm / clients to every parameter. Behind "
            "`clip` in the copies it hides each client's update from all others (local); behind "
            "`reduce(fedavg(weights: uniform))`, with `clients:` the number whose mean that is, it hides "
            "whether a client took part from those who see the model (central). The norm must be the one "
            "that deltas are clipped to. Metrics and weights travel as they are.",
            "McMahan et al., Learning Differentially Private Recurrent Language Models, ICLR 2018")
            .takes(Param("multiplier", "real", "Standard deviation in units of `norm`.").at_least(0))
            .takes(Param("norm", "real", "The norm that deltas are clipped to.").or_else("1.0").above(0))
            .takes(Param("clients", "int",
                         "How many clients' mean the noise is added to; 1: to a client's own update.")
                       .or_else("1")
                       .at_least(1))
            .takes(Param("delta", "real",
                         "Chance that the guarantee does not hold, for which `trama check` says epsilon.")
                       .or_else("1e-5")
                       .above(0)
                       .below(1)),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Function>> {
            return std::make_shared<const Noise>(real(call, "multiplier") * real(call, "norm") /
                                                 static_cast<double>(integer(call, "clients")));
        });
}

}  // namespace trama::learn
