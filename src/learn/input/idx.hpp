#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "trama/lang/scheme.hpp"
#include "trama/learn/dataset.hpp"

/// The idx format of MNIST (http://yann.lecun.com/exdb/mnist): two zero bytes, a type, the number of
/// dimensions, each dimension as a big-endian 32-bit number, then the values. Unsigned bytes only; plain or
/// gzip.
namespace trama::learn {

struct IdxFiles {
    std::filesystem::path images, labels, test_images, test_labels;
};

/// What the headers say; the contents are not read. Errors: kind `data`.
core::Result<lang::ShapeFacts> probe_idx(const IdxFiles& files, std::optional<std::int64_t> classes);

/// Reads all four files, two at a time. `classes`: labels must be below it; without it, the highest label
/// decides. Images have the shape {1, rows, columns}; other numbers of dimensions stay as they are. Errors:
/// kind `data`.
core::Result<Dataset> read_idx(std::string name, const IdxFiles& files, std::optional<std::int64_t> classes);

/// The four files of MNIST and its like in a folder, `<train>-images-idx3-ubyte` and so on, plain or gzip,
/// with "-" or "." before "idx". Errors: kind `data`, naming those that are missing.
core::Result<IdxFiles> find_idx_files(const std::filesystem::path& folder, const std::string& train,
                                      const std::string& test);

}  // namespace trama::learn
