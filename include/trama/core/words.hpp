#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What messages are made of.
namespace trama::core {

/// The name among `names` that was probably meant by `text`, which is none of them: the nearest by edit
/// distance, capitals and small letters alike; empty when none is near.
std::string nearest(std::string_view text, const std::vector<std::string>& names);

/// "1 stream", "4 streams".
std::string counted(std::int64_t number, std::string_view noun);

}  // namespace trama::core
