#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "trama/core/model.hpp"

namespace trama::core {

/// Incremental SHA-256 (OpenSSL).
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    Sha256& add(std::span<const std::byte> bytes);
    Sha256& add(std::string_view text);
    std::string hex();                   ///< 64 lower-case digits; ends the hash
    std::array<std::byte, 32> digest();  ///< the same as bytes; ends the hash

  private:
    struct State;
    std::unique_ptr<State> state_;
};

std::string sha256(std::string_view text);

/// SHA-256 over name, type, shape and little-endian bytes of every tensor: params, then buffers, then extras
/// as
/// `<set>.<name>`, each set in name order. A name or type is its length and its bytes, a shape the number of
/// its extents and the extents; such numbers are 8 bytes, little-endian. A NaN counts as the positive quiet
/// one without a payload, whatever its bits.
std::string model_hash(const Model& model);

}  // namespace trama::core
