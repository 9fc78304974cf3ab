#include "core/atomic_file.hpp"

#include <atomic>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>

#include "core/file_descriptor.hpp"
#include "trama/core/safetensors.hpp"

namespace trama::core {
namespace {

namespace fs = std::filesystem;

std::string hint_for(int code, const fs::path& folder) {
    switch (code) {
        case ENOENT:
            return fmt::format("make the folder `{}` first, or check the path", folder.string());
        case ENOTDIR:
            return fmt::format("a part of `{}` is a file, not a folder", folder.string());
        case EACCES:
        case EPERM:
            return "check the permissions, or choose another path";
        case EROFS:
            return "the file system is mounted read-only: choose another path";
        case ENOSPC:
        case EDQUOT:
            return "free some space, or choose a path on another disk";
        case EFBIG:
            return "the file is larger than the file system or the limit of this process (ulimit -f) allows";
        default:
            return {};
    }
}

/// Removes the temporary file unless it has been renamed.
class Temporary {
  public:
    explicit Temporary(fs::path path) : path_(std::move(path)) {}
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary() {
        if (!path_.empty()) {
            ::unlink(path_.c_str());
        }
    }
    const fs::path& path() const { return path_; }
    void keep() { path_.clear(); }

  private:
    fs::path path_;
};

/// 0, or the errno that stopped it.
int write_all(int file, std::span<const std::byte> bytes) {
    constexpr std::size_t most = std::size_t{1} << 30;  // what one call may take
    while (!bytes.empty()) {
        const auto written = ::write(file, bytes.data(), std::min(bytes.size(), most));
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            return errno;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return 0;
}

fs::path temporary_name(const fs::path& path) {
    static std::atomic<unsigned> count{0};  // several threads may write to one folder
    return path.parent_path() / fmt::format(".{}.{}-{}.tmp", path.filename().string().substr(0, 100),
                                            ::getpid(), count.fetch_add(1, std::memory_order_relaxed));
}

}  // namespace

Error file_error(std::string_view action, const fs::path& path, int code) {
    const auto parent = path.parent_path();
    auto reason = std::generic_category().message(code);
    if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z') {
        reason[0] = static_cast<char>(reason[0] - 'A' + 'a');
    }
    return {ErrorKind::data, fmt::format("cannot {} `{}`: {}", action, path.string(), reason), path.string(),
            hint_for(code, parent.empty() ? fs::path(".") : parent)};
}

Result<void> write_pieces_atomically(const fs::path& given,
                                     std::span<const std::span<const std::byte>> pieces) {
    const auto fail_with = [&](int code) { return tl::unexpected(file_error("write", given, code)); };
    std::error_code ignored;
    auto path = given;
    if (const auto status = fs::status(path, ignored); fs::exists(status)) {
        if (fs::is_directory(status)) {
            return fail_with(EISDIR);
        }
        if (!fs::is_regular_file(status)) {  // renaming would replace a device or a pipe
            return fail(ErrorKind::data,
                        fmt::format("cannot write `{}`: it is not a regular file", given.string()),
                        given.string());
        }
        if (fs::is_symlink(path, ignored)) {
            std::error_code code;
            path = fs::canonical(path, code);
            if (code) {
                return fail_with(code.value());
            }
        }
    }
    if (!path.has_filename()) {
        return fail_with(path.empty() ? ENOENT : EISDIR);
    }

    Temporary temporary(temporary_name(path));
    FileDescriptor file(::open(temporary.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!file.valid()) {
        const int code = errno;
        temporary.keep();  // there is none
        return fail_with(code);
    }
    for (const auto piece : pieces) {
        if (const int code = write_all(file.get(), piece); code != 0) {
            return fail_with(code);
        }
    }
    if (::fsync(file.get()) != 0 || !file.close() || ::rename(temporary.path().c_str(), path.c_str()) != 0) {
        return fail_with(errno);
    }
    temporary.keep();
    // The new name is durable once the folder is; a file system that cannot do this has kept the file anyway.
    const auto parent = path.parent_path();
    const FileDescriptor folder(
        ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.valid()) {
        ::fsync(folder.get());
    }
    return {};
}

Result<void> write_file_atomically(const fs::path& path, std::string_view content) {
    const auto piece = std::as_bytes(std::span(content));
    return write_pieces_atomically(path, std::span(&piece, 1));
}

}  // namespace trama::core
