#include "trama/core/random.hpp"

#include <limits>
#include <numeric>
#include <stdexcept>

#include <fmt/format.h>

#include "core/little_endian.hpp"
#include "trama/core/elementary.hpp"
#include "trama/core/hash.hpp"

namespace trama::core {
namespace {

__extension__ using Wide = unsigned __int128;

/// Both keys of a stream: SHA-256 of the name's fields, each with its length in front, so that no two names
/// are the same bytes.
std::array<std::uint64_t, 2> derive_keys(const StreamName& name) {
    Sha256 hash;
    const auto add_number = [&](std::uint64_t number) { hash.add(to_little_endian(number)); };
    const auto add_text = [&](std::string_view text) {
        add_number(text.size());
        hash.add(text);
    };
    const auto add_path = [&](std::span<const std::int64_t> path) {
        add_number(path.size());
        for (const auto number : path) {
            add_number(static_cast<std::uint64_t>(number));
        }
    };
    hash.add("trama random stream 1\n");  // the version of this derivation
    add_number(name.seed);
    add_text(name.name);
    add_number(static_cast<std::uint64_t>(name.occurrence));
    add_path(name.copy);
    add_path(name.round);
    add_text(name.purpose);
    const auto digest = hash.digest();
    const auto bytes = std::span(digest);
    return {from_little_endian(bytes.subspan(0, 8)), from_little_endian(bytes.subspan(8, 8))};
}

constexpr std::uint32_t low_half(std::uint64_t word) {
    return static_cast<std::uint32_t>(word);
}

constexpr std::uint32_t high_half(std::uint64_t word) {
    return static_cast<std::uint32_t>(word >> 32);
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const auto first = std::uint64_t{0xD2511F53} * counter[0];
        const auto second = std::uint64_t{0xCD9E8D57} * counter[2];
        counter = {high_half(second) ^ counter[1] ^ key[0], low_half(second),
                   high_half(first) ^ counter[3] ^ key[1], low_half(first)};
        key[0] += 0x9E3779B9;
        key[1] += 0xBB67AE85;
    }
    return counter;
}

Stream::Stream(const StreamName& name) {
    const auto keys = derive_keys(name);
    *this = Stream(keys[0], keys[1]);
}

// Philox has a 64-bit key and a 128-bit counter. The second half of our key is the counter's upper half:
// streams of one key are 2^64 blocks apart.
Stream::Stream(std::uint64_t key_low, std::uint64_t key_high)
    : key_{low_half(key_low), high_half(key_low)}, counter_{0, 0, low_half(key_high), high_half(key_high)} {}

std::uint32_t Stream::bits32() {
    if (used_ == block_.size()) {
        block_ = philox(counter_, key_);
        if (++counter_[0] == 0) {
            ++counter_[1];
        }
        used_ = 0;
    }
    return block_[used_++];
}

std::uint64_t Stream::bits64() {
    const std::uint64_t low = bits32();
    return std::uint64_t{bits32()} << 32 | low;
}

double Stream::uniform() {
    return static_cast<double>(bits64() >> 11) * 0x1p-53;
}

double Stream::uniform(double low, double high) {
    if (!(low < high) || !(high - low < std::numeric_limits<double>::infinity())) {
        throw std::invalid_argument(fmt::format("a uniform number from {} up to {}", low, high));
    }
    double value = high;
    while (!(value < high)) {  // rounding can reach `high`
        value = low + (high - low) * uniform();
    }
    return value;
}

std::uint64_t Stream::below(std::uint64_t bound) {
    if (bound == 0) {
        throw std::invalid_argument("a random number below 0");
    }
    // D. Lemire, "Fast random integer generation in an interval", TOMACS 29, 2019.
    auto product = Wide{bits64()} * bound;
    if (static_cast<std::uint64_t>(product) < bound) {
        const auto threshold = (0 - bound) % bound;
        while (static_cast<std::uint64_t>(product) < threshold) {
            product = Wide{bits64()} * bound;
        }
    }
    return static_cast<std::uint64_t>(product >> 64);
}

double Stream::normal() {
    if (has_spare_) {
        has_spare_ = false;
        return spare_;
    }
    constexpr double turn = 0x1.921fb54442d18p+2;  // 2 pi
    const double radius = sqrt(-2 * log(1 - uniform()));
    const double angle = turn * uniform();
    spare_ = radius * sin(angle);
    has_spare_ = true;
    return radius * cos(angle);
}

double Stream::gamma(double shape) {
    if (!(shape > 0) || shape - shape != 0) {
        throw std::invalid_argument(fmt::format("a gamma number of shape {}", shape));
    }
    if (shape < 1) {  // Γ(a) is Γ(a + 1) × U^(1/a)
        const double larger = gamma(shape + 1);
        return larger * pow(1 - uniform(), 1 / shape);
    }
    const double d = shape - 1.0 / 3;
    const double c = 1 / sqrt(9 * d);
    for (;;) {
        const double x = normal();
        const double t = 1 + c * x;
        if (t <= 0) {
            continue;
        }
        const double v = t * t * t;
        if (log(1 - uniform()) < 0.5 * x * x + d * (1 - v + log(v))) {
            return d * v;
        }
    }
}

void Stream::permutation(std::span<std::uint32_t> order) {
    std::iota(order.begin(), order.end(), 0U);
    for (auto left = order.size(); left > 1; --left) {
        std::swap(order[left - 1], order[below(left)]);
    }
}

}  // namespace trama::core
