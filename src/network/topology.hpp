#pragma once

#include <cstdint>
#include <vector>

#include "trama/core/constant.hpp"
#include "trama/core/error.hpp"
#include "trama/lang/source.hpp"

namespace trama::network {

/// By stream: the streams whose values it gets, in order, without its own.
using Graph = std::vector<std::vector<std::int64_t>>;

/// The in-neighbours in an `exchange` among n streams. A topology that changes with the round gives the union
/// over all rounds. Errors: kind `scheme` (sizes that do not fit), `data` (an edge file that cannot be read).
core::Result<Graph> in_neighbours(const core::Call& exchange, std::int64_t n, const lang::Span& span);

}  // namespace trama::network
