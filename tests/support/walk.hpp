#pragma once

#include <string>

#include "trama/learn/library.hpp"

namespace trama::test {

/// Adds a client that remembers, without training: it goes on by a drift that changes at random. The copy of
/// rank r weighs r + 1. A slow one sleeps for 2 ms each time.
void add_walk(learn::Library& library, const std::string& name, bool slow = false);

}  // namespace trama::test
