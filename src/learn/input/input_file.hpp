#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "trama/core/error.hpp"

namespace trama::learn {

/// A file read from front to end, plain or gzip (told by its first bytes, not by its name). Every error names
/// the file and has kind `data`: missing, unreadable, a folder, cut short, damaged.
class InputFile {
  public:
    static core::Result<InputFile> open(const std::filesystem::path& path);
    InputFile(InputFile&&) noexcept;
    InputFile& operator=(InputFile&&) noexcept;
    ~InputFile();

    /// Fills `out` with what comes next; fewer bytes only at the end of the content. Checks gzip's sums as it
    /// gets there.
    core::Result<std::size_t> read(std::span<std::byte> out);
    /// All that is left; more than `limit` bytes are an error.
    core::Result<std::string> read_all(std::size_t limit);
    /// SHA-256 of the bytes as they are stored, up to where reading has got (whole after the end).
    std::string stored_hash();

    const std::filesystem::path& path() const;
    std::uint64_t stored_size() const;  ///< bytes on disk
    bool compressed() const;

  private:
    struct State;
    explicit InputFile(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace trama::learn
