#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "trama/measure/observer.hpp"

namespace trama::measure {

/// Adds up what a run reports, for its summary.
class Totals final : public Observer {
  public:
    struct Phase {
        std::string name;
        double seconds = 0;
    };
    struct Busy {
        std::uint64_t firings = 0;
        double seconds = 0;  ///< of all copies together: more than the run takes when they ran side by side
    };
    struct Snapshot {
        std::uint64_t tokens = 0;
        std::uint64_t bytes_moved = 0;     ///< tensor data that the tokens stood for
        std::vector<Phase> phases;         ///< in the order in which they first ended; the same name adds up
        std::map<std::string, Busy> busy;  ///< by path, copies as one: "scheme/feedback/[*]/client"
    };
    Snapshot snapshot() const;

    void phase(std::string_view name, Clock::time_point start, Clock::time_point end) override;
    void fired(const Place& place, Clock::time_point start, Clock::time_point end) override;
    void sent(std::string_view from, std::string_view to, const core::Round& round,
              std::size_t bytes) override;

  private:
    mutable std::mutex mutex_;
    Snapshot all_;
};

/// A path with its copy indices left open: "scheme/feedback/[2]/client" → "scheme/feedback/[*]/client".
std::string without_copies(std::string_view path);

}  // namespace trama::measure
