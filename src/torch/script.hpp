#pragma once

#include <filesystem>

#include "trama/core/error.hpp"
#include "trama/core/model.hpp"
#include "trama/core/parameter_set.hpp"
#include "trama/learn/dataset.hpp"
#include "trama/learn/net.hpp"

namespace trama::torch {

/// See learn::Backend.
core::Result<void> save_script(const core::Model& model, const learn::Net& net, const learn::Dataset* data,
                               const std::filesystem::path& path);
core::Result<core::ParameterSet> load_script(const std::filesystem::path& path);

}  // namespace trama::torch
