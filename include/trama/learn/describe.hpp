#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "trama/lang/signature.hpp"

/// Signatures written as sentences, for those who register something:
///
///   Describe("capped_mean", "rule", "[M] -> M")
///       .in("Aggregation").says("Averages, with no client counted above `cap` samples.")
///       .takes(Param("cap", "int", "Samples at most, per client.").at_least(1))
namespace trama::learn {

/// A parameter under construction; see lang::Parameter for the meaning of each part.
class Param : public lang::Parameter {
  public:
    Param(std::string name, std::string type, std::string doc) {
        this->name = std::move(name);
        this->type = std::move(type);
        this->doc = std::move(doc);
    }
    /// May be left out; then it is this source text.
    Param&& or_else(std::string text) && {
        fallback = std::move(text);
        return std::move(*this);
    }
    Param&& or_nothing() && {
        optional = true;
        return std::move(*this);
    }
    /// All remaining positional arguments, at least that many.
    Param&& many(std::int64_t least = 1) && {
        variadic = true;
        Parameter::at_least = least;
        return std::move(*this);
    }
    /// A number, or a schedule read in each round.
    Param&& by_round() && {
        scheduled = true;
        return std::move(*this);
    }
    /// A list of streams of the bundle, from 0.
    Param&& of_streams() && {
        names_streams = true;
        return std::move(*this);
    }
    Param&& at_least(double bound) && {
        minimum = bound;
        return std::move(*this);
    }
    Param&& above(double bound) && {
        minimum = bound;
        above_minimum = true;
        return std::move(*this);
    }
    Param&& at_most(double bound) && {
        maximum = bound;
        return std::move(*this);
    }
    Param&& below(double bound) && {
        maximum = bound;
        below_maximum = true;
        return std::move(*this);
    }
};

/// A signature under construction; see lang::Signature for the meaning of each part.
class Describe : public lang::Signature {
  public:
    Describe(std::string name, std::string sort, std::string type = {}) {
        this->name = std::move(name);
        this->sort = std::move(sort);
        this->type = std::move(type);
    }
    Describe&& in(std::string heading) && {
        group = std::move(heading);
        return std::move(*this);
    }
    Describe&& says(std::string text) && {
        doc = std::move(text);
        return std::move(*this);
    }
    Describe&& like(std::string line) && {
        example = std::move(line);
        return std::move(*this);
    }
    Describe&& after(std::string citation) && {
        paper = std::move(citation);
        return std::move(*this);
    }
    Describe&& takes(lang::Parameter one) && {
        parameters.push_back(std::move(one));
        return std::move(*this);
    }
    /// Metrics that it writes; `falling`: those of them of which less is better.
    Describe&& measures(std::vector<std::string> names, std::vector<std::string> falling = {}) && {
        metrics = std::move(names);
        this->falling = std::move(falling);
        return std::move(*this);
    }
    Describe&& at_rate(lang::Rate one) && {
        rate = one;
        return std::move(*this);
    }
    Describe&& merges() && {
        mergeable = true;
        return std::move(*this);
    }
    /// A rule of `mix`: one update after the other, answered with the current model.
    Describe&& mixes() && {
        lang::Signature::mixes = true;
        return std::move(*this);
    }
    /// A rule for the lists of `exchange`, which carry weights.
    Describe&& wants_weights() && {
        needs_weights = true;
        return std::move(*this);
    }
    Describe&& owns_parts() && {
        identity = true;
        return std::move(*this);
    }
    /// Does its work in as many shards as `context.actor.threads` says.
    Describe&& in_shards() && {
        sharded = true;
        return std::move(*this);
    }
    /// Sees what all streams of a bundle carry: it takes their list, and gives one as long.
    Describe&& together() && {
        expands_to = "together";
        return std::move(*this);
    }
    Describe&& loses() && {
        lossy = true;
        return std::move(*this);
    }
    Describe&& wants_client(std::string algorithm) && {
        needs_client = std::move(algorithm);
        return std::move(*this);
    }
    Describe&& algorithm_in(std::string parameter) && {
        algorithm_parameter = std::move(parameter);
        return std::move(*this);
    }
};

}  // namespace trama::learn
