#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace trama::lang {

/// The type of one stream, or of a bundle of streams, after checking: no variables are left.
struct Type {
    enum class Kind { nothing, payload, list, bundle };
    Kind kind = Kind::nothing;
    std::string payload;                ///< "Model", "Update", "Frame", "Detections", "Event", "Metrics"
    std::shared_ptr<const Type> inner;  ///< of a list or a bundle
    std::int64_t width = 1;             ///< of a bundle
};

bool operator==(const Type& a, const Type& b);
std::string to_text(const Type& type);  ///< `Model`, `[Update]`, `Update^4`, `()`

}  // namespace trama::lang
