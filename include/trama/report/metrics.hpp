#pragma once

#include <string_view>
#include <vector>

#include "trama/core/model.hpp"

namespace trama::report {

/// Names in the order in which people look for them: accuracy, loss, train_loss, then the rest by name. They
/// point into `metrics`.
std::vector<std::string_view> metric_order(const core::Metrics& metrics);

}  // namespace trama::report
