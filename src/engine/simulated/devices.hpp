#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "trama/engine/devices.hpp"

namespace trama::engine {

/// Of which classes some machines are: one for all, one for each, or a mix.
struct Placement {
    std::vector<std::uint16_t> classes;  ///< numbers of `Devices::Data::classes`
    std::vector<double> upto;            ///< of a mix: ascending, the last is 1; else empty
    bool list = false;                   ///< one for each
};

struct Devices::Data {
    std::string file;  ///< for messages
    std::vector<DeviceClass> classes;
    Placement server, clients, edges;
    std::map<std::string, std::uint16_t> sites;
};

}  // namespace trama::engine
