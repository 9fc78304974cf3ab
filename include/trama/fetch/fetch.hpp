#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/error.hpp"

/// Public data sets: from their mirrors to a folder that `mnist(dir: ...)` and its like read.
namespace trama::fetch {

/// A file as its publishers have it.
struct File {
    std::string name = {};
    std::uint64_t bytes = 0;
    std::string sha256 = {};  ///< 64 lower-case digits
    bool archive = false;     ///< a .tar.gz or .zip: what counts are the files in it
};

struct Set {
    std::string name = {};     ///< as schemes write it
    std::string summary = {};  ///< one line
    std::string sums = {};     ///< who publishes the sums
    std::vector<std::string> mirrors =
        {};  ///< what stands before the name of a file, in the order they are tried
    std::vector<File> files = {};
    std::vector<std::string> keeps = {};  ///< how the names of an archive's files end that are wanted
};

/// All sets that Trama knows the sums of, by name.
const std::vector<Set>& catalog();
const Set* find(std::string_view name);  ///< null when there is none

/// What is heard of a fetch while it goes on.
class Listener {
  public:
    Listener() = default;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    virtual ~Listener() = default;
    virtual void note(const std::string& line) = 0;  ///< something worth a line: a mirror that failed
    virtual void begins(const File& file, const std::string& url) = 0;
    virtual void moved(std::uint64_t done) = 0;  ///< bytes of that file that are here, resumed ones too
};

class Transfer;

struct Options {
    std::filesystem::path folder;       ///< made when it is not there
    std::vector<std::string> mirrors;   ///< instead of the set's own
    std::chrono::seconds patience{30};  ///< how long a server may send nothing, or not answer
    std::stop_token stop;
    Listener* listener = nullptr;
    std::function<core::Result<Transfer*>()> transfer;  ///< empty: the module, loaded when it is needed
};

struct Outcome {
    std::size_t files = 0;    ///< of the set, all of them right
    std::size_t fetched = 0;  ///< of the published files, how many came over the network
    bool was_there = false;   ///< nothing had to be done
};

/// Brings a set into a folder. A file that is there with the right sum stays; one that was cut off
/// (`<name>.part`) goes on from where it was, where the server can. A mirror that fails, or whose file has
/// another sum (that is removed), is followed by the next. Nothing stands under its name before its sum is
/// right. Archives are unpacked without their folders, with the sums of the files in `SHA256SUMS`.
/// Errors: `data` (no mirror could give a file; the folder cannot be written), `interrupted` (what came
/// stays).
core::Result<Outcome> fetch(const Set& set, const Options& options);

/// How to bring the set into the folder without this: names, sizes, sums and addresses.
std::string by_hand(const Set& set, const std::filesystem::path& folder);

}  // namespace trama::fetch
