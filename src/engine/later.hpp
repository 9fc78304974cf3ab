#pragma once

#include <chrono>

#include "trama/measure/observer.hpp"

namespace trama::engine {

/// The moment so many seconds after that one; the clock's last where it has none so late. (A number beyond an
/// integer's range becomes a different one on each instruction set: on x86 a moment long ago.)
inline measure::Clock::time_point later(measure::Clock::time_point begin, double seconds) {
    using Clock = measure::Clock;
    constexpr auto last = Clock::time_point::max();
    const std::chrono::duration<double> wanted(seconds);
    if (!(wanted < last - begin)) return last;
    return begin + std::chrono::duration_cast<Clock::duration>(wanted);
}

}  // namespace trama::engine
