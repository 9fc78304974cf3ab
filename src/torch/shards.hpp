#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace trama::torch {

/// A contiguous piece of a list.
struct Piece {
    std::size_t begin = 0, size = 0;
};

/// `total` things in `shards` pieces of one size, the first ones longer by one where it does not divide.
/// Fewer pieces where there are fewer things: none is empty.
std::vector<Piece> cut_in_shards(std::size_t total, std::size_t shards);

/// What one shard has found, and on how many samples.
struct OfShard {
    std::span<const float> numbers;
    std::size_t samples = 0;
};

/// The mean over all samples of means over those of each shard, for a piece of the numbers: in double in the
/// order of shards, rounded once. `mean` may be the numbers of one of them.
void mean_of_shards(std::span<const OfShard> shards, Piece piece, std::span<float> mean);

}  // namespace trama::torch
