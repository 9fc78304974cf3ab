#pragma once

#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include "engine/actors/host.hpp"
#include "trama/network/network.hpp"

namespace trama::engine::simulated {

/// What functions and rules give when nothing is trained: values of the right kind and size. Training and
/// testing give the model that came; folds give one of theirs; what makes updates smaller computes once, and
/// what it gave then stands for all.
class StandIn {
  public:
    explicit StandIn(const network::Network& network) : network_(network) {}
    /// Nothing when the work must really be done: it is the first of its kind, and `keep` wants its result.
    std::optional<core::Value> of(const network::Actor& actor, const actors::Work& work);
    void keep(const network::Actor& actor, const core::Value& value);

  private:
    bool gives(const network::Actor& actor, std::string_view payload) const;

    const network::Network& network_;
    std::unordered_map<const core::Call*, core::Value> made_;
    /// What the last model became, by call: one object for all that get the same.
    struct Last {
        const void* of = nullptr;
        core::Value value;
    };
    std::unordered_map<const core::Call*, Last> last_;
};

}  // namespace trama::engine::simulated
