#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "trama/core/constant.hpp"
#include "trama/lang/scheme.hpp"

namespace trama::network {

using CallPtr = std::shared_ptr<const core::Call>;
using Indices = std::map<std::string, std::int64_t>;

/// The calls of a network: each different one is kept once.
class Calls {
  public:
    /// The call of a block in the copy with these indices.
    CallPtr of(const lang::Block& block, const Indices& indices);
    /// The one object that says what `call` says.
    CallPtr share(core::Call call);
    /// The same for a call among the arguments of one that it has given.
    CallPtr share_inner(const core::Call& call);

  private:
    std::unordered_map<const lang::Block*, CallPtr> constant_;  ///< of blocks that are the same in every copy
    std::unordered_map<std::string, std::vector<CallPtr>> by_text_;
    std::unordered_map<const core::Call*, CallPtr> inner_;  ///< by where it stands
};

}  // namespace trama::network
