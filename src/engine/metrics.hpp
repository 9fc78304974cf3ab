#pragma once

#include <vector>

#include "trama/core/value.hpp"

namespace trama::engine {

/// The metrics of the model in it; null when there is none.
const core::Metrics* metrics_of(const core::Value& value);

/// The value with these metrics instead of its own; what is no model stays as it is. Buffers are shared.
core::Value with_metrics(const core::Value& value, core::Metrics metrics);

/// The model in it with this weight.
core::Value with_weight(const core::Value& value, double weight);

/// An Update as the Model that came of it, without its base; others stay as they are.
core::Value without_base(const core::Value& value);

/// Sample-weighted over all values that have any.
core::Metrics merged_metrics(const std::vector<core::Value>& values);

}  // namespace trama::engine
