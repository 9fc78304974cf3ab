#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "trama/measure/observer.hpp"

namespace trama::measure {

/// Adds up what a run reports, for its summary. An event costs two look-ups and no memory once its actor is
/// known.
class Totals final : public Observer {
  public:
    struct Phase {
        std::string name;
        double seconds = 0;
    };
    struct Busy {
        std::uint64_t actors = 0;  ///< that count here: 1, or the copies
        std::uint64_t firings = 0;
        double seconds = 0;  ///< of all copies together: more than the run takes when they ran side by side
        std::uint64_t bytes_sent = 0, bytes_received = 0;
        std::uint64_t dropped = 0;  ///< tokens
    };
    struct Snapshot {
        std::uint64_t tokens = 0;
        std::uint64_t bytes_moved = 0;     ///< tensor data that the tokens stood for
        std::vector<Phase> phases;         ///< in the order in which they first ended; the same name adds up
        std::map<std::string, Busy> busy;  ///< by path, copies as one: "scheme/feedback/[*]/client"
        std::map<std::int64_t, std::uint64_t> staleness;  ///< of mixed updates: how many were so old
    };
    Snapshot snapshot() const;
    /// Calls `visit` with each actor that has reported something, in the order in which they first did.
    void each(const std::function<void(std::string_view path, const Busy&)>& visit) const;

    void phase(std::string_view name, Clock::time_point start, Clock::time_point end) override;
    void fired(const Place& place, Clock::time_point start, Clock::time_point end) override;
    void sent(std::string_view from, std::string_view to, const core::Round& round,
              std::size_t bytes) override;
    void mixed(const Place& place, std::int64_t staleness) override;
    void dropped(const Place& place) override;

  private:
    struct Actor {
        std::string path;
        Busy busy;
    };
    Busy& of(std::string_view path);  ///< precondition: the mutex is held

    mutable std::mutex mutex_;
    Snapshot all_;              ///< but for `busy`
    std::deque<Actor> actors_;  ///< stay where they are
    std::unordered_map<std::string_view, Actor*> by_path_;
    /// An engine reports with the same strings over and over, so their address finds the actor at once.
    std::unordered_map<const char*, Actor*> by_address_;
};

/// A path with its copy indices left open: "scheme/feedback/[2]/client" → "scheme/feedback/[*]/client".
std::string without_copies(std::string_view path);

}  // namespace trama::measure
