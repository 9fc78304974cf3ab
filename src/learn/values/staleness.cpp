#include "../folding/staleness.hpp"

#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "../arguments.hpp"
#include "trama/core/elementary.hpp"

namespace trama::learn {

namespace {

Describe staleness(std::string name, std::string doc, std::string example) {
    return Describe(std::move(name), "staleness")
        .in("Asynchrony")
        .says(std::move(doc))
        .like("gather >> mix(fedasync(alpha: 0.6, staleness: " + std::move(example) + "))")
        .after("Xie, Koyejo and Gupta, Asynchronous Federated Optimization, 2019");
}

}  // namespace

double discount(const core::Constant& how, std::int64_t staleness) {
    const auto* call = how.call();
    if (call == nullptr)
        throw std::invalid_argument(fmt::format("`{}` does not say what age does", core::to_text(how)));
    const auto age = static_cast<double>(staleness);
    if (call->function == "constant") return 1;
    if (call->function == "polynomial") return core::pow(age + 1, -real(*call, "a"));
    if (call->function != "hinge")
        throw std::invalid_argument(fmt::format("`{}` does not say what age does", call->function));
    const double late = age - real(*call, "b");
    return late <= 0 ? 1 : 1 / (real(*call, "a") * late + 1);
}

Param discounted(std::string fallback) {
    return Param("staleness", "staleness",
                 "What an update counts that started from an older version: constant, polynomial(a) or "
                 "hinge(a, b).")
        .or_else(std::move(fallback));
}

void take_metrics(core::Model& model, const core::Model& update) {
    for (const auto& [name, metric] : update.metrics)
        model.metrics.insert_or_assign(name, metric);
}

core::Result<Folded> into_current(std::string_view rule, const Context& context,
                                  std::span<const core::Value> values) {
    if (context.current == nullptr || values.size() != 1 || values.front().model() == nullptr)
        throw std::invalid_argument(
            fmt::format("{} mixes one update at a time into the current model", rule));
    // `both` shares the models, which outlive it.
    const std::array<core::Value, 2> both{context.current, values.front().shared_model()};
    return Folded::of(both);
}

Describe mixing_rule(std::string name, std::string example, std::string doc, std::string paper) {
    return Describe(std::move(name), "rule", "[Update] -> Model")
        .in("Aggregation")
        .says(std::move(doc))
        .like("gather >> mix(" + std::move(example) + ")")
        .after(std::move(paper))
        .mixes();
}

void add_staleness(Library& library) {
    library.add_value(staleness("constant", "Updates count the same, however old.", "constant"));
    library.add_value(
        staleness("polynomial", "An update that is t versions old counts (t + 1)^-a.", "polynomial(0.5)")
            .takes(Param("a", "real", "The exponent; 0: all count the same.").or_else("0.5").at_least(0)));
    library.add_value(
        staleness("hinge",
                  "An update that is up to b versions old counts in full, one of t versions 1 / (a·(t − b) + "
                  "1).",
                  "hinge(a: 10, b: 4)")
            .takes(Param("a", "real", "How fast the weight falls behind b.").or_else("10").at_least(0))
            .takes(Param("b", "real", "Versions that do not count as age.").or_else("4").at_least(0)));
}

}  // namespace trama::learn
