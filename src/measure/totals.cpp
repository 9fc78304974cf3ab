#include "trama/measure/totals.hpp"

#include <algorithm>
#include <new>
#include <type_traits>
#include <utility>

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
    for (const auto* actor : actors_) {
        auto& busy = all.busy[without_copies(actor->path())];
        busy.actors += actor->busy.actors;
        busy.firings += actor->busy.firings;
        busy.seconds += actor->busy.seconds;
        busy.bytes_sent += actor->busy.bytes_sent;
        busy.bytes_received += actor->busy.bytes_received;
        busy.dropped += actor->busy.dropped;
    }
    return all;
}

Totals::Actor* Totals::add(std::string_view path) {
    auto* actor = new (memory_.allocate(sizeof(Actor) + path.size(), alignof(Actor))) Actor;
    static_assert(std::is_trivially_destructible_v<Actor>);
    std::ranges::copy(path, reinterpret_cast<char*>(actor + 1));
    actor->length = path.size();
    actor->busy.actors = 1;
    actors_.push_back(actor);
    return actor;
}

Totals::Known& Totals::slot(const char* address) {
    constexpr std::uint64_t golden = 0x9E3779B97F4A7C15;
    const auto last = by_address_.size() - 1;
    auto at = static_cast<std::size_t>((reinterpret_cast<std::uintptr_t>(address) * golden) >> 20) & last;
    while (by_address_[at].address != nullptr && by_address_[at].address != address)
        at = (at + 1) & last;
    return by_address_[at];
}

Totals::Busy& Totals::of(std::string_view path) {
    if (by_address_.empty()) by_address_.resize(64);
    const char* const address = path.data();
    auto* near = &slot(address);
    if (near->actor != nullptr && near->actor->path() == path) return near->actor->busy;
    auto known = by_path_.find(path);
    if (known == by_path_.end()) {
        auto* actor = add(path);
        known = by_path_.emplace(actor->path(), actor).first;
    }
    // Strings that come and go must not fill the memory.
    constexpr std::size_t addresses_each = 2;
    const bool fresh = near->actor == nullptr;
    if (fresh && addresses_ >= addresses_each * actors_.size()) return known->second->busy;
    *near = {address, known->second};
    if (fresh && ++addresses_ * 2 > by_address_.size()) {
        const auto before = std::exchange(by_address_, std::vector<Known>(2 * by_address_.size()));
        for (const auto& each : before) {
            if (each.actor != nullptr) slot(each.address) = each;
        }
    }
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
