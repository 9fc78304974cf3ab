#pragma once

#include <cstdint>
#include <string>

namespace trama::test {

struct RandomScheme {
    int depth = 3;       ///< blocks with others inside, at most so many deep
    bool wrong = false;  ///< some choices are bad ones: most of these schemes must be refused
    bool timing = true;  ///< blocks whose results depend on timing, too: arrival, quorums
};

/// A scheme over the communication blocks and the functions of `Fakes` (fake_library.hpp), always the same
/// for the same number. It ends: every loop counts few rounds or updates. Without `wrong` it is meant to be
/// right.
std::string random_scheme(std::uint64_t seed, const RandomScheme& options = {});

}  // namespace trama::test
