#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "trama/lang/scheme.hpp"
#include "trama/learn/dataset.hpp"

/// CIFAR's binary format (https://www.cs.toronto.edu/~kriz/cifar.html): records of one label (or a coarse and
/// a fine one) and 3 × 32 × 32 bytes, the red plane first, each in row-major order.
namespace trama::learn {

struct CifarFormat {
    std::string name;
    std::string folder;  ///< inside the archive: "cifar-10-batches-bin"
    std::vector<std::string> train_files;
    std::string test_file;
    std::string names_file;        ///< class names, one per line; used when it is there
    std::int64_t records = 10000;  ///< in each file for training
    std::int64_t test_records = 10000;
    std::int64_t classes = 10;
    std::size_t label_bytes = 1;  ///< the last one counts
};

/// Files are looked for in `folder` and in the archive's folder inside it, plain or with .gz. Errors: kind
/// `data`: missing files, other sizes than the format has, labels that are no class.
core::Result<Dataset> read_cifar(const CifarFormat& format, const std::filesystem::path& folder);

/// Looks whether the files are there and, unless they are compressed, have the right size.
core::Result<lang::ShapeFacts> probe_cifar(const CifarFormat& format, const std::filesystem::path& folder);

}  // namespace trama::learn
