#pragma once

#include <cstddef>
#include <string>

#include "cli/command.hpp"

namespace trama::cli {

/// "trama run [options] FILE"
std::string usage(const Command& command);
/// "--set NAME=VALUE"
std::string option_head(const Option& option);

/// `trama --help`, `trama run --help`: broken at `width` columns.
std::string help(std::size_t width);
std::string help(const Command& command, std::size_t width);

/// The sentence that says what this program is.
std::string tagline();

}  // namespace trama::cli
