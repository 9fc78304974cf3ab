#pragma once

#include <string>

#include "trama/core/error.hpp"

namespace trama::cli {

/// Draws a picture with Graphviz. Errors: `data` when its program `dot` is not there or fails.
core::Result<std::string> draw_svg(const std::string& dot);

}  // namespace trama::cli
