#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "trama/core/model.hpp"

namespace trama::core {

/// Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011): four words from a
/// counter and a key.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// What names a random stream: never a thread, an arrival or a position in a pipe.
struct StreamName {
    std::uint64_t seed = 0;
    std::string_view name;  ///< the value's name, e.g. "client", or kind and ordinal when anonymous
    std::int64_t occurrence = 0;
    std::span<const std::int64_t> copy;  ///< copy path
    std::span<const std::int64_t> round;
    std::string_view purpose;  ///< "shuffle", "init", ...: several streams of one owner
};

/// A counter-based stream of random numbers; the same name gives the same numbers on every machine and
/// compiler. Wrong arguments throw std::invalid_argument.
class Stream {
  public:
    explicit Stream(const StreamName& name);
    Stream(std::uint64_t key_low, std::uint64_t key_high);

    std::uint32_t bits32();
    std::uint64_t bits64();
    double uniform();                         ///< [0, 1), 53 bits
    double uniform(double low, double high);  ///< [low, high); precondition: low < high
    std::uint64_t below(
        std::uint64_t bound);    ///< [0, bound), unbiased (Lemire 2019); precondition: bound > 0
    double normal();             ///< mean 0, deviation 1 (Box–Muller with our own log, sin, cos)
    double gamma(double shape);  ///< scale 1 (Marsaglia & Tsang 2000); precondition: shape > 0
    /// A permutation of 0..order.size()-1 (Fisher–Yates from the end).
    void permutation(std::span<std::uint32_t> order);

  private:
    std::array<std::uint32_t, 2> key_{};
    std::array<std::uint32_t, 4> counter_{};
    std::array<std::uint32_t, 4> block_{};
    unsigned used_ = 4;
    double spare_ = 0;
    bool has_spare_ = false;
};

}  // namespace trama::core
