// Any bytes as a safetensors file: they are read or refused.

#include <cstdint>
#include <cstdlib>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "trama/core/safetensors.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // A file in memory with a name of its own.
    static const int file = ::memfd_create("fuzz", 0);
    static const std::string path = "/proc/self/fd/" + std::to_string(file);
    if (::ftruncate(file, 0) != 0 || ::pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) {
        std::abort();
    }
    const auto read = trama::core::read_safetensors(path);
    if (read && read->tensors.bytes().size() > 2 * size) {
        std::abort();
    }
    return 0;
}
