#pragma once

#include <memory>
#include <span>
#include <vector>

#include "trama/core/value.hpp"
#include "trama/learn/library.hpp"

/// What rules that average have in common.
namespace trama::learn {

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

    /// The result: these parameters and buffers with the history of the folded models, as an Update of `base`
    /// if there is one.
    core::Value result(core::ParameterSet params, core::ParameterSet buffers) const;
};

}  // namespace trama::learn
