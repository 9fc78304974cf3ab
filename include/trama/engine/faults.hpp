#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/error.hpp"

namespace trama::engine {

/// Something that goes wrong on purpose, so that one sees what a scheme does then.
struct Fault {
    enum class Kind {
        crash,      ///< the actor is gone from that round on
        delay,      ///< it takes `seconds` longer
        drop,       ///< what it gives is lost
        nan,        ///< what it gives is full of NaN
        duplicate,  ///< it gives what it gives twice
        reorder     ///< it gives it behind the next one
    };
    Kind kind = Kind::crash;
    std::string actor;               ///< the name of functions: "client"
    std::vector<std::int64_t> copy;  ///< of which copy, or of those inside it; empty: of all
    std::int64_t round = 0;          ///< in which outermost round, a crash: from it on; 0: in all
    double seconds = 0;              ///< of a delay
    /// Whether it happens to this one in this round.
    bool hits(std::string_view name, const std::vector<std::int64_t>& of,
              const std::vector<std::int64_t>& at) const;
    friend bool operator==(const Fault&, const Fault&) = default;
};

/// `crash:client[2]@round=3`, `delay:client[0,1]@round=2,seconds=5`, `drop:client`. Errors: kind `usage`,
/// saying what is wrong and what would be right.
core::Result<Fault> parse_fault(std::string_view text);
std::string to_text(const Fault& fault);

}  // namespace trama::engine
