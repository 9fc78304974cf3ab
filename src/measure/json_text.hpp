#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace trama::measure {

/// A JSON string, in quotation marks; bytes that are no UTF-8 are replaced.
inline std::string json_text(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace trama::measure
