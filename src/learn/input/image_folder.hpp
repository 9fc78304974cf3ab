#pragma once

#include <array>
#include <cstdint>
#include <filesystem>

#include "trama/lang/scheme.hpp"
#include "trama/learn/dataset.hpp"

namespace trama::learn {

struct ImageFolderOptions {
    std::filesystem::path folder;
    std::array<std::int64_t, 3> size{};  ///< channels (1 or 3), rows, columns
    double test = 0.2;                   ///< share of each class that is held out
};

/// Reads *.png, *.jpg and *.jpeg of every folder in `folder`: a class each, in order of names. Test pictures
/// are a random choice from each class that is the same in every run. Errors: kind `data`.
core::Result<Dataset> read_image_folder(const ImageFolderOptions& options);

/// Looks at names only.
core::Result<lang::ShapeFacts> probe_image_folder(const ImageFolderOptions& options);

}  // namespace trama::learn
