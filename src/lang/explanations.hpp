#pragma once

#include <vector>

#include "trama/lang/diagnostic.hpp"

namespace trama::lang {

/// The catalogue's parts, each in order of code; `explanations()` joins them.
std::vector<Explanation> syntax_explanations();  ///< T0001 to T0099
std::vector<Explanation> check_explanations();   ///< T0101 to T0999

}  // namespace trama::lang
