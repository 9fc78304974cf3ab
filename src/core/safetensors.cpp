#include "trama/core/safetensors.hpp"

#include <cerrno>
#include <new>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "core/atomic_file.hpp"
#include "core/file_descriptor.hpp"
#include "core/half.hpp"
#include "core/little_endian.hpp"
#include "core/portable.hpp"
#include "core/safetensors_header.hpp"

namespace trama::core {
namespace {

constexpr std::uint64_t prefix = 8;                    // bytes of the header's length
constexpr std::uint64_t largest_header = 100'000'000;  // the format's own limit

/// The file's bytes from `offset` on; false if it ends before (errno 0) or cannot be read.
bool read_at(int file, std::uint64_t offset, std::span<std::byte> bytes) {
    constexpr std::size_t most = std::size_t{1} << 30;
    while (!bytes.empty()) {
        const auto count =
            ::pread(file, bytes.data(), std::min(bytes.size(), most), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            errno = count == 0 ? 0 : errno;
            return false;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return true;
}

class FileReader {
  public:
    explicit FileReader(const std::filesystem::path& path)
        : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}

    Result<Tensors> read() {
        struct ::stat info{};
        if (!file_.valid() || ::fstat(file_.get(), &info) != 0) {
            return tl::unexpected(file_error("read", path_, errno));
        }
        if (S_ISDIR(info.st_mode)) {
            return tl::unexpected(file_error("read", path_, EISDIR));
        }
        if (!S_ISREG(info.st_mode)) {
            return broken(path_.string(), "it is not a regular file");
        }
        const auto size = static_cast<std::uint64_t>(info.st_size);
        std::array<std::byte, prefix> length_bytes{};
        if (size < prefix) {
            return broken(path_.string(), fmt::format("it has {} bytes", size));
        }
        if (!read_at(file_.get(), 0, length_bytes)) {
            return unreadable();
        }
        const auto length = from_little_endian(length_bytes);
        if (length > largest_header || length > size - prefix) {
            return broken(path_.string(),
                          fmt::format("a header of {} bytes does not fit a file of {}", length, size));
        }
        std::string json(length, '\0');
        if (!read_at(file_.get(), prefix, std::as_writable_bytes(std::span(json)))) {
            return unreadable();
        }
        auto header = parse_header(json, size - prefix - length, path_.string());
        if (!header) {
            return tl::unexpected(std::move(header.error()));
        }
        return read_tensors(*header, prefix + length);
    }

  private:
    tl::unexpected<Error> unreadable() const {
        return errno == 0 ? broken(path_.string(), "it became shorter while it was read")
                          : tl::unexpected(file_error("read", path_, errno));
    }

    Result<Tensors> read_tensors(Header& header, std::uint64_t data) {
        std::vector<Entry> entries;
        for (const auto& tensor : header.tensors) {
            entries.push_back(tensor.entry);
        }
        const auto layout = std::make_shared<const Layout>(std::move(entries));
        ParameterBuffer buffer(layout);
        for (std::size_t i = 0; i < header.tensors.size(); ++i) {
            const auto& tensor = header.tensors[i];
            const auto& entry = layout->entries()[i];
            const auto target = buffer.bytes().subspan(entry.offset, entry.bytes());
            // Halves are read to the end of their place and widened from its start on.
            const auto raw = target.last(tensor.bytes);
            if (!read_at(file_.get(), data + tensor.begin, raw)) {
                return unreadable();
            }
            if (tensor.stored == Stored::plain) {
                swap_to_little_endian(target, size_of(entry.type));
            } else {
                widen(raw, buffer.floats(entry), tensor.stored);
            }
        }
        return Tensors{std::move(buffer).freeze(), std::move(header.metadata)};
    }

    /// The i-th float ends where the i-th half ends or before, so nothing is overwritten before it is read.
    static void widen(std::span<const std::byte> halves, std::span<float> floats, Stored stored) {
        for (std::size_t i = 0; i < floats.size(); ++i) {
            const auto bits = static_cast<std::uint16_t>(from_little_endian(halves.subspan(2 * i, 2)));
            const float value = stored == Stored::half ? widen_half(bits) : widen_bfloat(bits);
            std::memcpy(&floats[i], &value, sizeof value);
        }
    }

    const std::filesystem::path& path_;
    FileDescriptor file_;
};

}  // namespace

Result<Tensors> read_safetensors(const std::filesystem::path& path) {
    try {
        return FileReader(path).read();
    } catch (const std::bad_alloc&) {
        return fail(ErrorKind::data,
                    fmt::format("cannot read `{}`: there is not enough memory", path.string()),
                    path.string());
    }
}

Result<void> write_safetensors(const std::filesystem::path& path, const ParameterSet& tensors,
                               const std::map<std::string, std::string>& metadata) {
    const auto header = print_header(tensors, metadata, path.string());
    if (!header) {
        return tl::unexpected(header.error());
    }
    const auto length = to_little_endian(header->size());
    std::vector<std::byte> changed;
    const auto data = portable_bytes(tensors, changed);
    const std::array<std::span<const std::byte>, 3> pieces{length, std::as_bytes(std::span(*header)), data};
    return write_pieces_atomically(path, pieces);
}

}  // namespace trama::core
