#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "trama/measure/observer.hpp"

namespace trama::engine::simulated {

/// Hands everything on, but what work says while it is computed ahead, only when its time has come: so that
/// the order in which a run is told does not depend on who computes when.
class Told final : public measure::Observer {
  public:
    using Words = std::vector<std::function<void(measure::Observer&)>>;

    explicit Told(measure::Observer& observer) : observer_(observer) {}

    /// Keeps what is said on this thread.
    class Listening {
      public:
        explicit Listening(Words& words);
        Listening(const Listening&) = delete;
        Listening& operator=(const Listening&) = delete;
        ~Listening();
    };
    void tell(const Words& words) {
        for (const auto& word : words)
            word(observer_);
    }

    void phase(std::string_view name, measure::Clock::time_point start,
               measure::Clock::time_point end) override {
        observer_.phase(name, start, end);
    }
    void fired(const measure::Place& place, measure::Clock::time_point start,
               measure::Clock::time_point end) override {
        observer_.fired(place, start, end);
    }
    void sent(std::string_view from, std::string_view to, const core::Round& round,
              std::size_t bytes) override {
        observer_.sent(from, to, round, bytes);
    }
    void round_done(std::string_view loop, const core::Round& round, std::int64_t rounds,
                    const core::Metrics& metrics) override {
        observer_.round_done(loop, round, rounds, metrics);
    }
    void mixed(const measure::Place& place, std::int64_t staleness) override {
        observer_.mixed(place, staleness);
    }
    void dropped(const measure::Place& place) override { observer_.dropped(place); }
    void measured(const measure::Place& place, const core::Metrics& metrics, double seconds) override;
    void happened(std::string_view name, std::string_view text, std::string_view where) override;
    void warn(std::string_view message, std::string_view where) override;

  private:
    measure::Observer& observer_;
};

}  // namespace trama::engine::simulated
