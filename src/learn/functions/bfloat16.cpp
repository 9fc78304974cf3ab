#include <algorithm>

#include "../on_delta.hpp"
#include "core/half.hpp"

namespace trama::learn {

namespace {

/// The largest that does not become infinite.
constexpr float largest = 0x1.fep127F;

class Bfloat16 final : public Compressor {
  public:
    Bfloat16() : Compressor("bfloat16", false) {}

  protected:
    core::Delta compress(const Work& work) const override {
        core::Delta::Bfloats values;
        for (const auto value : work.delta.floats())
            values.bits.push_back(core::narrow_bfloat(std::clamp(value, -largest, largest)));
        core::Delta sent;
        sent.elements = work.delta.elements;
        sent.shape = work.delta.shape;
        sent.values = std::move(values);
        return sent;
    }
};

}  // namespace

void add_bfloat16(Library& library) {
    library.add_function(
        compressing(
            "bfloat16", "bfloat16",
            "Sends the values of the delta as bfloat16: the exponent of 32 bits, 8 bits of precision; what "
            "would become infinite is the largest number instead."),
        [](const core::Call&, Resources&) -> core::Result<std::shared_ptr<const Function>> {
            return std::make_shared<const Bfloat16>();
        });
}

}  // namespace trama::learn
