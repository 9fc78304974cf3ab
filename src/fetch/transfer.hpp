#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "trama/core/error.hpp"

namespace trama::fetch {

struct Download {
    std::string url;
    std::filesystem::path to;  ///< what comes is appended to what is there
    std::uint64_t bytes = 0;   ///< of the whole file; a server that sends more is stopped
    std::chrono::seconds patience{30};
    std::stop_token stop;
    std::function<void(std::uint64_t done)> moved;
};

/// How a try ended that was no failure. `cut_off`: the connection closed too early, it can be gone on with.
enum class Came { whole, cut_off };

/// The network and archives: a module of its own, since libcurl and libarchive with all that they need take
/// longer to load than the rest of the program.
class Transfer {
  public:
    Transfer() = default;
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    virtual ~Transfer() = default;

    /// One try. Errors: `run` (the network or the server; what came stays), `data` (the file cannot be
    /// written, or another process is writing it), `interrupted`.
    virtual core::Result<Came> download(const Download& task) = 0;

    /// The plain files of an archive whose names end in one of `keeps` (all, when it is empty), without
    /// their folders, each written whole and then renamed. Links and devices are left out, so nothing is
    /// written outside `folder`. Gives their names. Errors: `data`, `interrupted`.
    virtual core::Result<std::vector<std::string>> unpack(const std::filesystem::path& archive,
                                                          const std::filesystem::path& folder,
                                                          std::span<const std::string> keeps,
                                                          const std::stop_token& stop) = 0;
};

/// Loads `trama_transfer` once. Errors: kind `data` (there is no such module), with what to do.
core::Result<Transfer*> load_transfer();

/// What the module exports as `extern "C" trama_transfer(int)`; null when the interface version differs.
inline constexpr int transfer_version = 1;
using TransferEntry = Transfer* (*)(int version);

}  // namespace trama::fetch
