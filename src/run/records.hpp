#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "trama/core/error.hpp"
#include "trama/run/run.hpp"

namespace trama::run {

/// What config.json says: all that the numbers of a run may depend on.
struct Config {
    const lang::Scheme* scheme = nullptr;
    const Options* options = nullptr;
    unsigned threads = 1;  ///< as it was decided
    std::string data;      ///< the data set, as an expression with absolute paths
    std::string fingerprint;
    std::chrono::system_clock::time_point started;
};
core::Result<void> write_config(const std::filesystem::path& folder, const Config& config);

/// summary.json: what `to_json(Report)` says and, when the run failed, its error.
core::Result<void> write_summary(const Report& report, const std::optional<core::Error>& error);

}  // namespace trama::run
