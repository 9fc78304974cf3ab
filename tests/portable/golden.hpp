#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/little_endian.hpp"
#include "trama/core/hash.hpp"
#include "trama/core/value.hpp"

/// Results that are bitwise the same on every instruction set, compiler and C library: their hashes stand in
/// golden.txt, which is the same file for all.
namespace trama::portable {

/// A hash of results: every number by its bits, every text with its length.
class Digest {
  public:
    Digest& add(std::uint64_t number);
    Digest& add(std::int64_t number) { return add(static_cast<std::uint64_t>(number)); }
    Digest& add(int number) { return add(static_cast<std::uint64_t>(number)); }
    Digest& add(double number);
    Digest& add(std::string_view text);
    Digest& add(const char* text) { return add(std::string_view(text)); }
    Digest& add(std::span<const std::byte> bytes);
    /// An array of numbers, by the bytes that they have on little-endian machines.
    template <class Array>
    Digest& add_array(const Array& array) {
        const auto numbers = std::as_bytes(std::span(array));
        std::vector<std::byte> bytes(numbers.begin(), numbers.end());
        core::swap_to_little_endian(bytes, sizeof(*std::data(array)));
        return add(bytes);
    }
    Digest& add(const core::Metrics& metrics);
    Digest& add(const core::Numbers& numbers);
    Digest& add(const core::ParameterSet& set);
    Digest& add(const core::Model& model);
    Digest& add(const core::Value& value);
    Digest& add(const core::State& state);
    std::string text();  ///< 16 hexadecimal digits; ends the hash

  private:
    core::Sha256 hash_;
};

/// Names and the hashes of what they name.
using Hashes = std::map<std::string, std::string>;

void add_elementary(Hashes& hashes);
void add_random(Hashes& hashes);
void add_bytes(Hashes& hashes);
void add_texts(Hashes& hashes);
void add_rules(Hashes& hashes);
void add_blocks(Hashes& hashes);
void add_data(Hashes& hashes);
void add_schedules(Hashes& hashes);
void add_graphs(Hashes& hashes);

/// Whether the golden files are to be written (UPDATE_GOLDEN=1).
bool updating();

}  // namespace trama::portable
