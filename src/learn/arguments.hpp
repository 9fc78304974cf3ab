#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/constant.hpp"

namespace trama::learn {

/// The arguments of a checked call. The checker has bound and typed them, so one that is missing or of
/// another type is a bug (of the program that made the call by hand): std::invalid_argument names it.
const core::Constant& argument(const core::Call& call, std::string_view name);
std::int64_t integer(const core::Call& call, std::string_view name);
double real(const core::Call& call, std::string_view name);  ///< a number, or a fraction as its share
std::vector<std::int64_t> integers(const core::Call& call, std::string_view name);
bool truth(const core::Call& call, std::string_view name);
std::string word(const core::Call& call, std::string_view name);  ///< a string or a bare word

/// A path argument; relative ones start in `folder`.
std::filesystem::path path(const core::Call& call, std::string_view name,
                           const std::filesystem::path& folder);

/// True when the argument was given (or has a default).
bool given(const core::Call& call, std::string_view name);

}  // namespace trama::learn
