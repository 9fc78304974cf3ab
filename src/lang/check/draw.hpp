#pragma once

#include <map>
#include <string>

#include "lang/check/tree.hpp"

namespace trama::lang {

/// A body as a line, for messages: `broadcast -> client x4 -> gather (gives 4 of each) -> test`. Blocks that
/// have a remark show it behind their names; of long runs of functions only the ends are shown.
std::string draw(Tree& body, const std::map<const Tree*, std::string>& remarks);

}  // namespace trama::lang
