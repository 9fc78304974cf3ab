#include "trama/measure/totals.hpp"

#include <algorithm>

namespace trama::measure {

std::string without_copies(std::string_view path) {
    std::string open;
    open.reserve(path.size());
    for (std::size_t i = 0; i < path.size(); ++i) {
        open += path[i];
        if (path[i] != '[') continue;
        open += '*';
        while (i + 1 < path.size() && path[i + 1] != ']')
            ++i;
    }
    return open;
}

Totals::Snapshot Totals::snapshot() const {
    const std::lock_guard lock(mutex_);
    auto all = all_;
    for (const auto& actor : actors_) {
        auto& busy = all.busy[without_copies(actor.path)];
        busy.actors += actor.busy.actors;
        busy.firings += actor.busy.firings;
        busy.seconds += actor.busy.seconds;
        busy.bytes_sent += actor.busy.bytes_sent;
        busy.bytes_received += actor.busy.bytes_received;
        busy.dropped += actor.busy.dropped;
    }
    return all;
}

void Totals::each(const std::function<void(std::string_view, const Busy&)>& visit) const {
    const std::lock_guard lock(mutex_);
    for (const auto& actor : actors_)
        visit(actor.path, actor.busy);
}

Totals::Busy& Totals::of(std::string_view path) {
    const auto near = by_address_.find(path.data());
    if (near != by_address_.end() && near->second->path == path) return near->second->busy;
    auto known = by_path_.find(path);
    if (known == by_path_.end()) {
        auto& actor = actors_.emplace_back();
        actor.path = path;
        actor.busy.actors = 1;
        known = by_path_.emplace(actor.path, &actor).first;
    }
    // Strings that come and go must not fill the memory.
    constexpr std::size_t addresses_each = 2;
    if (near != by_address_.end() || by_address_.size() < addresses_each * actors_.size())
        by_address_.insert_or_assign(path.data(), known->second);
    return known->second->busy;
}

void Totals::phase(std::string_view name, Clock::time_point start, Clock::time_point end) {
    const auto seconds = std::chrono::duration<double>(end - start).count();
    const std::lock_guard lock(mutex_);
    const auto known = std::ranges::find(all_.phases, name, &Phase::name);
    if (known != all_.phases.end()) {
        known->seconds += seconds;
    } else {
        all_.phases.push_back({std::string(name), seconds});
    }
}

void Totals::fired(const Place& place, Clock::time_point start, Clock::time_point end) {
    const std::lock_guard lock(mutex_);
    auto& busy = of(place.actor);
    busy.firings += 1;
    busy.seconds += std::chrono::duration<double>(end - start).count();
}

void Totals::sent(std::string_view from, std::string_view to, const core::Round& /*round*/,
                  std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    all_.tokens += 1;
    if (bytes == 0) return;
    all_.bytes_moved += bytes;
    of(from).bytes_sent += bytes;
    of(to).bytes_received += bytes;
}

void Totals::mixed(const Place& /*place*/, std::int64_t staleness) {
    const std::lock_guard lock(mutex_);
    all_.staleness[staleness] += 1;
}

void Totals::dropped(const Place& place) {
    const std::lock_guard lock(mutex_);
    of(place.actor).dropped += 1;
}

}  // namespace trama::measure
