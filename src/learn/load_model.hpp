#pragma once

#include <filesystem>

#include "trama/learn/library.hpp"

namespace trama::learn {

/// A model of this net from a `.safetensors` file, or from TorchScript through the backend. Every tensor of
/// the net must be there with its shape, and no other but sets that an algorithm has added: as many tensors
/// again, named `<set>.<parameter>`. Errors: kind `data`, naming all that does not fit.
core::Result<core::Model> load_model(const Net& net, const std::filesystem::path& file, Resources& resources);

}  // namespace trama::learn
