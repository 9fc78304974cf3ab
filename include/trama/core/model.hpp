#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/constant.hpp"
#include "trama/core/parameter_set.hpp"

namespace trama::core {

/// The round of a token: one number per enclosing feedback, outermost first; empty outside of any. Rounds
/// count from 1.
using Round = std::vector<std::int64_t>;
std::string to_text(const Round& round);  ///< "3", "3.1"; empty for none

/// A measured number and the samples behind it; folds merge by samples.
struct Metric {
    double value = 0;
    double samples = 0;
    friend bool operator==(const Metric&, const Metric&) = default;
};

/// Ordered by name, so that iteration and merging do not depend on who measured first.
using Metrics = std::map<std::string, Metric, std::less<>>;

/// The sample-weighted mean of each name over `all`, in order. A name that only some have is averaged over
/// those.
Metrics merge(const std::vector<const Metrics*>& all);

/// Numbers by name: what a client tells its rule ("steps"), what a function remembers.
using Numbers = std::map<std::string, double, std::less<>>;

/// What a function or a rule remembers from one value to the next: named buffers and numbers, so that every
/// state can be compared and stored. Empty at first.
struct State {
    std::map<std::string, ParameterSet, std::less<>> sets;  ///< "control", "momentum", ...
    Numbers numbers;
    bool empty() const { return sets.empty() && numbers.empty(); }
    friend bool operator==(const State&, const State&) = default;
};

/// The extra set that stays with the actor that made it: it does not travel, counts no bytes, and folds leave
/// it out.
inline constexpr std::string_view private_set = "private";

/// Named parameter sets with their architecture and history. Copying a Model shares its buffers.
struct Model {
    ParameterSet params;                        ///< what training changes
    ParameterSet buffers;                       ///< running statistics and the like; may be empty
    std::map<std::string, ParameterSet> extra;  ///< what an algorithm adds, e.g. "control"
    std::shared_ptr<const Call> architecture;   ///< e.g. mlp(784, 64, 32, 10)
    std::int64_t version = 0;                   ///< how many folds or mixes made it
    double weight = 0;                          ///< samples behind it; weights add up in a fold
    Metrics metrics;
    Numbers facts;  ///< what an algorithm's client tells its rule, e.g. "steps"; folds leave it out
};

/// What really travels of a delta that was made smaller, as bytes.
struct Encoded {
    std::vector<std::byte> bytes;
};

/// A Model that also knows the base it was trained from. It flows wherever a Model does (its `result`); its
/// delta is result − base.
struct Update {
    Model result;
    std::shared_ptr<const Model> base;
    /// Set when the parameters travel as an encoded delta: `result` is then what the receiver makes of the
    /// base and these bytes.
    std::shared_ptr<const Encoded> encoded = {};
};

/// What a part of a tree reduction carries upwards: float64 sums of weight × value, rounded once at the root.
struct Partial {
    ParameterSet sums;  ///< f64, laid out like `like.params` followed by `like.buffers`
    Model like;  ///< layouts, architecture, version; its `weight` is the sum of weights, metrics merged
    std::shared_ptr<const Model> base;  ///< null when plain Models are folded
    std::int64_t count = 0;             ///< how many values it stands for
};

}  // namespace trama::core
