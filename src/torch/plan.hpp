#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "torch/tensors.hpp"
#include "trama/core/error.hpp"
#include "trama/core/model.hpp"
#include "trama/learn/dataset.hpp"
#include "trama/learn/net.hpp"

namespace trama::torch {

class UserNet;

/// A layer with all that is known before a batch comes.
struct Step {
    learn::Layer layer;
    learn::Shape input, output;                ///< shapes of one sample
    std::vector<std::size_t> params, buffers;  ///< which entries of the layouts
    bool in_place = false;                     ///< an activation that may overwrite what it reads
    std::size_t weight() const { return params[0]; }
    std::size_t bias() const { return params[1]; }
};

/// A net checked against its layout: shapes of all values, positions of all parameters.
struct Plan {
    learn::Shape input, output;
    std::vector<Step> steps;
    std::size_t first_trained = 0;  ///< steps before it need no gradients
    bool recorded = false;          ///< gradients come from autograd: some step has no backward of ours
    std::shared_ptr<const UserNet> script;  ///< instead of steps
    std::string key;                        ///< equal for nets that can share workspaces
};

/// A script takes the shape of the data. Errors: kind `scheme` when layers do not follow from one another or
/// the layout lacks a parameter.
core::Result<Plan> plan(const learn::Net& net, const learn::Dataset& data);

/// Whether a model and the samples of a part (empty: of the split) fit the net. Errors: kind `scheme`, with
/// the actual shapes.
core::Result<void> check_fit(const learn::Net& net, const core::Model& model, const learn::Dataset& data,
                             learn::Split split, std::span<const std::uint32_t> part);

}  // namespace trama::torch
