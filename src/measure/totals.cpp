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
    return all_;
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
    auto path = without_copies(place.actor);
    const std::lock_guard lock(mutex_);
    auto& busy = all_.busy[std::move(path)];
    busy.firings += 1;
    busy.seconds += std::chrono::duration<double>(end - start).count();
}

void Totals::sent(std::string_view /*from*/, std::string_view /*to*/, const core::Round& /*round*/,
                  std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    all_.tokens += 1;
    all_.bytes_moved += bytes;
}

}  // namespace trama::measure
