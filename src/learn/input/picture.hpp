#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/error.hpp"

namespace trama::learn {

/// Red, green and blue bytes of each pixel, row by row.
struct Picture {
    std::int64_t rows = 0, columns = 0;
    std::vector<std::uint8_t> rgb;
};

/// Decodes PNG (8 or 16 bits, grey, palette; what is transparent shows white) or JPEG, told by the first
/// bytes. `path` is for messages. Errors: kind `data` (neither, damaged, more than 100 million pixels).
core::Result<Picture> decode_picture(std::string_view bytes, const std::filesystem::path& path);

/// Scales to rows × columns and stores channel after channel: 3 × rows × columns, or 1 × rows × columns as
/// grey (0.299 red + 0.587 green + 0.114 blue). Bilinear, along each axis on its own, with pixel centres at
/// half numbers; when it shrinks, the triangle is as wide as the factor, so that every pixel counts (as PIL
/// and torchvision do). The sides' ratio may change. In double, rounded once.
std::vector<std::uint8_t> scaled(const Picture& picture, std::int64_t channels, std::int64_t rows,
                                 std::int64_t columns);

}  // namespace trama::learn
