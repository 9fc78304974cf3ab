#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/file_descriptor.hpp"
#include "trama/core/error.hpp"
#include "trama/run/run.hpp"

namespace trama::run {

/// Name and version that every config.json begins with; what tells a run folder from others.
inline constexpr std::string_view folder_format = "trama-run";
inline constexpr int folder_version = 1;

/// Makes the folder of a run, and nobody else's: two runs that start at once get different ones. Errors:
/// `usage` (it exists), `data` (it cannot be made).
core::Result<std::filesystem::path> claim_folder(const Keep& keep, const std::string& scheme);

/// Keeps other processes from writing to the same run as long as the descriptor is open. Errors: `usage` (one
/// does).
core::Result<core::FileDescriptor> lock_folder(const std::filesystem::path& folder);

/// True when a run has been written there.
bool is_run_folder(const std::filesystem::path& folder);

}  // namespace trama::run
