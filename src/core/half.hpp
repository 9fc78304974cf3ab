#pragma once

#include <bit>
#include <cstdint>

/// 16-bit floats, widened exactly, and rounded to (to nearest, ties to even).
namespace trama::core {

/// IEEE binary16: 1 sign, 5 exponent, 10 fraction bits.
inline float widen_half(std::uint16_t bits) {
    const std::uint32_t sign = std::uint32_t{bits & 0x8000U} << 16;
    const std::uint32_t exponent = (bits >> 10) & 0x1fU;
    const std::uint32_t fraction = bits & 0x3ffU;
    if (exponent == 0) {  // zero or subnormal: fraction × 2^-24
        const float size = static_cast<float>(fraction) * 0x1p-24F;
        return std::bit_cast<float>(std::bit_cast<std::uint32_t>(size) | sign);
    }
    const std::uint32_t widened = exponent == 0x1f ? 0xff : exponent + (127 - 15);
    return std::bit_cast<float>(sign | widened << 23 | fraction << 13);
}

/// The nearest binary16; what is beyond the largest (65504) becomes infinite, NaN stays NaN.
inline std::uint16_t narrow_half(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const auto sign = static_cast<std::uint32_t>(bits >> 16 & 0x8000U);
    const std::uint32_t size = bits & 0x7fffffffU;
    if (size > 0x7f800000U) return static_cast<std::uint16_t>(sign | 0x7e00U);
    if (size >= 0x477ff000U) return static_cast<std::uint16_t>(sign | 0x7c00U);  // 65520 and more
    if (size < 0x38800000U) {  // below 2^-14: a multiple of 2^-24, which the sum with 0.5 rounds to
        const auto rounded = std::bit_cast<std::uint32_t>(std::bit_cast<float>(size) + 0.5F);
        return static_cast<std::uint16_t>(sign | (rounded - 0x3f000000U));
    }
    const std::uint32_t odd = size >> 13 & 1U;
    return static_cast<std::uint16_t>(sign | (size - 0x38000000U + 0xfffU + odd) >> 13);
}

/// bfloat16: the upper half of a binary32.
inline float widen_bfloat(std::uint16_t bits) {
    return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

/// The nearest bfloat16; NaN stays NaN.
inline std::uint16_t narrow_bfloat(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7fffffffU) > 0x7f800000U) return static_cast<std::uint16_t>(bits >> 16 | 0x40U);
    return static_cast<std::uint16_t>((bits + 0x7fffU + (bits >> 16 & 1U)) >> 16);
}

}  // namespace trama::core
