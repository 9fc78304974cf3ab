#pragma once

#include <filesystem>
#include <vector>

#include "trama/core/error.hpp"
#include "trama/core/value.hpp"
#include "trama/learn/library.hpp"

namespace trama::run {

/// The models among the results of a run, in stream order; a list counts as its elements.
std::vector<core::Model> models_in(const std::vector<core::Token>& results);

/// The Events among them, likewise.
std::vector<core::Event> events_in(const std::vector<core::Token>& results);

/// `model.safetensors`, or `model-<i>.safetensors` when there are several.
std::string model_name(std::size_t index, std::size_t count, const char* ending);

/// Writes safetensors, and TorchScript where a tensor library is loaded (`backend` not null) and the
/// architecture is known. `data` gives the normalisation and labels inside; may be null.
core::Result<void> save_models(const std::filesystem::path& folder, const std::vector<core::Model>& models,
                               learn::Resources& resources, learn::Backend* backend,
                               const learn::Dataset* data);

}  // namespace trama::run
