#include "trama/measure/trace.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include "measure/json_text.hpp"

namespace trama::measure {
namespace {

double microseconds(Clock::duration time) {
    return std::chrono::duration<double, std::micro>(time).count();
}

std::string trace_round(const core::Round& round) {
    if (round.size() == 1) return fmt::format("{}", round.front());
    return fmt::format("[{}]", fmt::join(round, ","));
}

}  // namespace

core::Result<std::unique_ptr<Trace>> Trace::open(const std::filesystem::path& path, Clock::time_point origin,
                                                 std::uint64_t most) {
    auto* file = std::fopen(path.c_str(), "we");
    if (file == nullptr)
        return core::fail(core::ErrorKind::data,
                          fmt::format("cannot write `{}`: {}", path.string(), std::strerror(errno)));
    return std::unique_ptr<Trace>(new Trace(path, file, origin, most));
}

Trace::Trace(std::filesystem::path path, std::FILE* file, Clock::time_point origin, std::uint64_t most)
    : path_(std::move(path)), origin_(origin), most_(most), file_(file), last_(origin) {
    write("{\"displayTimeUnit\": \"ms\", \"traceEvents\": [");
}

Trace::~Trace() {
    (void)close();
}

void Trace::write(const std::string& text) {
    if (file_ == nullptr || failed_ != 0) return;
    if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) failed_ = errno;
}

bool Trace::full() {
    return events_++ >= most_;
}

std::uint64_t Trace::track(std::string_view actor) {
    const auto [found, fresh] = tracks_.try_emplace(std::string(actor), tracks_.size() + 1);
    if (fresh)
        write(
            fmt::format("{}\n{{\"ph\": \"M\", \"pid\": 1, \"tid\": {}, \"name\": \"thread_name\", \"args\": "
                        "{{\"name\": {}}}}}",
                        std::exchange(first_, false) ? "" : ",", found->second, json_text(actor)));
    return found->second;
}

void Trace::fired(const Place& place, Clock::time_point start, Clock::time_point end) {
    const std::lock_guard lock(mutex_);
    last_ = std::max(last_, end);
    if (full()) return;
    const auto track = this->track(place.actor);
    const auto name = place.actor.substr(place.actor.rfind('/') + 1);
    write(
        fmt::format(",\n{{\"ph\": \"X\", \"pid\": 1, \"tid\": {}, \"name\": {}, \"ts\": {:.3f}, \"dur\": "
                    "{:.3f}, \"args\": {{\"round\": {}}}}}",
                    track, json_text(name), microseconds(start - origin_), microseconds(end - start),
                    trace_round(place.round)));
}

void Trace::instant(std::string_view actor, const std::string& name) {
    if (full()) return;
    const auto track = this->track(actor);
    write(
        fmt::format(",\n{{\"ph\": \"i\", \"s\": \"t\", \"pid\": 1, \"tid\": {}, \"name\": {}, \"ts\": "
                    "{:.3f}}}",
                    track, json_text(name), microseconds(last_ - origin_)));
}

void Trace::round_done(std::string_view loop, const core::Round& round, std::int64_t /*rounds*/,
                       const core::Metrics& /*metrics*/) {
    const std::lock_guard lock(mutex_);
    instant(loop, fmt::format("round {}", fmt::join(round, ".")));
}

void Trace::mixed(const Place& place, std::int64_t staleness) {
    const std::lock_guard lock(mutex_);
    instant(place.actor, fmt::format("staleness {}", staleness));
}

void Trace::dropped(const Place& place) {
    const std::lock_guard lock(mutex_);
    instant(place.actor, "dropped");
}

void Trace::happened(std::string_view name, std::string_view text, std::string_view where) {
    const std::lock_guard lock(mutex_);
    instant(where, fmt::format("{}: {}", name, text));
}

std::uint64_t Trace::left_out() const {
    const std::lock_guard lock(mutex_);
    return events_ > most_ ? events_ - most_ : 0;
}

core::Result<void> Trace::close() {
    const auto rest = left_out();
    const std::lock_guard lock(mutex_);
    if (file_ != nullptr) {
        write(fmt::format("\n], \"otherData\": {{\"left_out\": {}}}}}\n", rest));
        if (std::fclose(std::exchange(file_, nullptr)) != 0 && failed_ == 0) failed_ = errno;
    }
    if (failed_ == 0) return {};
    return core::fail(core::ErrorKind::data,
                      fmt::format("cannot write `{}`: {}", path_.string(), std::strerror(failed_)));
}

}  // namespace trama::measure
