#include "trama/learn/augmentation.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "trama/learn/dataset.hpp"

namespace trama::learn {

void augment(const Dataset& data, std::span<float> batch, core::Stream& stream) {
    if (data.shape.size() != 3)
        throw std::invalid_argument("only pictures (channels, rows, columns) are augmented");
    const auto channels = data.shape[0], rows = data.shape[1], columns = data.shape[2];
    const auto features = static_cast<std::size_t>(channels * rows * columns);
    // What a black pixel is to the net: with a number per feature, that of its own place.
    auto black = [&](std::size_t feature) { return data.shift[data.shift.size() == 1 ? 0 : feature]; };
    std::vector<float> before(features);
    for (std::size_t begin = 0; begin + features <= batch.size(); begin += features) {
        const bool flipped = data.augmentation.flip && stream.below(2) == 1;
        std::int64_t down = 0, right = 0;
        if (data.augmentation.crop > 0) {
            const auto places = static_cast<std::uint64_t>(2 * data.augmentation.crop + 1);
            down = static_cast<std::int64_t>(stream.below(places)) - data.augmentation.crop;
            right = static_cast<std::int64_t>(stream.below(places)) - data.augmentation.crop;
        }
        if (!flipped && down == 0 && right == 0) continue;
        const auto sample = batch.subspan(begin, features);
        std::ranges::copy(sample, before.begin());
        std::size_t at = 0;
        for (std::int64_t channel = 0; channel < channels; ++channel) {
            for (std::int64_t row = 0; row < rows; ++row) {
                for (std::int64_t column = 0; column < columns; ++column, ++at) {
                    const auto from_row = row - down, shifted = column - right;
                    const auto from_column = flipped ? columns - 1 - shifted : shifted;
                    const bool inside = from_row >= 0 && from_row < rows && shifted >= 0 && shifted < columns;
                    sample[at] = inside ? before[static_cast<std::size_t>(
                                              (channel * rows + from_row) * columns + from_column)]
                                        : black(at);
                }
            }
        }
    }
}

}  // namespace trama::learn
