#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "trama/core/constant.hpp"

/// What blocks are told in the scheme; `call` may be null.
namespace trama::engine {

std::int64_t integer(const core::Call* call, std::string_view parameter, std::int64_t otherwise);
std::optional<double> seconds(const core::Call* call, std::string_view parameter);
bool is_word(const core::Call* call, std::string_view parameter, std::string_view word);

}  // namespace trama::engine
