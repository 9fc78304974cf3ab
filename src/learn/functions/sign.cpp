#include <cmath>

#include "../arguments.hpp"
#include "../on_delta.hpp"

namespace trama::learn {

namespace {

class Sign final : public Compressor {
  public:
    explicit Sign(const core::Call& call) : Compressor("sign", truth(call, "error_feedback")) {}

  protected:
    core::Delta compress(const Work& work) const override {
        core::Delta sent;
        sent.elements = work.delta.elements;
        std::vector<float> values;
        if (const auto* sparse = std::get_if<core::Delta::Sparse>(&work.delta.shape)) {
            for (const auto index : sparse->indices)
                values.push_back(work.all[index]);
            sent.shape = *sparse;
        } else {
            values.assign(work.all.begin(), work.all.end());
        }
        core::Delta::Signs signs;
        double sum = 0;
        signs.negative.reserve(values.size());
        for (const auto value : values) {
            sum += std::abs(static_cast<double>(value));
            signs.negative.push_back(value < 0);
        }
        if (!values.empty()) signs.scale = static_cast<float>(sum / static_cast<double>(values.size()));
        sent.values = std::move(signs);
        return sent;
    }
};

}  // namespace

void add_sign(Library& library) {
    library.add_function(
        compressing("sign", "sign",
                    "Sends the signs of the delta and one scale, the mean of the sizes; 0 counts as plus.",
                    "Karimireddy et al., Error Feedback Fixes SignSGD and other Gradient "
                    "Compression Schemes, ICML 2019")
            .takes(Compressor::error_feedback())
            .owns_parts(),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Function>> {
            return std::make_shared<const Sign>(call);
        });
}

}  // namespace trama::learn
