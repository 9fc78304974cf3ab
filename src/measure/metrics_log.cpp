#include "trama/measure/metrics_log.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <iterator>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include "measure/json_text.hpp"

namespace trama::measure {
namespace {

std::string number(double value) {
    return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

std::string round_text(const core::Round& round) {
    if (round.empty()) return "0";
    if (round.size() == 1) return fmt::format("{}", round.front());
    return fmt::format("[{}]", fmt::join(round, ", "));
}

}  // namespace

core::Result<std::unique_ptr<MetricsLog>> MetricsLog::open(const std::filesystem::path& path, bool append) {
    auto* file = std::fopen(path.c_str(), append ? "ae" : "we");
    if (file == nullptr) {
        return core::fail(core::ErrorKind::data,
                          fmt::format("cannot write `{}`: {}", path.string(), std::strerror(errno)));
    }
    std::error_code none;
    const auto bytes = std::filesystem::file_size(path, none);
    return std::unique_ptr<MetricsLog>(new MetricsLog(path, file, none ? 0 : bytes));
}

MetricsLog::MetricsLog(std::filesystem::path path, std::FILE* file, std::uintmax_t bytes)
    : path_(std::move(path)), file_(file), bytes_(bytes) {}

MetricsLog::~MetricsLog() {
    (void)close();
}

void MetricsLog::measured(const Place& place, const core::Metrics& metrics, double seconds) {
    auto text =
        fmt::format("{{\"round\": {}, \"actor\": {}", round_text(place.round), json_text(place.actor));
    for (const auto& [name, metric] : metrics) {
        text += fmt::format(", {}: {}", json_text(name), number(metric.value));
    }
    text += fmt::format(", \"seconds\": {}}}\n", number(seconds));
    const std::lock_guard lock(mutex_);
    held_.push_back({place.round, std::string(place.actor), std::move(text)});
}

void MetricsLog::round_done(std::string_view /*loop*/, const core::Round& round, std::int64_t /*rounds*/,
                            const core::Metrics& /*metrics*/) {
    const std::lock_guard lock(mutex_);
    // A round comes behind the rounds of the feedbacks in it: 2, then 3.1, 3.2, then 3.
    const auto done = [&](const Line& line) {
        const auto depth = std::min(round.size(), line.round.size());
        return std::lexicographical_compare_three_way(
                   line.round.begin(), line.round.begin() + std::ptrdiff_t(depth), round.begin(),
                   round.begin() + std::ptrdiff_t(depth)) <= 0;
    };
    const auto rest = std::stable_partition(held_.begin(), held_.end(), done);
    std::vector<Line> lines(std::make_move_iterator(held_.begin()), std::make_move_iterator(rest));
    held_.erase(held_.begin(), rest);
    write(std::move(lines));
}

void MetricsLog::write(std::vector<Line> lines) {
    if (file_ == nullptr || lines.empty()) return;
    std::ranges::stable_sort(lines, {}, [](const Line& line) { return std::tie(line.round, line.actor); });
    for (const auto& line : lines) {
        if (std::fwrite(line.text.data(), 1, line.text.size(), file_) != line.text.size()) {
            return failed(std::strerror(errno));
        }
        bytes_ += line.text.size();
    }
    if (std::fflush(file_) != 0) failed(std::strerror(errno));
}

void MetricsLog::failed(std::string_view what) {
    std::fclose(std::exchange(file_, nullptr));
    status_ = core::fail(core::ErrorKind::data, fmt::format("cannot write `{}`: {}", path_.string(), what));
}

MetricsLog::Position MetricsLog::position() const {
    const std::lock_guard lock(mutex_);
    return {bytes_, held_};
}

void MetricsLog::hold(std::vector<Line> lines) {
    const std::lock_guard lock(mutex_);
    std::ranges::move(lines, std::back_inserter(held_));
}

core::Result<void> MetricsLog::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

core::Result<void> MetricsLog::close() {
    const std::lock_guard lock(mutex_);
    write(std::exchange(held_, {}));
    if (file_ != nullptr && std::fclose(std::exchange(file_, nullptr)) != 0) {
        status_ = core::fail(core::ErrorKind::data,
                             fmt::format("cannot write `{}`: {}", path_.string(), std::strerror(errno)));
    }
    return status_;
}

}  // namespace trama::measure
