#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/constant.hpp"
#include "trama/core/error.hpp"
#include "trama/core/random.hpp"
#include "trama/learn/dataset.hpp"

namespace trama::learn {

class Library;

/// What a partition is asked: this split of this data set, in so many parts.
struct Cut {
    const Dataset& data;  ///< its `partition` is the call, with arguments
    Split split = Split::train;
    std::int64_t parts = 1;
    std::uint64_t seed = 0;  ///< of the run

    const Samples& samples() const { return split == Split::train ? data.train : data.test; }
    std::string_view side() const { return split == Split::train ? "train" : "test"; }
    /// The data set names the stream, not the value it is bound to: two names of one data set see the same
    /// parts. What both splits must agree on (the shares of the parts) draws from a stream without the side.
    core::Stream stream(std::string_view purpose) const;
};

/// A rule that deals samples to parts: the `partition:` argument of a data set.
struct Partition {
    /// Every sample is in exactly one part; the same cut gives the same parts on every machine.
    std::function<core::Result<std::vector<Part>>(const Cut&)> deal;
    /// What to change when parts came out empty: "use a larger alpha, or fewer copies".
    std::string when_empty = "use fewer copies, or a larger data set";
    /// The split as the parts see it, where they see it differently. May be empty: as it is.
    std::function<Dataset(const Cut&, const std::vector<Part>&)> disturb = {};
};

/// Cuts a split by the rule of the data set. Errors: kind `data` (too few samples, an empty part), kind
/// `scheme` (a rule that does not fit the data set, or that the library does not have).
core::Result<std::vector<Part>> partition(const Library& library, const Cut& cut);

}  // namespace trama::learn
