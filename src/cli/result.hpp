#pragma once

#include <string>

#include "trama/core/model.hpp"
#include "trama/run/run.hpp"

namespace trama::cli {

/// "accuracy 0.9611, loss 0.1432"; the metrics that people look for first.
std::string metrics_line(const core::Metrics& metrics);

/// How a run ended, where its files are and what to do next (`brief`: without the last).
std::string describe(const run::Report& report, const std::string& file, bool brief);

}  // namespace trama::cli
