#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "torch/tensors.hpp"
#include "trama/core/error.hpp"
#include "trama/core/model.hpp"
#include "trama/learn/dataset.hpp"
#include "trama/learn/net.hpp"

namespace trama::torch {

/// A layer with all that is known before a batch comes.
struct Step {
    learn::Layer layer;
    std::vector<std::int64_t> input, output;  ///< shapes of one sample
    std::size_t weight = 0, bias = 0;         ///< which entries of the layout (linear and conv2d)
    bool in_place = false;                    ///< an activation that may overwrite what it reads
};

/// A net checked against its layout: shapes of all values, positions of all parameters.
struct Plan {
    std::vector<std::int64_t> input;
    std::vector<Step> steps;
    std::size_t first_trained = 0;  ///< steps before it need no gradients
    std::string key;                ///< equal for nets that can share workspaces
};

/// Errors: kind `scheme` when layers do not follow from one another or the layout lacks a parameter.
core::Result<Plan> plan(const learn::Net& net);

/// Whether a model and a data set fit the net. Errors: kind `scheme`, with the actual shapes.
core::Result<void> check_fit(const learn::Net& net, const core::Model& model, const learn::Dataset& data);

}  // namespace trama::torch
