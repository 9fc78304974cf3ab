#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "core/atomic_file.hpp"
#include "core/file_descriptor.hpp"
#include "transfer/transfer.hpp"

namespace trama::transfer {
namespace {

namespace fs = std::filesystem;

struct Close {
    void operator()(archive* handle) const { archive_read_free(handle); }
};

core::Error unreadable(const fs::path& path, archive* handle) {
    const char* why = archive_error_string(handle);
    return {core::ErrorKind::data,
            fmt::format("cannot unpack it: {}", why != nullptr ? why : "unknown reason"), path.string(),
            "remove it and fetch it again"};
}

/// The data of the entry that was read last.
core::Result<void> write(archive* handle, const fs::path& from, const fs::path& to,
                         const std::stop_token& stop) {
    const fs::path part = to.string() + ".part";
    core::FileDescriptor file(
        ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (!file.valid()) return tl::unexpected(core::file_error("write", part, errno));
    const auto give_up = [&](core::Error error) {
        ::unlink(part.c_str());
        return tl::unexpected(std::move(error));
    };
    const void* block = nullptr;
    std::size_t bytes = 0;
    la_int64_t offset = 0;
    int read = ARCHIVE_OK;
    while ((read = archive_read_data_block(handle, &block, &bytes, &offset)) == ARCHIVE_OK) {
        if (stop.stop_requested()) return give_up({core::ErrorKind::interrupted, "stopped", to.string(), {}});
        while (bytes > 0) {
            const auto wrote = ::pwrite(file.get(), block, bytes, offset);
            if (wrote < 0 && errno == EINTR) continue;
            if (wrote < 0) return give_up(core::file_error("write", to, errno));
            block = static_cast<const char*>(block) + wrote;
            bytes -= static_cast<std::size_t>(wrote);
            offset += wrote;
        }
    }
    if (read != ARCHIVE_EOF) return give_up(unreadable(from, handle));
    if (::fsync(file.get()) != 0 || !file.close() || ::rename(part.c_str(), to.c_str()) != 0)
        return give_up(core::file_error("write", to, errno));
    return {};
}

}  // namespace

core::Result<std::vector<std::string>> unpack(const fs::path& path, const fs::path& folder,
                                              std::span<const std::string> keeps,
                                              const std::stop_token& stop) {
    const std::unique_ptr<archive, Close> handle(archive_read_new());
    if (!handle) return core::fail(core::ErrorKind::data, "libarchive does not start", path.string());
    archive_read_support_filter_gzip(handle.get());
    archive_read_support_format_tar(handle.get());
    archive_read_support_format_zip(handle.get());
    constexpr std::size_t block = std::size_t{1} << 18;
    if (archive_read_open_filename(handle.get(), path.c_str(), block) != ARCHIVE_OK)
        return tl::unexpected(unreadable(path, handle.get()));
    std::set<std::string> names;
    archive_entry* entry = nullptr;
    int next = ARCHIVE_OK;
    while ((next = archive_read_next_header(handle.get(), &entry)) == ARCHIVE_OK) {
        const char* inside = archive_entry_pathname(entry);
        const bool plain = archive_entry_filetype(entry) == AE_IFREG &&
                           archive_entry_hardlink(entry) == nullptr && inside != nullptr;
        if (!plain) continue;
        // The last part of its path alone: whatever the archive says, nothing leaves the folder.
        const std::string name = fs::path(inside).filename();
        const bool wanted = keeps.empty() || std::ranges::any_of(keeps, [&](const std::string& end) {
                                return name.ends_with(end);
                            });
        if (!wanted || name.empty() || name == "." || name == "..") continue;
        if (!names.insert(name).second) {
            return core::fail(core::ErrorKind::data, fmt::format("`{}` is in it twice", name), path.string());
        }
        if (auto written = write(handle.get(), path, folder / name, stop); !written)
            return tl::unexpected(written.error());
    }
    if (next != ARCHIVE_EOF) return tl::unexpected(unreadable(path, handle.get()));
    return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace trama::transfer
