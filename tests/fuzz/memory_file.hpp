#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

namespace trama::fuzz {

/// A file in memory with a name, for readers that take a path.
class MemoryFile {
  public:
    MemoryFile() : descriptor_(::memfd_create("fuzz", 0)) {}
    ~MemoryFile() { ::close(descriptor_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

    /// Replaces the content.
    void write(std::span<const std::uint8_t> bytes) {
        if (::ftruncate(descriptor_, 0) != 0 ||
            ::pwrite(descriptor_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
            std::abort();
        }
    }

  private:
    int descriptor_;
};

}  // namespace trama::fuzz
