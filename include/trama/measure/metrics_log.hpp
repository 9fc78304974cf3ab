#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "trama/measure/observer.hpp"

namespace trama::measure {

/// Writes `metrics.jsonl`, one object per measurement:
///
///     {"round": 3, "actor": "scheme/feedback/[2]/client", "train_loss": 0.17, "seconds": 0.012}
///
/// `round` is a number, a list in nested feedbacks, 0 outside of any. What is not a finite number becomes
/// null. Lines are held back until their round is done and then written in the order of rounds and actors, so
/// that the order does not depend on scheduling, and flushed. The format's name and version are in
/// `config.json`: `format_name`, `format_version`.
class MetricsLog final : public Observer {
  public:
    static constexpr std::string_view format_name = "trama-metrics";
    static constexpr int format_version = 1;

    struct Line {
        core::Round round;
        std::string actor;
        std::string text;
    };
    /// How far it is: the bytes in the file, and the lines that are held back.
    struct Position {
        std::uintmax_t bytes = 0;
        std::vector<Line> held;
    };

    /// Makes the file, or empties it; with `append`, adds to what is there. Errors: kind `data`.
    static core::Result<std::unique_ptr<MetricsLog>> open(const std::filesystem::path& path,
                                                          bool append = false);
    ~MetricsLog() override;  ///< closes, without a word about errors

    void measured(const Place& place, const core::Metrics& metrics, double seconds) override;
    void round_done(std::string_view loop, const core::Round& round, std::int64_t rounds,
                    const core::Metrics& metrics) override;

    Position position() const;
    /// Lines of a run that goes on, held back as if they had just been measured.
    void hold(std::vector<Line> lines);

    /// The first write that failed, of kind `data`; nothing is written after it.
    core::Result<void> status() const;
    /// Writes what is held back and closes the file; `status()` from then on.
    core::Result<void> close();

  private:
    MetricsLog(std::filesystem::path path, std::FILE* file, std::uintmax_t bytes);
    void write(std::vector<Line> lines);  ///< precondition: the mutex is held
    void failed(std::string_view what);

    const std::filesystem::path path_;
    mutable std::mutex mutex_;
    std::FILE* file_;  ///< null once closed or failed
    std::uintmax_t bytes_;
    std::vector<Line> held_;
    core::Result<void> status_;
};

}  // namespace trama::measure
