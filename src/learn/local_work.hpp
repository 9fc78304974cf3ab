#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "trama/learn/library.hpp"

namespace trama::learn {

/// Which samples a copy works on: `part: own | all | 3`, with `parts: 20` for a number.
struct PartChoice {
    bool all = false;
    std::optional<std::int64_t> number, parts;

    static core::Result<PartChoice> read(const core::Call& call);
    /// Empty span: the whole split.
    core::Result<std::span<const std::uint32_t>> choose(const network::Actor& actor, const Dataset& data,
                                                        Split split, Resources& resources) const;
    /// The data set as that part sees it (a partition may disturb it).
    core::Result<const Dataset*> sees(const network::Actor& actor, const Dataset& data, Split split,
                                      Resources& resources) const;
    std::int64_t count(const network::Actor& actor) const;  ///< into how many parts the split is cut
};

/// The net of a model, after a check that the data fit it. Errors: kind `scheme`.
core::Result<std::shared_ptr<const Net>> net_for(const core::Model& model, const Dataset& data,
                                                 Resources& resources);

/// The same value with these metrics added to its model; parameters stay shared.
core::Value with_metrics(const core::Value& value, const core::Metrics& added);

/// "training diverged: loss is nan", with the place and what to do.
core::Error diverged(const Context& context, std::string_view what, double loss, std::string hint);

}  // namespace trama::learn
