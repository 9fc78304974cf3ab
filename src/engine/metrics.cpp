#include "engine/metrics.hpp"

#include <utility>

namespace trama::engine {

const core::Metrics* metrics_of(const core::Value& value) {
    const auto* model = value.model();
    return model != nullptr ? &model->metrics : nullptr;
}

core::Value with_metrics(const core::Value& value, core::Metrics metrics) {
    if (const auto* update = value.update()) {
        auto changed = *update;
        changed.result.metrics = std::move(metrics);
        return changed;
    }
    if (const auto* model = value.model()) {
        auto changed = *model;
        changed.metrics = std::move(metrics);
        return changed;
    }
    return value;
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
