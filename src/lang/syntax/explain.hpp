#pragma once

#include <vector>

#include "trama/lang/diagnostic.hpp"

namespace trama::lang {

std::vector<Explanation> token_explanations();    ///< T0001 to T0019
std::vector<Explanation> grammar_explanations();  ///< T0020 to T0099

}  // namespace trama::lang
