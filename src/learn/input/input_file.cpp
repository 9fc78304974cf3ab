#include "input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "trama/core/hash.hpp"

namespace trama::learn {

namespace {

constexpr std::size_t chunk = std::size_t{256} << 10;
constexpr std::size_t at_once = std::size_t{1} << 30;  // zlib counts in 32 bits

}  // namespace

struct InputFile::State {
    std::filesystem::path path;
    int file = -1;
    std::uint64_t size = 0;
    bool gzip = false;
    bool stored_end = false;   // nothing left on disk
    bool content_end = false;  // gzip: the last member is complete
    std::array<std::byte, chunk> buffer;
    std::span<std::byte> left;  // of the buffer
    z_stream stream{};
    core::Sha256 hash;

    ~State() {
        if (gzip) ::inflateEnd(&stream);
        if (file >= 0) ::close(file);
    }

    tl::unexpected<core::Error> error(std::string what, std::string hint = {}) const {
        return core::fail(core::ErrorKind::data, fmt::format("`{}` {}", path.string(), what), {},
                          std::move(hint));
    }

    core::Result<void> refill() {
        while (left.empty() && !stored_end) {
            auto got = ::read(file, buffer.data(), buffer.size());
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return error(fmt::format("cannot be read: {}", std::strerror(errno)));
            stored_end = got == 0;
            left = std::span(buffer).first(static_cast<std::size_t>(got));
            hash.add(left);
        }
        return {};
    }

    core::Result<std::size_t> read_plain(std::span<std::byte> out) {
        std::size_t done = 0;
        while (done < out.size()) {
            if (auto filled = refill(); !filled) return tl::unexpected(filled.error());
            if (left.empty()) break;
            auto take = std::min(left.size(), out.size() - done);
            std::copy_n(left.begin(), take, out.begin() + static_cast<std::ptrdiff_t>(done));
            left = left.subspan(take);
            done += take;
        }
        return done;
    }

    /// After one gzip member: another one, padding with zeros (as tapes have), or the end.
    core::Result<void> next_member() {
        for (;;) {
            if (auto filled = refill(); !filled) return filled;
            if (left.empty()) {
                content_end = true;
                return {};
            }
            if (left.front() != std::byte{0}) break;
            left = left.subspan(1);
        }
        if (left.front() != std::byte{0x1f}) {
            return error("has other bytes after its compressed content",
                         "the file is damaged: copy or download it again");
        }
        ::inflateReset(&stream);
        return {};
    }

    core::Result<std::size_t> read_gzip(std::span<std::byte> out) {
        std::size_t done = 0;
        while (done < out.size() && !content_end) {
            if (auto filled = refill(); !filled) return tl::unexpected(filled.error());
            if (left.empty()) {
                return error(
                    fmt::format("is cut short: its {} bytes end in the middle of the compressed content",
                                size),
                    "copy or download it again");
            }
            stream.next_in = reinterpret_cast<Bytef*>(left.data());
            stream.avail_in = static_cast<uInt>(left.size());
            auto room = std::min(out.size() - done, at_once);
            stream.next_out = reinterpret_cast<Bytef*>(out.data() + done);
            stream.avail_out = static_cast<uInt>(room);
            int status = ::inflate(&stream, Z_NO_FLUSH);
            left = left.last(stream.avail_in);
            done += room - stream.avail_out;
            if (status == Z_STREAM_END) {
                if (auto next = next_member(); !next) return tl::unexpected(next.error());
            } else if (status != Z_OK && status != Z_BUF_ERROR) {
                return error(
                    fmt::format("is damaged: {}",
                                stream.msg != nullptr ? stream.msg : "its compressed content makes no sense"),
                    "copy or download it again");
            }
        }
        return done;
    }
};

InputFile::InputFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
InputFile::InputFile(InputFile&&) noexcept = default;
InputFile& InputFile::operator=(InputFile&&) noexcept = default;
InputFile::~InputFile() = default;

core::Result<InputFile> InputFile::open(const std::filesystem::path& path) {
    auto state = std::make_unique<State>();
    state->path = path;
    state->file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (state->file < 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return core::fail(core::ErrorKind::data, fmt::format("there is no file `{}`", path.string()), {},
                              "relative paths start in the folder of the scheme");
        }
        return state->error(fmt::format("cannot be opened: {}", std::strerror(errno)));
    }
    struct stat about{};
    if (::fstat(state->file, &about) != 0)
        return state->error(fmt::format("cannot be read: {}", std::strerror(errno)));
    if (S_ISDIR(about.st_mode)) return state->error("is a folder, a file is needed");
    state->size = static_cast<std::uint64_t>(about.st_size);
    if (auto filled = state->refill(); !filled) return tl::unexpected(filled.error());
    if (state->left.size() >= 2 && state->left[0] == std::byte{0x1f} && state->left[1] == std::byte{0x8b}) {
        if (::inflateInit2(&state->stream, MAX_WBITS + 16) != Z_OK)
            return state->error("cannot be inflated: zlib does not start");
        state->gzip = true;
    }
    return InputFile(std::move(state));
}

core::Result<std::size_t> InputFile::read(std::span<std::byte> out) {
    return state_->gzip ? state_->read_gzip(out) : state_->read_plain(out);
}

core::Result<std::string> InputFile::read_all(std::size_t limit) {
    std::string all;
    for (;;) {
        auto before = all.size();
        all.resize(std::max(before + chunk, before + before / 2));
        auto got = read(std::as_writable_bytes(std::span(all)).subspan(before));
        if (!got) return tl::unexpected(got.error());
        all.resize(before + *got);
        if (all.size() > limit) return state_->error(fmt::format("is larger than {} MB", limit >> 20));
        if (*got == 0) return all;
    }
}

std::string InputFile::stored_hash() {
    return state_->hash.hex();
}
const std::filesystem::path& InputFile::path() const {
    return state_->path;
}
std::uint64_t InputFile::stored_size() const {
    return state_->size;
}
bool InputFile::compressed() const {
    return state_->gzip;
}

}  // namespace trama::learn
