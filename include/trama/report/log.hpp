#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/error.hpp"
#include "trama/measure/observer.hpp"

namespace trama::report {

/// What `--log-level` takes, from the most to the least talkative.
const std::vector<std::string>& log_levels();

/// Everything that happens in a run, as lines on standard error with time and thread: rounds at `info`,
/// firings and measurements at `debug`, every token at `trace`. Errors: kind `usage` (no such level).
core::Result<std::unique_ptr<measure::Observer>> make_log(std::string_view level);

}  // namespace trama::report
