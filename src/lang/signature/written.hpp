#pragma once

#include <string>

#include "trama/lang/signature.hpp"

namespace trama::lang {

/// True when the value is what the parameter is without being given.
bool is_default(const Parameter& parameter, const core::Constant& value);

/// A constant as one would write it: without arguments that are left to their defaults. `names`: values that
/// have a name by their name.
std::string written(const core::Constant& value, const Registry& registry, bool names);

}  // namespace trama::lang
