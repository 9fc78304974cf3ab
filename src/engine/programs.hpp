#pragma once

#include <map>
#include <memory>

#include "engine/choice.hpp"
#include "trama/learn/library.hpp"
#include "trama/network/network.hpp"

namespace trama::engine {

/// The functions, rules and choices of a network, made before it runs: one object for all copies with the
/// same call.
class Programs {
  public:
    /// Errors: what no engine of this build runs (kind `scheme`); what a factory says; the actor as `where`.
    static core::Result<Programs> make(const network::Network& network, learn::Resources& resources);

    const learn::Function& function(const network::Actor& actor) const {
        return *functions_.at(actor.call.get());
    }
    const learn::Rule& rule(const network::Actor& actor) const { return *rules_.at(actor.call.get()); }
    const Choice& choice(const network::Actor& actor) const { return choices_.at(actor.id); }

  private:
    std::map<const core::Call*, std::shared_ptr<const learn::Function>> functions_;
    std::map<const core::Call*, std::shared_ptr<const learn::Rule>> rules_;
    std::map<network::ActorId, Choice> choices_;
};

}  // namespace trama::engine
