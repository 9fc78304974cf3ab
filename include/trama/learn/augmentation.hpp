#pragma once

#include <cstdint>
#include <span>

#include "trama/core/random.hpp"

namespace trama::learn {

struct Dataset;

/// What is done to pictures as they are trained on, anew each time they are seen.
struct Augmentation {
    bool flip = false;  ///< left and right are swapped in every second picture, at random
    std::int64_t crop =
        0;  ///< shifted by up to so many pixels along each axis; zeros (before scaling) come in

    bool any() const { return flip || crop > 0; }
};

/// Applies the data set's augmentation to a batch as a net sees it: whole samples of its shape, after `scale`
/// and `shift`. Draws from `stream` sample by sample.
void augment(const Dataset& data, std::span<float> batch, core::Stream& stream);

}  // namespace trama::learn
