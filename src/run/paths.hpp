#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "trama/core/constant.hpp"
#include "trama/lang/scheme.hpp"

namespace trama::run {

/// Where a scheme's relative paths start: the folder of its file; the working directory for text without one.
std::filesystem::path folder_of(const lang::Source& source);

/// A path as the scheme means it, absolute and without dots.
std::filesystem::path resolve(const std::filesystem::path& folder, std::string_view path);

/// True for parameters that take a file or a folder.
bool takes_path(const lang::Parameter& parameter);

/// Calls `visit` with every string that stands for a path, in a call and in the calls inside it.
void for_each_path(const core::Call& call, const lang::Registry& registry,
                   const std::function<void(const std::string&)>& visit);

/// The same call with absolute paths.
core::Call with_absolute_paths(const core::Call& call, const lang::Registry& registry,
                               const std::filesystem::path& folder);

}  // namespace trama::run
