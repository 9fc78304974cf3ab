#pragma once

#include <string>
#include <string_view>

#include "trama/network/network.hpp"

namespace trama::network {

/// What a port is called: "entry", "side", a number where there are several, empty where there is one.
std::string port_name(const Actor& actor, std::size_t port, bool out);
/// What an actor does, as text of the language where there is one: `reduce(rule: fedavg, arity: 2)`.
std::string does(const Actor& actor);
/// "rounds: 20, until: accuracy >= 0.97"
std::string conditions(const Loop& loop);

}  // namespace trama::network
