#include "engine/simulated/stand_in.hpp"

#include <utility>

#include "engine/metrics.hpp"

namespace trama::engine::simulated {

bool StandIn::gives(const network::Actor& actor, std::string_view payload) const {
    return !actor.outputs.empty() && network_.channels[actor.outputs.front()].payload == payload;
}

std::optional<core::Value> StandIn::of(const network::Actor& actor, const actors::Work& work) {
    if (work.values.empty() || actor.inputs.empty()) return std::nullopt;  // sources are real
    const auto& value = work.values.front();
    const bool folds = actor.kind != network::Kind::function;
    if (!folds && !actor.data) {
        const auto known = made_.find(actor.call.get());
        return known == made_.end() ? std::nullopt : std::optional(known->second);
    }
    if (folds && gives(actor, "Partial")) {
        const auto known = made_.find(actor.call.get());
        if (known != made_.end()) return known->second;
        return std::nullopt;
    }
    auto model = value.shared_model();
    if (const auto* partial = value.partial()) model = {partial->base, &partial->like};
    if (!model) return value;
    if (folds && actor.kind != network::Kind::mix && value.partial() == nullptr)
        return gives(actor, "Update") ? value : without_base(value);
    auto& last = last_[actor.call.get()];
    if (last.of == model.get()) return last.value;
    last.of = model.get();
    if (actor.kind == network::Kind::mix) {
        auto next = *model;  // each update makes a version, so that ages mean something
        ++next.version;
        last.value = core::Value(std::move(next));
    } else if (gives(actor, "Update")) {
        last.value = core::Value(core::Update{*model, model, {}});
    } else {
        last.value = folds ? core::Value(core::Model(*model)) : value;
    }
    return last.value;
}

void StandIn::keep(const network::Actor& actor, const core::Value& value) {
    if (!actor.inputs.empty()) made_.emplace(actor.call.get(), value);
}

}  // namespace trama::engine::simulated
