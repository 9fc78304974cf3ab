#include "../arguments.hpp"
#include "../on_delta.hpp"
#include "trama/core/elementary.hpp"

namespace trama::learn {

namespace {

double norm_of(std::span<const float> values) {
    double sum = 0;
    for (const double value : values)
        sum += value * value;
    return core::sqrt(sum);
}

class Clip final : public Function {
  public:
    explicit Clip(double norm) : norm_(norm) {}

    core::Result<core::Value> apply(const Context&, core::State&, const core::Value& input) const override {
        if (input.is_skip()) return input;
        const auto& update = update_in(input, "clip");
        auto delta = delta_of(update);
        if (!delta) return tl::unexpected(delta.error());
        const double norm = norm_of(delta->dense());
        if (norm <= norm_) return input;
        const double scale = norm_ / norm;
        core::Delta::Floats values{delta->floats()};
        // Of a product P·Qᵀ only one factor may shrink: all of it is sent as it is instead.
        if (std::holds_alternative<core::Delta::LowRank>(delta->shape)) {
            values.values = delta->dense();
            delta->shape = core::Delta::Dense();
        }
        for (auto& value : values.values)
            value = static_cast<float>(scale * value);
        delta->values = std::move(values);
        auto made = with_delta(update, *delta);
        if (!made) return tl::unexpected(made.error());
        if (!update.encoded) made->encoded = nullptr;
        return core::Value(std::move(*made));
    }

  private:
    double norm_;
};

}  // namespace

void add_clip(Library& library) {
    library.add_function(
        on_delta(
            "clip", "Privacy", "clip(1.0)",
            "Scales the delta down to a norm if it is longer; the norm is that of all parameters together. "
            "What is compressed keeps its entries, but is no longer rounded to few bits: clip first.",
            "Abadi et al., Deep Learning with Differential Privacy, CCS 2016")
            .takes(Param("norm", "real", "Greatest Euclidean norm of the delta.").above(0)),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Function>> {
            return std::make_shared<const Clip>(real(call, "norm"));
        });
}

}  // namespace trama::learn
