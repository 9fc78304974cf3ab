#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "trama/core/constant.hpp"
#include "trama/learn/augmentation.hpp"

namespace trama::learn {

/// One split of a data set, contiguous and row-major. Pixels stay bytes (MNIST as floats would be 188 MB).
/// Exactly one of `bytes` and `floats` is filled.
struct Samples {
    std::int64_t count = 0;
    std::vector<std::uint8_t> bytes;   ///< count × features
    std::vector<float> floats;         ///< count × features
    std::vector<std::int32_t> labels;  ///< classification: count numbers in [0, classes)
    std::vector<float> targets;        ///< regression: count numbers
    std::vector<std::int32_t> groups;  ///< whose sample it is: numbers of `group_names`; empty: not known
};

/// A data set, read once and shared by all actors that use it; never changed afterwards.
struct Dataset {
    std::string name;                      ///< "mnist"
    std::vector<std::int64_t> shape;       ///< of one sample: {1, 28, 28} or {64}
    std::int64_t classes = 0;              ///< 0: regression
    std::vector<std::string> class_names;  ///< `classes` of them
    std::vector<std::string> group_names;  ///< the data's own parts: writers, speakers; empty: it has none
    Samples train, test;
    /// What a net sees is raw × scale + shift; one number each, or one per feature.
    std::vector<float> scale{1.0F}, shift{0.0F};
    Augmentation augmentation;               ///< of pictures, in training only
    core::Call partition{"iid", {}, {}};     ///< the rule that cuts it into parts
    std::shared_ptr<const core::Call> call;  ///< the call that made it, with its `partition:` argument
    std::string fingerprint;                 ///< SHA-256 of its content

    std::int64_t features() const;  ///< product of shape
};

enum class Split { train, test };

/// The sample numbers of one part, in a fixed order. A view: no sample is copied.
using Part = std::vector<std::uint32_t>;

}  // namespace trama::learn
