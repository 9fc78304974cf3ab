#pragma once

#include <optional>

#include "trama/core/error.hpp"
#include "trama/learn/library.hpp"
#include "trama/network/network.hpp"

namespace trama::engine {

/// What in the network no engine of this build runs: a block, or a block with one of its arguments. Kind
/// `scheme`.
std::optional<core::Error> unsupported(const network::Network& network, const learn::Library& library);

}  // namespace trama::engine
