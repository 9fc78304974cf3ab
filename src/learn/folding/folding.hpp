#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "trama/core/value.hpp"
#include "trama/core/weighted_mean.hpp"
#include "trama/learn/library.hpp"

/// What rules that average have in common.
namespace trama::learn {

/// What each value of a fold counts.
struct Weights {
    std::vector<double> each;
    double total = 0;
    std::vector<double> shares() const;  ///< each / total
};

/// The models behind the values of one fold: layouts are equal and, if all are Updates, so are their bases.
struct Folded {
    std::vector<const core::Model*> models;      ///< of a Partial: its `like`
    std::vector<const core::Partial*> partials;  ///< null where the value is a Model or an Update
    std::shared_ptr<const core::Model> base;     ///< when all are Updates (or Partials of Updates)
    std::int64_t version = 0;                    ///< the highest
    double weight = 0;                           ///< samples behind all of them
    core::Metrics metrics;                       ///< merged

    /// Errors (kind `run`): something else than models, layouts that differ, Updates of different bases.
    static core::Result<Folded> of(std::span<const core::Value> values);

    /// The same for a rule that steps from the model that was sent out; then `base` is never null. Errors
    /// too: tensors that are not F32. Models without a base are a broken promise: std::invalid_argument.
    static core::Result<Folded> of_updates(std::string_view rule, std::span<const core::Value> values);

    /// The error of a rule that computes with F32 tensors only, if there are others.
    std::optional<core::Error> other_than_floats(std::string_view rule) const;

    /// Every sample counts the same, or every model. Errors: no samples behind any.
    core::Result<Weights> weigh(std::string_view rule, bool by_samples) const;

    std::vector<std::span<const float>> params() const;
    std::vector<std::span<const float>> buffers() const;
    /// The weighted mean of the buffers (running statistics), rounded once; by samples where there are any.
    core::ParameterSet mean_buffers() const;

    /// The result: these parameters and buffers with the history of the folded models, as an Update of `base`
    /// if there is one.
    core::Value result(core::ParameterSet params, core::ParameterSet buffers) const;
    /// The same as a Model, without its base.
    core::Model model(core::ParameterSet params, core::ParameterSet buffers) const;
};

/// The weighted mean, rounded once.
core::ParameterSet mean(std::span<const std::span<const float>> inputs, const Weights& weights,
                        const std::shared_ptr<const core::Layout>& layout);

/// A set of that layout (F32) with `value` everywhere.
core::ParameterSet filled(const std::shared_ptr<const core::Layout>& layout, float value);

/// Calls step(begin, sums) for one block of elements after the other, where sums[j] = Σ weights[i] ×
/// inputs[i][begin + j] in float64 and in the order of the inputs. What `step` does to the block happens
/// while it is in the cache: memory is passed once.
template <class Step>
void for_weighted_sums(std::span<const std::span<const float>> inputs, std::span<const double> weights,
                       const Step& step) {
    constexpr std::size_t block = 2048;
    alignas(64) std::array<double, block> sums;
    std::vector<std::span<const float>> cut(inputs.size());
    const auto elements = inputs.front().size();
    for (std::size_t begin = 0; begin < elements; begin += block) {
        const auto count = std::min(block, elements - begin);
        for (std::size_t i = 0; i < inputs.size(); ++i)
            cut[i] = inputs[i].subspan(begin, count);
        core::weighted_sum(cut, weights, std::span(sums).first(count));
        step(begin, std::span<const double>(sums).first(count));
    }
}

}  // namespace trama::learn
