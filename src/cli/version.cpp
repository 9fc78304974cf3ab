#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/version.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/parse.hpp"
#include "cli/scheme.hpp"
#include "trama/engine/engine.hpp"
#include "trama/learn/backend.hpp"
#include "trama/report/text.hpp"
#include "trama/version.hpp"

namespace trama::cli {
namespace {

std::string dotted(int number, int major, int minor) {
    return fmt::format("{}.{}.{}", number / major, number % major / minor, number % minor);
}

int run_version(const Arguments& arguments) {
    std::vector<std::vector<std::string>> rows{
        {"trama", version},
#ifdef __clang__
        {"compiler", "clang " __clang_version__},
#else
        {"compiler", "g++ " __VERSION__},
#endif
        {"libraries", fmt::format("fmt {}, spdlog {}.{}.{}, nlohmann-json {}.{}.{}, CLI11 {}",
                                  dotted(FMT_VERSION, 10000, 100), SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR,
                                  SPDLOG_VER_PATCH, NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                                  NLOHMANN_JSON_VERSION_PATCH, parser_version())},
        {"engines", fmt::format("{}", fmt::join(engine::engine_names(), ", "))},
    };
    const auto backend = learn::load_backend();
    rows.push_back({"tensors", backend ? (*backend)->fingerprint() : "none: " + backend.error().message});
    print(report::table(rows, 1000));
    (void)arguments;
    return 0;
}

}  // namespace

Command version_command() {
    return {
        .name = "version",
        .summary = "version, compiler and libraries, and what they compute with",
        .details =
            "The line `tensors` is the fingerprint: two machines whose fingerprints are equal compute the "
            "same bits. The same as `trama --version`.",
        .operands = {},
        .options = {},
        .examples = {{"for a bug report", "trama --version"}},
        .run = run_version,
        .hidden = true,
    };
}

}  // namespace trama::cli
