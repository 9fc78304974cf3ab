#include "peers.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace trama::learn {

core::Result<Peers> Peers::of(std::string_view rule, const Context& context,
                              std::span<const core::Value> values) {
    if (context.edges.size() != values.size())
        throw std::invalid_argument(fmt::format("{} folds {} values, and {} edges lead to them", rule,
                                                values.size(), context.edges.size()));
    std::vector<core::Value> models;
    for (const auto& value : values) {
        if (value.model() == nullptr)
            throw std::invalid_argument(fmt::format("{} folds models, not a {}", rule, value.type()));
        models.emplace_back(value.shared_model());
    }
    // The models live on in `values`, whose results these share.
    auto folded = Folded::of(models);
    if (!folded) return tl::unexpected(folded.error());
    if (auto fault = folded->other_than_floats(rule)) return tl::unexpected(std::move(*fault));
    return Peers{std::move(*folded), context.edges};
}

core::Result<core::Model> Peers::mixed(core::ParameterSet params, const Weights& counts) const {
    const auto& models = folded.models;
    auto made = folded.model(std::move(params),
                             mean(folded.buffers(), counts, models.front()->buffers.shared_layout()));
    for (const auto* named : models) {
        for (const auto& [name, like] : named->extra) {
            if (name == core::private_set || made.extra.contains(name)) continue;
            std::vector<std::span<const float>> inputs;
            Weights present{{}, counts.total};
            for (std::size_t i = 0; i < models.size(); ++i) {
                const auto found = models[i]->extra.find(name);
                if (found == models[i]->extra.end()) continue;
                if (!(found->second.layout() == like.layout()) || !like.layout().all(core::DType::f32)) {
                    return core::fail(core::ErrorKind::run,
                                      fmt::format("the neighbours' sets `{}` do not fit each other", name));
                }
                inputs.push_back(found->second.floats());
                present.each.push_back(counts.each[i]);
            }
            made.extra.emplace(name, mean(inputs, present, like.shared_layout()));
        }
    }
    return made;
}

Describe peer_rule(std::string name, std::string example, std::string doc, std::string paper) {
    return Describe(std::move(name), "rule", "[M] -> M")
        .in("Aggregation")
        .says(std::move(doc))
        .like(std::move(example))
        .after(std::move(paper))
        .wants_weights();
}

}  // namespace trama::learn
