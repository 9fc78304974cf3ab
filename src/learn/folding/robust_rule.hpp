#pragma once

#include <optional>
#include <string>

#include "folding.hpp"
#include "order_statistics.hpp"
#include "trama/learn/describe.hpp"

/// What rules that bear bad clients have in common.
namespace trama::learn {

/// How many models such a rule needs: `factor` × f + `more`.
struct Least {
    std::int64_t factor = 0, more = 1;

    std::int64_t models(std::int64_t f) const { return factor * f + more; }
    std::string text() const;  ///< "2f + 3"
    /// Errors (kind `run`): fewer models than that.
    std::optional<core::Error> fault(std::string_view rule, std::int64_t f, std::size_t models) const;
};

/// The signature of such a rule, without its parameters. Those that fold models or updates say `[M] -> M`,
/// those that need the base `[Update] -> Model`.
Describe robust_rule(std::string name, std::string type, std::string example, std::string doc,
                     std::string paper);
/// The same with the parameter `f`, checked against the number of streams.
Describe robust_rule(std::string name, std::string example, std::string doc, std::string paper, Least least);

/// `weights: uniform | samples` of the rules that can weigh.
Param trusted_weights();

/// The medians of the buffers (running statistics).
core::ParameterSet median_buffers(const Folded& folded);

/// `Folded::of`, for F32 only.
core::Result<Folded> fold_floats(std::string_view rule, std::span<const core::Value> values);

}  // namespace trama::learn
