#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "trama/core/error.hpp"

namespace trama::core {

/// What went wrong with a file, as the user reads it: `cannot write x/model.safetensors: no space left on
/// device`, with a hint. `action` is "read" or "write", `code` an errno.
Error file_error(std::string_view action, const std::filesystem::path& path, int code);

/// Writes the pieces one after the other to a temporary name in the folder of `path`, makes them durable and
/// renames them over `path`. On failure nothing is left behind and an older file stays as it was. A symbolic
/// link is followed. Errors: kind `data`.
Result<void> write_pieces_atomically(const std::filesystem::path& path,
                                     std::span<const std::span<const std::byte>> pieces);

}  // namespace trama::core
