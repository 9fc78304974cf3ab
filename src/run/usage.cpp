#include "run/usage.hpp"

#include <algorithm>
#include <unordered_map>

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

double joules(const engine::DeviceClass& device, double busy, double seconds) {
    const double idle = std::max(seconds - busy, 0.0);
    return device.watts_busy * std::min(busy, seconds) + device.watts_idle * idle;
}

double joules(const network::Network& network, const engine::Machines& machines,
              const measure::Totals& totals, double seconds) {
    std::vector<double> busy(machines.count());
    std::vector<bool> there(machines.count());
    std::unordered_map<std::string_view, network::ActorId> ids;
    ids.reserve(network.actors.size());
    for (const auto& actor : network.actors) {
        ids.emplace(actor.path, actor.id);
        if (actor.call) there[machines.of(actor.id)] = true;
    }
    totals.each([&](std::string_view path, const measure::Totals::Busy& of) {
        const auto found = ids.find(path);
        if (found != ids.end()) busy[machines.of(found->second)] += of.seconds;
    });
    double sum = 0;
    for (std::size_t i = 0; i < busy.size(); ++i)
        if (there[i]) sum += joules(machines.device(i), busy[i], seconds);
    return sum;
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
