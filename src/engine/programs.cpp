#include "engine/programs.hpp"

namespace trama::engine {
namespace {

/// Makes what the call says unless it is there already.
template <class Made, class Factory>
core::Result<void> add(std::map<const core::Call*, Made>& all, const network::Actor& actor,
                       const Factory& factory, learn::Resources& resources) {
    auto& made = all[actor.call.get()];
    if (made) return {};
    auto result = factory(*actor.call, resources);
    if (!result) {
        auto error = result.error();
        if (error.where.empty()) error.where = actor.path;
        return tl::unexpected(std::move(error));
    }
    made = std::move(*result);
    return {};
}

}  // namespace

core::Result<Programs> Programs::make(const network::Network& network, learn::Resources& resources) {
    Programs programs;
    for (const auto& actor : network.actors) {
        if (actor.kind == network::Kind::sample) {
            auto choice = Choice::make(network, actor, resources);
            if (!choice) return tl::unexpected(choice.error());
            programs.choices_.emplace(actor.id, std::move(*choice));
        }
        if (!actor.call) continue;
        const auto& library = resources.library();
        const auto& name = actor.call->function;
        auto made = actor.kind == network::Kind::function
                        ? add(programs.functions_, actor, *library.function(name), resources)
                        : add(programs.rules_, actor, *library.rule(name), resources);
        if (!made) return tl::unexpected(made.error());
    }
    return programs;
}

}  // namespace trama::engine
