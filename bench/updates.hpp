#pragma once

#include <cstdlib>
#include <memory>

#include "measure.hpp"
#include "trama/core/value.hpp"
#include "trama/lang/signature.hpp"

/// What benchmarks of aggregation rules give them.
namespace trama::bench {

/// A call with the defaults of the rule, and something for what has none.
inline core::Call call_of(const lang::Signature& signature, long updates) {
    core::Call call;
    call.function = signature.name;
    for (const auto& parameter : signature.parameters) {
        core::Constant value;
        if (parameter.type == "int") {
            // As many bad clients as the strictest rule bears.
            const long free = parameter.name == "f" ? (updates - 3) / 4 : updates / 2;
            value = {std::int64_t{parameter.fallback ? std::atol(parameter.fallback->c_str()) : free}};
        } else if (parameter.type.starts_with("one_of(")) {
            value = {core::Symbol{*parameter.fallback}};
        } else {
            value = {parameter.fallback ? std::atof(parameter.fallback->c_str()) : 10.0};
        }
        call.arguments.push_back({parameter.name, std::move(value)});
    }
    return call;
}

/// So many clients' updates of one model, with what some rules ask for.
inline core::Values updates(long count, const std::shared_ptr<const core::Layout>& layout) {
    core::Model start;
    start.params = random_set(layout, 0);
    const auto base = std::make_shared<const core::Model>(start);
    core::Values values;
    for (long i = 0; i < count; ++i) {
        auto result = start;
        result.params = random_set(layout, static_cast<std::uint64_t>(i + 1));
        result.weight = static_cast<double>(1000 + 17 * i);
        result.facts = {{"normaliser", 10}, {"start_loss", 1}};
        result.extra["control"] = result.params;
        values.emplace_back(core::Update{std::move(result), base});
    }
    return values;
}

}  // namespace trama::bench
