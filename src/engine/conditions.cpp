#include "engine/conditions.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "engine/arguments.hpp"
#include "engine/metrics.hpp"

namespace trama::engine {
namespace {

std::optional<double> metric_of(const core::Value& value, std::string_view name) {
    const auto* metrics = metrics_of(value);
    if (metrics == nullptr) return std::nullopt;
    const auto found = metrics->find(name);
    return found != metrics->end() ? std::optional(found->second.value) : std::nullopt;
}

}  // namespace

Conditions conditions_of(const core::Call& feedback) {
    Conditions conditions;
    conditions.rounds = integer(&feedback, "rounds", 0);
    conditions.updates = integer(&feedback, "updates", 0);
    conditions.versions = integer(&feedback, "versions", 0);
    conditions.checkpoint = integer(&feedback, "checkpoint", 0);
    conditions.seconds = seconds(&feedback, "time");
    if (const auto* until = feedback.find("until");
        until != nullptr && until->as<core::Condition>() != nullptr) {
        conditions.until = *until->as<core::Condition>();
    }
    const auto* keep = feedback.find("keep");
    if (const auto* best = keep != nullptr ? keep->call() : nullptr) {
        const auto* metric = best->find("metric");
        if (metric != nullptr && metric->as<core::Condition>() != nullptr) {
            conditions.best = *metric->as<core::Condition>();
        }
        conditions.lowest = is_word(best, "order", "lowest");
    }
    return conditions;
}

std::optional<double> look_at(const core::Condition& condition, const std::vector<core::Value>& values) {
    if (condition.fold == "stream") {
        const auto index = static_cast<std::size_t>(condition.stream);
        return index < values.size() ? metric_of(values[index], condition.metric) : std::nullopt;
    }
    if (condition.fold == "min" || condition.fold == "max") {
        std::optional<double> extreme;
        for (const auto& value : values) {
            const auto one = metric_of(value, condition.metric);
            if (!one) continue;
            if (std::isnan(*one)) return one;
            const bool further = !extreme || (condition.fold == "min" ? *one < *extreme : *one > *extreme);
            if (further) extreme = one;
        }
        return extreme;
    }
    const auto merged = merged_metrics(values);
    const auto found = merged.find(condition.metric);
    return found != merged.end() ? std::optional(found->second.value) : std::nullopt;
}

bool is_over(const Conditions& conditions, std::int64_t round, const std::vector<core::Value>& values,
             double seconds) {
    if (conditions.rounds > 0 && round >= conditions.rounds) return true;
    if (conditions.seconds && seconds >= *conditions.seconds) return true;
    if (conditions.until) {
        const auto value = look_at(*conditions.until, values);
        if (value && holds(*conditions.until, *value)) return true;
    }
    // Nobody takes part: no later round would differ.
    return !values.empty() && std::ranges::all_of(values, &core::Value::is_skip);
}

bool holds(const core::Condition& condition, double value) {
    if (std::isnan(value)) return false;
    if (condition.op == "<") return value < condition.value;
    if (condition.op == "<=") return value <= condition.value;
    if (condition.op == ">") return value > condition.value;
    if (condition.op == ">=") return value >= condition.value;
    if (condition.op == "==") return value == condition.value;
    return value != condition.value;
}

}  // namespace trama::engine
