#include "standardise.hpp"

#include "trama/core/elementary.hpp"

namespace trama::learn {

void standardise(Dataset& data) {
    auto features = static_cast<std::size_t>(data.features());
    auto count = static_cast<std::size_t>(data.train.count);
    std::vector<double> mean(features), square(features);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t f = 0; f < features; ++f)
            mean[f] += data.train.floats[i * features + f];
    }
    for (auto& sum : mean)
        sum /= static_cast<double>(count);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t f = 0; f < features; ++f) {
            auto off = data.train.floats[i * features + f] - mean[f];
            square[f] += off * off;
        }
    }
    data.scale.assign(features, 1.0F);
    data.shift.assign(features, 0.0F);
    for (std::size_t f = 0; f < features; ++f) {
        auto deviation = core::sqrt(square[f] / static_cast<double>(count));
        if (!(deviation > 0)) deviation = 1;
        data.scale[f] = static_cast<float>(1.0 / deviation);
        data.shift[f] = static_cast<float>(-mean[f] / deviation);
    }
}

}  // namespace trama::learn
