#pragma once

#include <filesystem>

#include "trama/lang/scheme.hpp"
#include "trama/learn/dataset.hpp"

/// The json of LEAF (Caldas et al., LEAF: A Benchmark for Federated Settings, 2018): the folders `train` and
/// `test` hold files `{"users": [...], "user_data": {"<user>": {"x": [...], "y": [...]}}}`. Samples are lists
/// of numbers with integer labels (FEMNIST), or texts of one length with the character that follows each
/// (Shakespeare).
namespace trama::learn {

/// Reads both folders; users are the natural parts, in the order in which they come. 784 numbers are a
/// picture of {1, 28, 28}; texts become character numbers (see characters.hpp). Errors: kind `data`, with
/// file and user.
core::Result<Dataset> read_leaf(const std::filesystem::path& folder);

/// Looks at the first sample of the first file.
core::Result<lang::ShapeFacts> probe_leaf(const std::filesystem::path& folder);

}  // namespace trama::learn
