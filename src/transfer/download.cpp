#include <array>
#include <cerrno>
#include <chrono>
#include <memory>

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/atomic_file.hpp"
#include "core/file_descriptor.hpp"
#include "trama/core/words.hpp"
#include "trama/version.hpp"
#include "transfer/transfer.hpp"

namespace trama::transfer {
namespace {

using Clock = std::chrono::steady_clock;

/// A file that grows by what comes, and what stopped it.
struct Sink {
    const fetch::Download& task;
    int file;
    std::uint64_t size;  ///< of the file now
    int failed = 0;      ///< errno of a write
    bool too_much = false;
    Clock::time_point last = Clock::now();  ///< when something came
    bool silent = false;
};

std::size_t take(char* data, std::size_t one, std::size_t count, void* user) {
    auto& sink = *static_cast<Sink*>(user);
    const std::size_t bytes = one * count;
    if (sink.size + bytes > sink.task.bytes) {
        sink.too_much = true;
        return 0;
    }
    for (std::size_t done = 0; done < bytes;) {
        const auto wrote = ::write(sink.file, data + done, bytes - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) {
            sink.failed = errno;
            return 0;
        }
        done += static_cast<std::size_t>(wrote);
        sink.size += static_cast<std::size_t>(wrote);
    }
    sink.last = Clock::now();
    if (sink.task.moved) sink.task.moved(sink.size);
    return bytes;
}

/// Asked about once a second; not 0 ends the transfer. (libcurl's own limit on a low speed looks at the mean
/// of the last seconds, and so is late.)
int stopped(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto& sink = *static_cast<Sink*>(user);
    sink.silent = Clock::now() - sink.last > sink.task.patience;
    return sink.silent || sink.task.stop.stop_requested() ? 1 : 0;
}

struct Cleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

core::Result<void> empty(const fetch::Download& task, Sink& sink) {
    if (::ftruncate(sink.file, 0) != 0 || ::lseek(sink.file, 0, SEEK_SET) < 0)
        return tl::unexpected(core::file_error("write", task.to, errno));
    sink.size = 0;
    return {};
}

std::string reason(CURL* handle, CURLcode code, const char* said) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_HTTP_RETURNED_ERROR) return fmt::format("the server answers {}", status);
    return *said != '\0' ? said : curl_easy_strerror(code);
}

}  // namespace

core::Result<fetch::Came> download(const fetch::Download& task) {
    const core::FileDescriptor file(::open(task.to.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
    if (!file.valid()) return tl::unexpected(core::file_error("write", task.to, errno));
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        return core::fail(core::ErrorKind::data, "another process is writing this file", task.to.string(),
                          "wait for it, or end it");
    }
    const auto end = ::lseek(file.get(), 0, SEEK_END);
    if (end < 0) return tl::unexpected(core::file_error("write", task.to, errno));
    Sink sink{task, file.get(), static_cast<std::uint64_t>(end)};
    if (sink.size >= task.bytes) {  // of another file: this one would have been renamed
        if (auto emptied = empty(task, sink); !emptied) return tl::unexpected(emptied.error());
    }

    const std::unique_ptr<CURL, Cleanup> handle(curl_easy_init());
    if (!handle) return core::fail(core::ErrorKind::run, "libcurl does not start");
    std::array<char, CURL_ERROR_SIZE> said{};
    const auto set = [&](auto option, auto value) { curl_easy_setopt(handle.get(), option, value); };
    set(CURLOPT_URL, task.url.c_str());
    set(CURLOPT_ERRORBUFFER, said.data());
    const std::string agent = std::string("trama/") + version;
    set(CURLOPT_USERAGENT, agent.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, 10L);
    set(CURLOPT_FAILONERROR, 1L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(task.patience.count()));
    set(CURLOPT_WRITEFUNCTION, &take);
    set(CURLOPT_WRITEDATA, &sink);
    set(CURLOPT_XFERINFOFUNCTION, &stopped);
    set(CURLOPT_XFERINFODATA, &sink);
    set(CURLOPT_NOPROGRESS, 0L);

    set(CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(sink.size));
    CURLcode code = curl_easy_perform(handle.get());
    if (code == CURLE_RANGE_ERROR) {  // this server knows no ranges: from the start
        if (auto emptied = empty(task, sink); !emptied) return tl::unexpected(emptied.error());
        set(CURLOPT_RESUME_FROM_LARGE, curl_off_t{0});
        said.front() = '\0';
        code = curl_easy_perform(handle.get());
    }
    if (code == CURLE_OK) return fetch::Came::whole;
    if (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING)
        return fetch::Came::cut_off;
    if (sink.silent) {
        return core::fail(core::ErrorKind::run,
                          "nothing came for " + core::counted(task.patience.count(), "second"));
    }
    if (code == CURLE_ABORTED_BY_CALLBACK) {
        return core::fail(core::ErrorKind::interrupted, "stopped; what came so far is kept", task.to.string(),
                          "the same command goes on from there");
    }
    if (sink.failed != 0) return tl::unexpected(core::file_error("write", task.to, sink.failed));
    if (sink.too_much) {
        if (auto emptied = empty(task, sink); !emptied) return tl::unexpected(emptied.error());
        return core::fail(core::ErrorKind::run,
                          fmt::format("more came than the {} bytes of the file", task.bytes));
    }
    return core::fail(core::ErrorKind::run, reason(handle.get(), code, said.data()));
}

}  // namespace trama::transfer
