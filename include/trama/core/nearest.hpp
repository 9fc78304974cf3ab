#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trama::core {

/// The name among `names` that was probably meant by `text`, which is none of them: the nearest by edit
/// distance, capitals and small letters alike; empty when none is near.
std::string nearest(std::string_view text, const std::vector<std::string>& names);

}  // namespace trama::core
