#include "run/usage.hpp"

#include <algorithm>

#include "engine/conditions.hpp"

namespace trama::run {

std::vector<Use> uses(const measure::Totals::Snapshot& totals, double seconds) {
    std::vector<Use> all;
    for (const auto& [path, busy] : totals.busy) {
        const auto whole = seconds * static_cast<double>(busy.actors);
        all.push_back({path, busy.actors, busy.firings, busy.seconds, whole > 0 ? busy.seconds / whole : 0,
                       busy.bytes_sent, busy.bytes_received, busy.dropped});
    }
    std::ranges::stable_sort(all, std::ranges::greater(), &Use::seconds);
    return all;
}

std::optional<std::string> reached(const network::Network& network, const std::vector<core::Token>& results) {
    std::vector<core::Value> values;
    for (const auto& result : results)
        values.push_back(result.value);
    const auto last = std::ranges::find_if(network.loops.rbegin(), network.loops.rend(),
                                           [](const network::Loop& loop) { return loop.parent < 0; });
    if (last == network.loops.rend() || !last->call) return {};
    const auto until = engine::conditions_of(*last->call).until;
    if (!until) return {};
    const auto value = engine::look_at(*until, values);
    if (!value || !engine::holds(*until, *value)) return {};
    return core::to_text(core::Constant{*until});
}

}  // namespace trama::run
