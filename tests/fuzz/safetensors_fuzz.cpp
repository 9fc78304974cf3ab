// Any bytes as a safetensors file: they are read or refused.

#include <cstdint>

#include "memory_file.hpp"
#include "require.hpp"
#include "trama/core/safetensors.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static trama::fuzz::MemoryFile file;
    file.write({data, size});
    const auto read = trama::core::read_safetensors(file.path());
    trama::fuzz::require(!read || read->tensors.bytes().size() <= 2 * size, "more tensors than the file has",
                         file.path());
    return 0;
}
