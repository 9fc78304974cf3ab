#include "engine/metrics.hpp"

#include <utility>

namespace trama::engine {

const core::Metrics* metrics_of(const core::Value& value) {
    const auto* model = value.model();
    return model != nullptr ? &model->metrics : nullptr;
}

namespace {

/// A copy that `change` has changed; what is no model stays as it is.
template <class Change>
core::Value changed_model(const core::Value& value, Change change) {
    if (const auto* update = value.update()) {
        auto changed = *update;
        change(changed.result);
        return changed;
    }
    if (const auto* model = value.model()) {
        auto changed = *model;
        change(changed);
        return changed;
    }
    return value;
}

}  // namespace

core::Value with_metrics(const core::Value& value, core::Metrics metrics) {
    return changed_model(value, [&](core::Model& model) { model.metrics = std::move(metrics); });
}

core::Value with_weight(const core::Value& value, double weight) {
    return changed_model(value, [&](core::Model& model) { model.weight = weight; });
}

core::Value without_base(const core::Value& value) {
    // A copy of the Model, not an alias into the Update: so that nothing holds the base any longer.
    const auto* update = value.update();
    return update != nullptr ? core::Value(core::Model(update->result)) : value;
}

core::Metrics merged_metrics(const std::vector<core::Value>& values) {
    std::vector<const core::Metrics*> all;
    for (const auto& value : values) {
        if (const auto* metrics = metrics_of(value)) all.push_back(metrics);
    }
    return core::merge(all);
}

}  // namespace trama::engine
