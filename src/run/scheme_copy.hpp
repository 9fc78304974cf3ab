#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "trama/core/error.hpp"
#include "trama/lang/scheme.hpp"
#include "trama/network/network.hpp"

namespace trama::run {

struct CopiedFile {
    std::filesystem::path name;  ///< inside the run folder
    std::string text;
};

/// The absolute paths of all files and folders that a network reads; `folder` is that of the scheme's file.
std::set<std::filesystem::path> paths_in(const network::Network& network, const lang::Registry& registry,
                                         const std::filesystem::path& folder);

/// The files of a scheme so that they run again from another folder, with comments and layout as they are:
/// what `--set` replaced is replaced, paths are absolute, imports point to copies in `imports/`. The first is
/// `scheme.trama`.
std::vector<CopiedFile> copy_scheme(const lang::Scheme& scheme, const lang::Registry& registry,
                                    const std::vector<std::pair<std::string, std::string>>& set,
                                    const std::set<std::filesystem::path>& paths);

}  // namespace trama::run
