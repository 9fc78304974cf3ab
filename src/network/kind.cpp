#include <array>

#include "trama/network/network.hpp"

namespace trama::network {

std::string_view to_text(Kind kind) {
    constexpr std::array<std::string_view, 20> names{
        "function", "broadcast", "scatter",  "unicast",   "gather", "gatherall", "reduce",
        "fold",     "mix",       "exchange", "sample",    "loop",   "control",   "tap",
        "join",     "queue",     "publish",  "subscribe", "window", "sink"};
    static_assert(names.size() == static_cast<std::size_t>(Kind::sink) + 1);
    return names[static_cast<std::size_t>(kind)];
}

}  // namespace trama::network
