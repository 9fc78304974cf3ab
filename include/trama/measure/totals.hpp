#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory_resource>
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

    void phase(std::string_view name, Clock::time_point start, Clock::time_point end) override;
    void fired(const Place& place, Clock::time_point start, Clock::time_point end) override;
    void sent(std::string_view from, std::string_view to, const core::Round& round,
              std::size_t bytes) override;
    void mixed(const Place& place, std::int64_t staleness) override;
    void dropped(const Place& place) override;

  private:
    /// Its path is right behind it in memory, so that looking at both costs little.
    struct Actor {
        Busy busy;
        std::size_t length = 0;
        std::string_view path() const { return {reinterpret_cast<const char*>(this + 1), length}; }
    };
    struct Known {
        const char* address = nullptr;
        Actor* actor = nullptr;
    };
    Busy& of(std::string_view path);  ///< precondition: the mutex is held
    Actor* add(std::string_view path);
    Known& slot(const char* address);

    mutable std::mutex mutex_;
    Snapshot all_;                                ///< but for `busy`
    std::pmr::monotonic_buffer_resource memory_;  ///< of the actors
    std::vector<Actor*> actors_;
    std::unordered_map<std::string_view, Actor*> by_path_;
    /// An engine reports with the same strings over and over, so their address finds the actor at once: at
    /// the first free place from its hash on, of a power of two that is never more than half full.
    std::vector<Known> by_address_;
    std::size_t addresses_ = 0;
};

/// A path with its copy indices left open: "scheme/feedback/[2]/client" → "scheme/feedback/[*]/client".
std::string without_copies(std::string_view path);

}  // namespace trama::measure
