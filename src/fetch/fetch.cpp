#include "trama/fetch/fetch.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "core/atomic_file.hpp"
#include "core/file_descriptor.hpp"
#include "fetch/transfer.hpp"
#include "trama/core/hash.hpp"
#include "trama/core/safetensors.hpp"
#include "trama/core/words.hpp"

namespace trama::fetch {
namespace {

namespace fs = std::filesystem;

constexpr const char* sums_file = "SHA256SUMS";
constexpr int most_resumes = 8;  // of one file at one mirror, as long as each brings some of it

std::uint64_t size_of(const fs::path& path) {
    std::error_code none;
    const auto size = fs::file_size(path, none);
    return none ? 0 : size;
}

/// The SHA-256 of a file; empty when it cannot be read.
std::string sum_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    core::Sha256 hash;
    std::vector<char> block(std::size_t{1} << 20);
    while (in) {
        in.read(block.data(), static_cast<std::streamsize>(block.size()));
        hash.add(std::string_view(block.data(), static_cast<std::size_t>(in.gcount())));
    }
    return in.eof() ? hash.hex() : std::string();
}

bool is_right(const fs::path& path, const File& file) {
    return size_of(path) == file.bytes && sum_of(path) == file.sha256;
}

std::string heading_of(const File& archive) {
    return fmt::format("# unpacked from {} with SHA-256 {}", archive.name, archive.sha256);
}

/// How many files an archive has left in the folder; nothing when they are not all there and right.
std::optional<std::size_t> unpacked(const fs::path& folder, const File& archive) {
    std::ifstream in(folder / sums_file);
    std::string line;
    if (!std::getline(in, line) || line != heading_of(archive)) return std::nullopt;
    std::size_t files = 0;
    while (std::getline(in, line)) {
        constexpr std::size_t name_at = 66;  // a sum and two spaces
        if (line.size() <= name_at) return std::nullopt;
        if (sum_of(folder / line.substr(name_at)) != line.substr(0, 64)) return std::nullopt;
        ++files;
    }
    return files > 0 ? std::optional(files) : std::nullopt;
}

class Fetch {
  public:
    Fetch(const Set& set, const Options& options) : set_(set), options_(options) {}

    core::Result<Outcome> run() {
        std::error_code failed;
        fs::create_directories(options_.folder, failed);
        if (failed) return tl::unexpected(core::file_error("write", options_.folder, failed.value()));
        Outcome outcome;
        bool changed = false;
        for (const File& file : set_.files) {
            const fs::path path = options_.folder / file.name;
            if (file.archive) {
                if (const auto there = unpacked(options_.folder, file)) {
                    outcome.files += *there;
                    continue;
                }
            }
            const bool there = is_right(path, file);
            if (!there) {
                auto got = get(file, path);
                if (!got) return tl::unexpected(got.error());
                ++outcome.fetched;
                changed = true;
            }
            if (!file.archive) {
                ++outcome.files;
                continue;
            }
            auto files = unpack(file, path);
            if (!files) return tl::unexpected(files.error());
            if (!there) fs::remove(path, failed);  // what the user put there stays
            outcome.files += *files;
            changed = true;
        }
        outcome.was_there = !changed;
        return outcome;
    }

  private:
    void note(const std::string& line) const {
        if (options_.listener != nullptr) options_.listener->note(line);
    }

    core::Result<Transfer*> transfer() const {
        return options_.transfer ? options_.transfer() : load_transfer();
    }

    /// From one mirror after the other, into `<name>.part`, then under its own name.
    core::Result<void> get(const File& file, const fs::path& path) {
        std::error_code ignored;
        if (fs::exists(path, ignored)) {
            note(fmt::format("`{}` is not the file that {} has the sum of: it is fetched again",
                             path.string(), set_.sums));
        }
        const auto& mirrors = options_.mirrors.empty() ? set_.mirrors : options_.mirrors;
        std::string problems;
        for (const std::string& mirror : mirrors) {
            const std::string url = mirror + (mirror.ends_with('/') ? "" : "/") + file.name;
            auto got = from(url, file, path);
            if (got) return got;
            if (got.error().kind != core::ErrorKind::run) return got;
            note(fmt::format("{}: {}", url, got.error().message));
            problems += fmt::format("{}{}: {}", problems.empty() ? "" : "; ", url, got.error().message);
        }
        return core::fail(core::ErrorKind::data, fmt::format("cannot fetch `{}`: {}", file.name, problems));
    }

    /// Errors: `run` (try the next mirror), `data`, `interrupted`.
    core::Result<void> from(const std::string& url, const File& file, const fs::path& path) {
        const fs::path part = path.string() + ".part";
        for (int tries = 1;; ++tries) {
            const std::uint64_t before = size_of(part);
            auto done = one_try(url, file, part);
            const std::uint64_t after = size_of(part);
            std::error_code ignored;
            if (after == 0) fs::remove(part, ignored);
            if (!done) return tl::unexpected(done.error());
            if (*done == Came::cut_off) {
                // It goes on where it was cut, from the same mirror as long as that helps.
                if (after <= before || tries >= most_resumes)
                    return core::fail(core::ErrorKind::run, "the connection was cut off");
                note(fmt::format("{}: cut off; going on at {} bytes", url, after));
                continue;
            }
            const std::string sum = sum_of(part);
            if (after == file.bytes && sum == file.sha256) return rename(part, path);
            fs::remove(part, ignored);
            // The old piece may have been of another file: once more, from the start.
            if (before > 0 && before < file.bytes && tries < most_resumes) {
                note(fmt::format("{}: the file that was gone on with is not right: once more from the start",
                                 url));
                continue;
            }
            return core::fail(
                core::ErrorKind::run,
                fmt::format("what came is not the file: {} bytes with SHA-256 {}, not {} with {}", after, sum,
                            file.bytes, file.sha256));
        }
    }

    core::Result<Came> one_try(const std::string& url, const File& file, const fs::path& part) {
        auto transfer = this->transfer();
        if (!transfer) return tl::unexpected(transfer.error());
        Listener* listener = options_.listener;
        if (listener != nullptr) listener->begins(file, url);
        Download task{.url = url,
                      .to = part,
                      .bytes = file.bytes,
                      .patience = options_.patience,
                      .stop = options_.stop,
                      .moved = {}};
        if (listener != nullptr) task.moved = [listener](std::uint64_t done) { listener->moved(done); };
        return (*transfer)->download(task);
    }

    static core::Result<void> rename(const fs::path& part, const fs::path& path) {
        const core::FileDescriptor file(::open(part.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file.valid() || ::fsync(file.get()) != 0 || ::rename(part.c_str(), path.c_str()) != 0)
            return tl::unexpected(core::file_error("write", path, errno));
        return {};
    }

    core::Result<std::size_t> unpack(const File& archive, const fs::path& path) {
        auto transfer = this->transfer();
        if (!transfer) return tl::unexpected(transfer.error());
        note(fmt::format("unpacking {}", archive.name));
        auto names = (*transfer)->unpack(path, options_.folder, set_.keeps, options_.stop);
        if (!names) return tl::unexpected(names.error());
        if (names->empty()) {
            return core::fail(core::ErrorKind::data, "there is nothing in it that is wanted", path.string());
        }
        std::ranges::sort(*names);
        std::string sums = heading_of(archive) + "\n";
        for (const std::string& name : *names)
            sums += fmt::format("{}  {}\n", sum_of(options_.folder / name), name);
        return core::write_file_atomically(options_.folder / sums_file, sums).map([&] {
            return names->size();
        });
    }

    const Set& set_;
    const Options& options_;
};

}  // namespace

core::Result<Outcome> fetch(const Set& set, const Options& options) {
    return Fetch(set, options).run();
}

std::string by_hand(const Set& set, const fs::path& folder) {
    std::string out = fmt::format("By hand: put {} into `{}`:\n",
                                  set.files.size() == 1 ? "this file" : "these files", folder.string());
    for (const File& file : set.files)
        out += fmt::format("  {}\n    {} bytes, SHA-256 {}\n", file.name, file.bytes, file.sha256);
    out += fmt::format("The sums are those of {}. The files are at\n", set.sums);
    for (const std::string& mirror : set.mirrors)
        out += fmt::format("  {}\n", mirror);
    return out;
}

}  // namespace trama::fetch
