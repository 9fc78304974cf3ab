#pragma once

#include <atomic>
#include <cstdint>
#include <stop_token>

#include "trama/measure/metrics_log.hpp"
#include "trama/measure/observer.hpp"

namespace trama::run {

/// Counts rounds, and stops a run whose metrics can no longer be written: it would lose what it is done for.
class Recorder final : public measure::Observer {
  public:
    /// `log` comes before this among the observers.
    void watch(const measure::MetricsLog& log, std::stop_source stop) {
        log_ = &log;
        stop_ = std::move(stop);
    }
    void round_done(std::string_view /*loop*/, const core::Round& round, std::int64_t /*rounds*/,
                    const core::Metrics& /*metrics*/) override {
        if (round.size() <= 1) rounds_.fetch_add(1, std::memory_order_relaxed);
        if (log_ != nullptr && !log_->status()) stop_.request_stop();
    }
    std::int64_t rounds() const { return rounds_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> rounds_{0};
    const measure::MetricsLog* log_ = nullptr;
    std::stop_source stop_{std::nostopstate};
};

}  // namespace trama::run
