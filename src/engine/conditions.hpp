#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "trama/core/constant.hpp"
#include "trama/core/value.hpp"

namespace trama::engine {

/// When a feedback ends and which round's models are its result, read from its call.
struct Conditions {
    std::int64_t rounds = 0;  ///< 0: no limit
    std::optional<core::Condition> until;
    std::optional<double> seconds;
    std::optional<core::Condition> best;  ///< the metric of `keep:`
    bool lowest = false;                  ///< of `keep:`
    std::int64_t updates = 0;             ///< of an asynchronous one: tokens that have come back
    std::int64_t versions = 0;            ///< of an asynchronous one: models made
    std::int64_t checkpoint = 0;          ///< rounds from one checkpoint to the next; 0: none
};
Conditions conditions_of(const core::Call& feedback);

/// The number that a condition looks at, of the values of all streams; nothing when no stream has that
/// metric.
std::optional<double> look_at(const core::Condition& condition, const std::vector<core::Value>& values);

/// Whether a feedback ends with this round; `values` are those of its streams, `seconds` since it began.
bool is_over(const Conditions& conditions, std::int64_t round, const std::vector<core::Value>& values,
             double seconds);

/// NaN fulfils nothing.
bool holds(const core::Condition& condition, double value);

}  // namespace trama::engine
