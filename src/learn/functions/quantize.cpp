#include <algorithm>
#include <cmath>

#include "../arguments.hpp"
#include "../on_delta.hpp"
#include "trama/core/random.hpp"

namespace trama::learn {

namespace {

class Quantize final : public Compressor {
  public:
    Quantize(std::int64_t bits, std::int64_t bucket)
        : Compressor("quantize", false),
          bits_(static_cast<unsigned>(bits)),
          bucket_(static_cast<std::uint64_t>(bucket)) {}

  protected:
    core::Delta compress(const Work& work) const override {
        const auto values = work.delta.floats();
        auto stream = work.context.stream("quantize");
        core::Delta::Levels levels;
        levels.bits = bits_;
        levels.bucket = bucket_;
        levels.codes.reserve(values.size());
        const auto steps = static_cast<std::int32_t>(levels.steps());
        for (std::size_t begin = 0; begin < values.size(); begin += bucket_) {
            const auto bucket =
                std::span(values).subspan(begin, std::min<std::size_t>(bucket_, values.size() - begin));
            float largest = 0;
            for (const auto value : bucket)
                largest = std::max(largest, std::abs(value));
            levels.scales.push_back(largest);
            for (const auto value : bucket) {
                const double place = largest > 0 ? static_cast<double>(value) / largest * steps : 0.0;
                const double below = std::floor(place);
                const bool up = stream.uniform() < place - below;
                levels.codes.push_back(
                    static_cast<std::uint16_t>(static_cast<std::int32_t>(below) + (up ? 1 : 0) + steps));
            }
        }
        core::Delta sent;
        sent.elements = work.delta.elements;
        sent.shape = work.delta.shape;
        sent.values = std::move(levels);
        return sent;
    }

  private:
    unsigned bits_;
    std::uint64_t bucket_;
};

}  // namespace

void add_quantize(Library& library) {
    library.add_function(
        compressing(
            "quantize", "quantize(bits: 8)",
            "Rounds the values of the delta at random to one of 2^bits − 1 levels, so that the mean is "
            "right. Levels are spaced evenly from the largest value of a bucket to its opposite, 0 "
            "among them; each bucket of neighbouring values sends its largest one as four bytes.",
            "Alistarh et al., QSGD: Communication-Efficient SGD via Gradient Quantization "
            "and Encoding, NeurIPS 2017")
            .takes(Param("bits", "int", "Bits per value.").or_else("8").at_least(2).at_most(16))
            .takes(Param("bucket", "int", "Values that share a scale.").or_else("512").at_least(1)),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Function>> {
            return std::make_shared<const Quantize>(integer(call, "bits"), integer(call, "bucket"));
        });
}

}  // namespace trama::learn
