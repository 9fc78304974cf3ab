#pragma once

#include <string>

#include "trama/core/model.hpp"
#include "trama/run/run.hpp"

namespace trama::cli {

/// "accuracy 0.9611, loss 0.1432"; the metrics that people look for first.
std::string metrics_line(const core::Metrics& metrics);

/// How a run ended and where its files are.
std::string describe(const run::Report& report);

/// Commands to try next; empty when the run kept nothing to try them on. `program` is what this one was
/// started as, `file` what was run.
std::string describe_next(const run::Report& report, const std::string& program, const std::string& file,
                          const lang::Scheme& scheme);

}  // namespace trama::cli
