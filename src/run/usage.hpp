#pragma once

#include <optional>

#include "trama/engine/engine.hpp"
#include "trama/measure/totals.hpp"
#include "trama/network/network.hpp"
#include "trama/run/run.hpp"

namespace trama::run {

/// Who did what, the busiest first. `seconds`: of the whole run, by the engine's clock.
std::vector<Use> uses(const measure::Totals::Snapshot& totals, double seconds);

/// The `until:` of the outermost feedback that ended last, when these values fulfil it.
std::optional<std::string> reached(const network::Network& network, const std::vector<core::Token>& results);

}  // namespace trama::run
