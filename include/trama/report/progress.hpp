#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "trama/measure/observer.hpp"
#include "trama/report/terminal.hpp"

namespace trama::report {

/// One line per round, and below it, on a terminal, a bar that is written again as the round goes on.
///
///     round  3/20  accuracy 0.9512  loss 0.1712  0.12 s  2.0 s left
///     ━━━━━━━━━━━━━━──────────────────────────  17 %
///
/// Lines are cut to the width of the terminal, last pieces first.
class Progress final : public measure::Observer {
  public:
    using Sink = std::function<void(std::string_view)>;  ///< writes to standard error
    /// `quiet`: warnings only.
    Progress(const Terminal& terminal, Sink sink, bool quiet);
    ~Progress() override;

    /// What is going on before the first round: "loading libtorch and data". Replaced by what follows where
    /// it can be.
    void begin(std::string_view activity);
    /// A line of its own above the bar.
    void note(std::string_view line);
    /// Takes the bar away; nothing is drawn afterwards.
    void end();

    /// Rounds are timed from the end of loading on.
    void phase(std::string_view name, measure::Clock::time_point start,
               measure::Clock::time_point end) override;
    void fired(const measure::Place& place, measure::Clock::time_point start,
               measure::Clock::time_point end) override;
    void round_done(std::string_view loop, const core::Round& round, std::int64_t rounds,
                    const core::Metrics& metrics) override;
    void happened(std::string_view name, std::string_view text, std::string_view where) override;
    void warn(std::string_view message, std::string_view where) override;

  private:
    void say(std::string_view head, std::string_view text, std::string_view where);
    void print(std::string_view line);
    void draw();
    void clear();
    std::string line_of(const core::Round& round, std::int64_t rounds, const core::Metrics& metrics,
                        double took, double left) const;

    const Terminal terminal_;
    const Style style_;
    const Sink sink_;
    const bool quiet_;
    std::mutex mutex_;
    bool drawn_ = false;  ///< something stands on the last line that has no end of line yet
    bool over_ = false;
    std::atomic<std::uint64_t> fired_{0};
    std::atomic<std::int64_t> next_draw_{0};  ///< nanoseconds of the clock; keeps `fired` cheap
    std::uint64_t fired_before_ = 0;          ///< when the last round ended
    std::int64_t rounds_ = 0;                 ///< of the outermost feedback; 0: not known
    std::int64_t done_ = 0;
    measure::Clock::time_point first_, last_;  ///< start of the run and end of the last round
};

}  // namespace trama::report
