// Any bytes as an encoded delta: refused, or the one delta whose encoding they are.

#include <cstdint>
#include <cstring>
#include <vector>

#include "require.hpp"
#include "trama/core/delta.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<std::byte> bytes(size);
    if (size > 0) std::memcpy(bytes.data(), data, size);
    const auto read = trama::core::decode(bytes);
    if (!read) return 0;
    trama::fuzz::require(read->floats().size() == read->count(), "another number of values", "");
    trama::fuzz::require(trama::core::encode(*read).bytes == bytes, "two encodings of one delta", "");
    if (read->elements <= 1U << 16) {
        trama::fuzz::require(read->dense().size() == read->elements, "another number of elements", "");
    }
    return 0;
}
