#pragma once

#include "engine/fastflow/plan.hpp"

namespace trama::engine::fastflow {

/// The same with shapes that FastFlow can compose. What it cannot is taken apart: the pieces run side by
/// side, and a note says so.
Plan fit(Plan plan);

}  // namespace trama::engine::fastflow
