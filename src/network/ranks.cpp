#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "network/passes.hpp"

namespace trama::network {
namespace {

using Path = std::vector<std::int64_t>;

/// Who shares the parts of a data set: those who do the same on the same data, whatever the user calls them.
/// Others are ranked among their namesakes.
using Population = std::tuple<const core::Call*, std::string>;

Population population_of(const Actor& actor) {
    if (actor.data && actor.call) return {actor.data.get(), actor.call->function};
    return {nullptr, actor.name};
}

}  // namespace

core::Result<void> rank_copies(const lang::Scheme& /*scheme*/, const ExpandOptions& /*options*/,
                               Network& network) {
    std::map<Population, std::vector<ActorId>> populations;
    for (const auto& actor : network.actors) {
        if (!actor.copy.empty()) populations[population_of(actor)].push_back(actor.id);
    }
    for (auto& [population, members] : populations) {
        const auto path = [&](ActorId id) -> const Path& { return network.actors[id].copy; };
        // Two uses of one client in the same shape have the same paths: the same clients. Row-major is the
        // order of the paths.
        if (!std::ranges::is_sorted(members, {}, path)) std::ranges::stable_sort(members, {}, path);
        std::int64_t rank = -1;
        const Path* before = nullptr;
        for (const auto id : members) {
            if (before == nullptr || *before != path(id)) ++rank;
            before = &path(id);
            network.actors[id].rank = rank;
        }
        for (const auto id : members)
            network.actors[id].copies = rank + 1;
    }
    return {};
}

}  // namespace trama::network
