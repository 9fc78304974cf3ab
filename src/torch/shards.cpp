#include "torch/shards.hpp"

#include <algorithm>
#include <array>

namespace trama::torch {

std::vector<Piece> cut_in_shards(std::size_t total, std::size_t shards) {
    std::vector<Piece> pieces(std::min(total, shards));
    std::size_t begin = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        pieces[i] = {begin, total / pieces.size() + (i < total % pieces.size() ? 1 : 0)};
        begin += pieces[i].size;
    }
    return pieces;
}

void mean_of_shards(std::span<const OfShard> shards, Piece piece, std::span<float> mean) {
    double samples = 0;
    for (const OfShard& shard : shards)
        samples += static_cast<double>(shard.samples);
    std::array<double, 1024> sums{};  // a block at a time stays in the cache
    const std::size_t end = piece.begin + piece.size;
    for (std::size_t begin = piece.begin; begin < end; begin += sums.size()) {
        const std::span block = std::span(sums).first(std::min(sums.size(), end - begin));
        std::ranges::fill(block, 0);
        for (const OfShard& shard : shards) {
            const auto weight = static_cast<double>(shard.samples);
            const float* numbers = shard.numbers.data() + begin;
            for (std::size_t i = 0; i < block.size(); ++i)
                block[i] += weight * static_cast<double>(numbers[i]);
        }
        for (std::size_t i = 0; i < block.size(); ++i)
            mean[begin + i] = static_cast<float>(block[i] / samples);
    }
}

}  // namespace trama::torch
