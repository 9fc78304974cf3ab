#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "folding.hpp"
#include "trama/learn/describe.hpp"

/// What rules behind an `exchange` have in common.
namespace trama::learn {

/// The models of a node and its neighbours; those of Updates may have different bases.
struct Peers {
    Folded folded;  ///< without bases; `models` in the order of the senders
    std::span<const core::Edge> edges;

    /// Errors as Folded::of, and tensors that are not F32. Values without edges are a broken promise:
    /// std::invalid_argument.
    static core::Result<Peers> of(std::string_view rule, const Context& context,
                                  std::span<const core::Value> values);

    /// The model with these parameters; all else (buffers, extra sets, samples) is Σ counts[i] × that of
    /// model i, over `total`, in float64 and rounded once. An extra set is zero where a model lacks it, and
    /// what is private is left out. Errors: extra sets of one name that are laid out differently.
    core::Result<core::Model> mixed(core::ParameterSet params, const Weights& counts) const;
};

/// The signature of such a rule, without its parameters.
Describe peer_rule(std::string name, std::string example, std::string doc, std::string paper);

}  // namespace trama::learn
