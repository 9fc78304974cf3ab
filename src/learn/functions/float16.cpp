#include <algorithm>

#include "../on_delta.hpp"
#include "core/half.hpp"

namespace trama::learn {

namespace {

/// The largest that does not become infinite.
constexpr float largest = 65504;

class Float16 final : public Compressor {
  public:
    Float16() : Compressor("float16", false) {}

  protected:
    core::Delta compress(const Work& work) const override {
        core::Delta::Halves values;
        for (const auto value : work.delta.floats())
            values.bits.push_back(core::narrow_half(std::clamp(value, -largest, largest)));
        core::Delta sent;
        sent.elements = work.delta.elements;
        sent.shape = work.delta.shape;
        sent.values = std::move(values);
        return sent;
    }
};

}  // namespace

void add_float16(Library& library) {
    library.add_function(
        compressing(
            "float16", "float16",
            "Sends the values of the delta as 16-bit IEEE floats; what is beyond ±65504 becomes that."),
        [](const core::Call&, Resources&) -> core::Result<std::shared_ptr<const Function>> {
            return std::make_shared<const Float16>();
        });
}

}  // namespace trama::learn
