#pragma once

#include <optional>

#include <c10/core/ScalarType.h>

#include "trama/core/parameter_set.hpp"

namespace trama::torch {

inline c10::ScalarType torch_type(core::DType type) {
    switch (type) {
        case core::DType::f64:
            return c10::kDouble;
        case core::DType::i64:
            return c10::kLong;
        case core::DType::u8:
            return c10::kByte;
        case core::DType::f32:
            break;
    }
    return c10::kFloat;
}

/// None for types that parameter sets do not have.
inline std::optional<core::DType> core_type(c10::ScalarType type) {
    switch (type) {
        case c10::kFloat:
            return core::DType::f32;
        case c10::kDouble:
            return core::DType::f64;
        case c10::kLong:
            return core::DType::i64;
        case c10::kByte:
            return core::DType::u8;
        default:
            return std::nullopt;
    }
}

}  // namespace trama::torch
