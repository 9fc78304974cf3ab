#pragma once

#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "trama/core/parameter_set.hpp"

/// What leaves the process (files, hashes, texts) is the same on every machine. Operations of x86 make
/// negative NaNs, those of ARM and RISC-V positive ones; some hand an operand's bits on, some do not. Nothing
/// of that is information, so all NaNs leave as one.
namespace trama::core {

/// The value, or the positive quiet NaN without a payload.
template <std::floating_point T>
constexpr T one_nan(T value) {
    return value == value ? value : std::numeric_limits<T>::quiet_NaN();
}

/// The bytes of the set as files and hashes have them: little-endian, NaNs all the same. A view of the set
/// where they are so already; else `changed` holds them.
std::span<const std::byte> portable_bytes(const ParameterSet& set, std::vector<std::byte>& changed);

}  // namespace trama::core
