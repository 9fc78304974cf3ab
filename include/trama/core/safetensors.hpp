#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "trama/core/error.hpp"
#include "trama/core/parameter_set.hpp"

namespace trama::core {

struct Tensors {
    ParameterSet tensors;
    std::map<std::string, std::string> metadata;
};

/// Writes 8 bytes of little-endian header length, a JSON header, the raw tensors (NaNs all as one, so that
/// equal models are equal files on every machine); atomic like `write_file_atomically`. Errors: kind `data`
/// (not writable, disk full).
Result<void> write_safetensors(const std::filesystem::path& path, const ParameterSet& tensors,
                               const std::map<std::string, std::string>& metadata = {});

/// Reads it back, tensors in the order of the header; every size and offset is checked against the file.
/// F16/BF16 are widened to f32. Errors: kind `data`.
Result<Tensors> read_safetensors(const std::filesystem::path& path);

/// Writes a whole file to a temporary name in the same folder, makes it durable and renames it over `path`.
/// On failure nothing is left behind and an older file stays as it was. A symbolic link is followed. Errors:
/// kind `data` (no such folder, no permission, disk full, not a regular file).
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content);

}  // namespace trama::core
