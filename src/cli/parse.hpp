#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "trama/core/error.hpp"

namespace trama::cli {

/// The words after the command's name, as its description says. `--help` is not looked at. Errors: kind
/// `usage`.
core::Result<Arguments> parse(const Command& command, const std::vector<std::string>& words);

/// Version of the library that parses, for `trama --version`.
std::string parser_version();

}  // namespace trama::cli
