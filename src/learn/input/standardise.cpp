#include "standardise.hpp"

#include <algorithm>

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

void standardise_channels(Dataset& data) {
    auto features = static_cast<std::size_t>(data.features());
    auto channels = static_cast<std::size_t>(data.shape.front()), pixels = features / channels;
    data.scale.assign(features, 1.0F);
    data.shift.assign(features, 0.0F);
    for (std::size_t channel = 0; channel < channels; ++channel) {
        // Sums of bytes are whole numbers: exact in any order.
        std::uint64_t sum = 0, square = 0;
        for (std::size_t i = 0; i < static_cast<std::size_t>(data.train.count); ++i) {
            for (std::size_t p = 0; p < pixels; ++p) {
                const std::uint64_t value = data.train.bytes[i * features + channel * pixels + p];
                sum += value;
                square += value * value;
            }
        }
        const auto count = static_cast<double>(data.train.count) * static_cast<double>(pixels);
        const auto mean = static_cast<double>(sum) / count;
        auto deviation = core::sqrt(std::max(0.0, static_cast<double>(square) / count - mean * mean));
        if (!(deviation > 0)) deviation = 1;
        for (std::size_t p = 0; p < pixels; ++p) {
            data.scale[channel * pixels + p] = static_cast<float>(1.0 / deviation);
            data.shift[channel * pixels + p] = static_cast<float>(-mean / deviation);
        }
    }
}

}  // namespace trama::learn
