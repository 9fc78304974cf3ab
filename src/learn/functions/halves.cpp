#include <algorithm>

#include "../on_delta.hpp"
#include "core/half.hpp"

namespace trama::learn {

namespace {

struct Ieee {
    using Values = core::Delta::Halves;
    static constexpr const char* name = "float16";
    static constexpr float largest = 65504;  ///< that does not become infinite
    static std::uint16_t narrow(float value) { return core::narrow_half(value); }
};

struct Brain {
    using Values = core::Delta::Bfloats;
    static constexpr const char* name = "bfloat16";
    static constexpr float largest = 0x1.fep127F;
    static std::uint16_t narrow(float value) { return core::narrow_bfloat(value); }
};

template <class Format>
class Half final : public Compressor {
  public:
    Half() : Compressor(Format::name, false) {}

  protected:
    core::Delta compress(const Work& work) const override {
        typename Format::Values values;
        for (const auto value : work.delta.floats())
            values.bits.push_back(Format::narrow(std::clamp(value, -Format::largest, Format::largest)));
        core::Delta sent;
        sent.elements = work.delta.elements;
        sent.shape = work.delta.shape;
        sent.values = std::move(values);
        return sent;
    }
};

template <class Format>
void add(Library& library, std::string doc) {
    library.add_function(compressing(Format::name, Format::name, std::move(doc)),
                         [](const core::Call&, Resources&) -> core::Result<std::shared_ptr<const Function>> {
                             return std::make_shared<const Half<Format>>();
                         });
}

}  // namespace

void add_halves(Library& library) {
    add<Ieee>(library,
              "Sends the values of the delta as 16-bit IEEE floats; what is beyond ±65504 becomes that.");
    add<Brain>(
        library,
        "Sends the values of the delta as bfloat16: the exponent of 32 bits, 8 bits of precision; what "
        "would become infinite is the largest number instead.");
}

}  // namespace trama::learn
