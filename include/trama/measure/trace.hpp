#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "trama/measure/observer.hpp"

namespace trama::measure {

/// Writes a timeline in the JSON format of Chrome's trace viewer, which https://ui.perfetto.dev opens: a
/// track for each actor with its firings, and rounds, stale updates and drops as instants. Streamed: a firing
/// is written when it is reported.
class Trace final : public Observer {
  public:
    static constexpr std::uint64_t default_most = 1'000'000;

    /// Makes the file, or empties it. Times count from `origin`. Behind `most` events the rest is only
    /// counted, and the file says so. Errors: kind `data`.
    static core::Result<std::unique_ptr<Trace>> open(const std::filesystem::path& path,
                                                     Clock::time_point origin,
                                                     std::uint64_t most = default_most);
    ~Trace() override;  ///< closes, without a word about errors

    void fired(const Place& place, Clock::time_point start, Clock::time_point end) override;
    void round_done(std::string_view loop, const core::Round& round, std::int64_t rounds,
                    const core::Metrics& metrics) override;
    void mixed(const Place& place, std::int64_t staleness) override;
    void dropped(const Place& place) override;
    void happened(std::string_view name, std::string_view text, std::string_view where) override;

    std::uint64_t left_out() const;
    /// Completes the file. Errors: kind `data`, of any write until then.
    core::Result<void> close();

  private:
    Trace(std::filesystem::path path, std::FILE* file, Clock::time_point origin, std::uint64_t most);
    std::uint64_t track(std::string_view actor);
    void instant(std::string_view actor, const std::string& name);
    bool full();  ///< counts the event
    void write(const std::string& text);

    const std::filesystem::path path_;
    const Clock::time_point origin_;
    const std::uint64_t most_;
    mutable std::mutex mutex_;
    std::FILE* file_;  ///< null once closed
    std::unordered_map<std::string, std::uint64_t> tracks_;
    std::uint64_t events_ = 0;
    Clock::time_point last_;  ///< end of the latest firing: when instants are
    bool first_ = true;
    int failed_ = 0;  ///< errno of the first write that failed
};

}  // namespace trama::measure
