#include "server_rule.hpp"

#include <cmath>

#include <fmt/format.h>

#include "core/portable.hpp"

namespace trama::learn {

Describe server_rule(std::string name, std::string doc, std::string paper) {
    auto example = "broadcast >> [| client |]^4 >> reduce(" + name + ")";
    return Describe(std::move(name), "rule", "[Update] -> Model")
        .in("Aggregation")
        .says(std::move(doc))
        .like(std::move(example))
        .after(std::move(paper));
}

Param server_rate(std::string fallback) {
    return Param("lr", "real | schedule", "Step size of the server.")
        .or_else(std::move(fallback))
        .by_round()
        .above(0);
}

Param client_weights() {
    return Param("weights", "one_of(samples, uniform)", "Every sample counts the same, or every client.")
        .or_else("samples");
}

double streams(const Context& context, const Folded& folded) {
    // A fold of lists has one input, whatever the length of the list.
    return static_cast<double>(std::max(context.actor.inputs.size(), folded.models.size()));
}

core::Result<std::vector<double>> facts(std::string_view rule, const Folded& folded, std::string_view name,
                                        std::string hint) {
    std::vector<double> all;
    for (std::size_t i = 0; i < folded.models.size(); ++i) {
        const auto found = folded.models[i]->facts.find(name);
        const bool here = found != folded.models[i]->facts.end();
        if (here && std::isfinite(found->second)) {
            all.push_back(found->second);
            continue;
        }
        return core::fail(
            core::ErrorKind::run,
            here ? fmt::format("{}: the `{}` of update {} of {} is {}, not a finite number", rule, name,
                               i + 1, folded.models.size(), core::one_nan(found->second))
                 : fmt::format("{}: update {} of {} does not say its `{}`", rule, i + 1, folded.models.size(),
                               name),
            {}, std::move(hint));
    }
    return all;
}

}  // namespace trama::learn
