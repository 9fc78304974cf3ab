#include "trama/report/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "trama/report/metrics.hpp"
#include "trama/report/text.hpp"

namespace trama::report {
namespace {

using measure::Clock;
using measure::seconds_between;

constexpr std::int64_t between_draws = 100'000'000;  // ns

}  // namespace

Progress::Progress(const Terminal& terminal, Sink sink, bool quiet)
    : terminal_(terminal), style_(terminal.color), sink_(std::move(sink)), quiet_(quiet) {
    first_ = last_ = Clock::now();
}

Progress::~Progress() {
    end();
}

void Progress::begin(std::string_view activity) {
    const std::lock_guard lock(mutex_);
    first_ = last_ = Clock::now();
    if (quiet_) return;
    const std::string text = fmt::format("{} {}", activity, terminal_.utf8 ? "…" : "...");
    if (terminal_.interactive) {
        clear();
        sink_(style_.dim(text));
        drawn_ = true;
    } else {
        print(text);
    }
}

void Progress::note(std::string_view line) {
    const std::lock_guard lock(mutex_);
    print(line);
}

void Progress::end() {
    const std::lock_guard lock(mutex_);
    clear();
    over_ = true;
}

void Progress::phase(std::string_view name, Clock::time_point /*start*/, Clock::time_point end) {
    if (name != "load") return;
    const std::lock_guard lock(mutex_);
    first_ = last_ = end;
}

void Progress::fired(const measure::Place& /*place*/, Clock::time_point /*start*/, Clock::time_point end) {
    fired_.fetch_add(1, std::memory_order_relaxed);
    if (quiet_ || !terminal_.interactive) return;
    const std::int64_t now = end.time_since_epoch().count();
    if (now < next_draw_.load(std::memory_order_relaxed)) return;
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (lock.owns_lock() && done_ > 0) draw();
}

void Progress::round_done(std::string_view /*loop*/, const core::Round& round, std::int64_t rounds,
                          const core::Metrics& metrics) {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    const bool outermost = round.size() <= 1;
    double left = -1;
    if (outermost) {
        done_ = round.empty() ? done_ + 1 : round.front();
        rounds_ = std::max<std::int64_t>(rounds, 0);
        fired_before_ = fired_.load(std::memory_order_relaxed);
        if (rounds_ >= done_ && done_ > 0)
            left = seconds_between(first_, now) / static_cast<double>(done_) *
                   static_cast<double>(rounds_ - done_);
    }
    const double took = seconds_between(last_, now);
    // An inner round ends within an outer one: its time is part of that one's.
    if (outermost) last_ = now;
    if (quiet_) return;
    print(line_of(round, rounds, metrics, outermost ? took : -1, left));
    if (outermost && terminal_.interactive && rounds_ > done_) draw();
}

void Progress::happened(std::string_view name, std::string_view text, std::string_view where) {
    say(style_.cyan(fmt::format("{}:", name)), text, where);
}

void Progress::warn(std::string_view message, std::string_view where) {
    say(style_.yellow("warning:"), message, where);
}

void Progress::say(std::string_view head, std::string_view text, std::string_view where) {
    const std::lock_guard lock(mutex_);
    print(where.empty() ? fmt::format("{} {}", head, text) : fmt::format("{} {} ({})", head, text, where));
}

std::string Progress::line_of(const core::Round& round, std::int64_t rounds, const core::Metrics& metrics,
                              double took, double left) const {
    std::string head = core::to_text(round);
    if (rounds > 0) {
        const std::string total = std::to_string(rounds);
        const std::size_t size = columns(head);
        if (size < total.size() && round.size() == 1) head.insert(0, total.size() - size, ' ');
        head += "/" + total;
    }
    std::string line = fmt::format("{}round {}", round.size() > 1 ? "  " : "", head);
    std::size_t used = columns(line);
    line = style_.bold(line);
    std::vector<std::string> pieces;
    for (const std::string_view name : metric_order(metrics))
        pieces.push_back(fmt::format("{} {}", name, number(metrics.find(name)->second.value)));
    if (took >= 0) pieces.push_back(seconds(took));
    if (left > 0) pieces.push_back(seconds(left) + " left");
    for (const std::string& piece : pieces) {
        used += 2 + columns(piece);
        if (terminal_.interactive && used >= terminal_.width) break;
        line += "  " + piece;
    }
    return line;
}

void Progress::print(std::string_view line) {
    clear();
    sink_(fmt::format("{}\n", line));
}

void Progress::clear() {
    if (!drawn_) return;
    sink_("\r\x1b[K");
    drawn_ = false;
}

void Progress::draw() {
    if (over_) return;
    next_draw_.store(Clock::now().time_since_epoch().count() + between_draws, std::memory_order_relaxed);
    // Where the run has no fixed number of rounds, or the next one is over at once, a bar says nothing.
    if (rounds_ <= done_ || terminal_.width < 30) return;
    if (seconds_between(first_, last_) < 0.05 * static_cast<double>(done_)) return;
    const double per_round = static_cast<double>(fired_before_) / static_cast<double>(done_);
    const double within =
        per_round > 0
            ? static_cast<double>(fired_.load(std::memory_order_relaxed) - fired_before_) / per_round
            : 0;
    const double part = (static_cast<double>(done_) + std::min(within, 0.99)) / static_cast<double>(rounds_);
    const std::size_t size = std::min<std::size_t>(terminal_.width - 8, 40);
    clear();
    sink_(fmt::format("{}  {:.0f} %", style_.cyan(bar(part, size, terminal_.utf8)), part * 100));
    drawn_ = true;
}

}  // namespace trama::report
