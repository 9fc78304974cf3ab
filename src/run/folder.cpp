#include "run/folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

namespace trama::run {
namespace {

namespace fs = std::filesystem;
using core::ErrorKind;

tl::unexpected<core::Error> cannot_make(const fs::path& folder, const std::string& why) {
    return core::fail(ErrorKind::data, fmt::format("cannot make the run folder: {}", why), folder.string(),
                      "--out names another place");
}

/// What earlier versions of a run may have left, and nothing else.
bool is_ours(const fs::path& file) {
    const std::string name = file.filename().string();
    if (name == "scheme.trama" || name == "config.json" || name == "metrics.jsonl" || name == "summary.json")
        return true;
    if (name == "imports" || name == "checkpoints") return true;
    const std::string end = file.extension().string();
    return name.starts_with("model") && (end == ".safetensors" || end == ".pt");
}

core::Result<fs::path> clear(const fs::path& folder) {
    if (!is_run_folder(folder) && !fs::is_empty(folder))
        return core::fail(ErrorKind::usage, "this folder exists and is not a run's: it is left alone",
                          folder.string(),
                          "--overwrite replaces only what `trama run` has written; choose another --out");
    std::error_code failed;
    std::vector<fs::path> old;
    for (const auto& entry : fs::directory_iterator(folder, failed))
        if (is_ours(entry.path())) old.push_back(entry.path());
    // config.json last: as long as anything is left, the folder can be recognised and cleared again.
    std::stable_partition(old.begin(), old.end(),
                          [](const fs::path& p) { return p.filename() != "config.json"; });
    for (const auto& path : old) {
        fs::remove_all(path, failed);
        if (failed)
            return core::fail(ErrorKind::data,
                              fmt::format("cannot remove the earlier run's {}: {}", path.filename().string(),
                                          failed.message()),
                              folder.string());
    }
    return folder;
}

core::Result<fs::path> claim_named(const Keep& keep) {
    std::error_code failed;
    if (keep.folder.has_parent_path()) {
        fs::create_directories(keep.folder.parent_path(), failed);
        if (failed) return cannot_make(keep.folder, failed.message());
    }
    if (::mkdir(keep.folder.c_str(), 0777) == 0) return keep.folder;
    const int error = errno;
    if (error != EEXIST) return cannot_make(keep.folder, std::strerror(error));
    if (!fs::is_directory(keep.folder, failed))
        return cannot_make(keep.folder, "there is a file of that name");
    if (!keep.overwrite)
        return core::fail(ErrorKind::usage, "the run folder exists", keep.folder.string(),
                          "--overwrite replaces it; without --out every run gets a folder of its own");
    return clear(keep.folder);
}

/// One more than the highest number that is taken, so that later runs have higher ones.
std::size_t next_number(const fs::path& parent, const std::string& prefix) {
    std::size_t next = 1;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(parent, failed)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(prefix)) continue;
        const std::string digits = name.substr(prefix.size());
        if (digits.empty() || digits.size() > 9 ||
            digits.find_first_not_of("0123456789") != std::string::npos)
            continue;
        next = std::max<std::size_t>(next, std::stoul(digits) + 1);
    }
    return next;
}

core::Result<fs::path> claim_next(const fs::path& parent, const std::string& scheme) {
    std::error_code failed;
    fs::create_directories(parent, failed);
    if (failed) return cannot_make(parent, failed.message());
    for (std::size_t n = next_number(parent, scheme + "-");; ++n) {
        fs::path folder = parent / fmt::format("{}-{}", scheme, n);
        // mkdir is the claim: it succeeds for one of those who try.
        if (::mkdir(folder.c_str(), 0777) == 0) return folder;
        if (errno != EEXIST) return cannot_make(folder, std::strerror(errno));
    }
}

}  // namespace

bool is_run_folder(const fs::path& folder) {
    std::ifstream in(folder / "config.json");
    if (!in) return false;
    const auto config = nlohmann::json::parse(in, nullptr, false);
    if (!config.is_object()) return false;
    const auto format = config.find("format");
    return format != config.end() && *format == folder_format;
}

core::Result<core::FileDescriptor> lock_folder(const fs::path& folder) {
    core::FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor.valid())
        return core::fail(ErrorKind::data,
                          fmt::format("cannot open the run folder: {}", std::strerror(errno)),
                          folder.string());
    // Where a file system has no locks, it goes on without.
    if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return core::fail(ErrorKind::usage, "another process is writing this run", folder.string(),
                          "wait for it to end, or stop it");
    return descriptor;
}

core::Result<fs::path> claim_folder(const Keep& keep, const std::string& scheme) {
    return keep.folder.empty() ? claim_next(keep.parent, scheme) : claim_named(keep);
}

}  // namespace trama::run
