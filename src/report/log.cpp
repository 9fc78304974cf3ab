#include "trama/report/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "core/portable.hpp"

namespace trama::report {
namespace {

using measure::seconds_between;

std::string all_of(const core::Metrics& metrics) {
    std::string out;
    for (const auto& [name, metric] : metrics)
        out += fmt::format(" {}={:.6g}", name, core::one_nan(metric.value));
    return out;
}

class Log final : public measure::Observer {
  public:
    explicit Log(spdlog::level::level_enum level)
        : log_("trama", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
        log_.set_pattern("%H:%M:%S.%e [%t] %l: %v");
        log_.set_level(level);
    }

    void phase(std::string_view name, measure::Clock::time_point start,
               measure::Clock::time_point end) override {
        log_.info("phase {} took {:.6f} s", name, seconds_between(start, end));
    }
    void fired(const measure::Place& place, measure::Clock::time_point start,
               measure::Clock::time_point end) override {
        if (log_.should_log(spdlog::level::debug))
            log_.debug("{} round {} fired in {:.6f} s", place.actor, core::to_text(place.round),
                       seconds_between(start, end));
    }
    void sent(std::string_view from, std::string_view to, const core::Round& round,
              std::size_t bytes) override {
        if (log_.should_log(spdlog::level::trace))
            log_.trace("{} -> {} round {} {} bytes", from, to, core::to_text(round), bytes);
    }
    void measured(const measure::Place& place, const core::Metrics& metrics, double seconds) override {
        if (log_.should_log(spdlog::level::debug))
            log_.debug("{} round {} measured{} in {:.6f} s", place.actor, core::to_text(place.round),
                       all_of(metrics), seconds);
    }
    void round_done(std::string_view loop, const core::Round& round, std::int64_t rounds,
                    const core::Metrics& metrics) override {
        if (log_.should_log(spdlog::level::info))
            log_.info("{} round {} of {} done:{}", loop, core::to_text(round), rounds, all_of(metrics));
    }

  private:
    spdlog::logger log_;
};

}  // namespace

const std::vector<std::string>& log_levels() {
    static const std::vector<std::string> levels{"trace", "debug", "info", "warn", "error", "off"};
    return levels;
}

core::Result<std::unique_ptr<measure::Observer>> make_log(std::string_view level) {
    const auto& levels = log_levels();
    if (std::find(levels.begin(), levels.end(), level) == levels.end())
        return core::fail(core::ErrorKind::usage, fmt::format("there is no log level `{}`", level),
                          "--log-level", "one of trace, debug, info, warn, error, off");
    const std::string name = level == "warn" ? "warning" : std::string(level);
    return std::make_unique<Log>(spdlog::level::from_str(name));
}

}  // namespace trama::report
