#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

/// Bytes as files and hashes have them, whatever the machine's own order.
namespace trama::core {

inline std::array<std::byte, 8> to_little_endian(std::uint64_t number) {
    std::array<std::byte, 8> bytes{};
    for (auto& byte : bytes) {
        byte = static_cast<std::byte>(number & 0xff);
        number >>= 8;
    }
    return bytes;
}

/// Precondition: at most 8 bytes.
inline std::uint64_t from_little_endian(std::span<const std::byte> bytes) {
    std::uint64_t number = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        number = number << 8 | static_cast<std::uint64_t>(bytes[i]);
    }
    return number;
}

/// Turns elements of that size from this machine's order to little-endian or back, in place.
inline void swap_to_little_endian(std::span<std::byte> bytes, std::size_t element) {
    if constexpr (std::endian::native == std::endian::big) {
        for (std::size_t i = 0; i + element <= bytes.size(); i += element) {
            std::reverse(bytes.data() + i, bytes.data() + i + element);
        }
    }
}

}  // namespace trama::core
