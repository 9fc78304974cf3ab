#include "robust_rule.hpp"

#include <fmt/format.h>

#include "../arguments.hpp"

namespace trama::learn {

std::string Least::text() const {
    return fmt::format("{}f + {}", factor, more);
}

std::optional<core::Error> Least::fault(std::string_view rule, std::int64_t f, std::size_t models) const {
    const auto needed = this->models(f);
    if (static_cast<std::int64_t>(models) >= needed) return std::nullopt;
    return core::Error{core::ErrorKind::run,
                       fmt::format("{}: to bear f = {} bad clients it needs {} models ({}), and got {}", rule,
                                   f, needed, text(), models),
                       {},
                       "lower `f`, or let more clients take part"};
}

Describe robust_rule(std::string name, std::string type, std::string example, std::string doc,
                     std::string paper) {
    return Describe(std::move(name), "rule", std::move(type))
        .in("Robust aggregation")
        .says(std::move(doc))
        .like("broadcast >> [| client |]^10 >> reduce(" + std::move(example) + ")")
        .after(std::move(paper));
}

Describe robust_rule(std::string name, std::string example, std::string doc, std::string paper, Least least) {
    doc += " Needs " + least.text() + " models at least. Every model counts the same, whatever its samples.";
    auto made =
        robust_rule(std::move(name), "[M] -> M", std::move(example), std::move(doc), std::move(paper));
    made.parameters.push_back(Param("f", "int", "How many bad clients it bears.").at_least(0));
    made.misfit = [least](const core::Call& call, std::int64_t width) -> std::string {
        const auto needed = least.models(integer(call, "f"));
        return width >= needed ? "" : fmt::format("needs {} models at least ({})", needed, least.text());
    };
    return made;
}

Param trusted_weights() {
    return Param("weights", "one_of(uniform, samples)",
                 "Every client counts the same, or every sample; a bad client may claim any number of them.")
        .or_else("uniform");
}

core::ParameterSet median_buffers(const Folded& folded) {
    return median_of(folded.buffers(), folded.models.front()->buffers.shared_layout());
}

core::Result<Folded> fold_floats(std::string_view rule, std::span<const core::Value> values) {
    auto folded = Folded::of(values);
    if (!folded) return folded;
    if (auto fault = folded->other_than_floats(rule)) return tl::unexpected(std::move(*fault));
    return folded;
}

}  // namespace trama::learn
