#pragma once

#include "trama/learn/dataset.hpp"

namespace trama::learn {

/// Sets `scale` and `shift` so that each feature has mean 0 and deviation 1 over the training samples
/// (floats); a feature that never changes becomes 0.
void standardise(Dataset& data);

/// The same for each channel of pictures (bytes, shape {channels, rows, columns}) as a whole.
void standardise_channels(Dataset& data);

}  // namespace trama::learn
