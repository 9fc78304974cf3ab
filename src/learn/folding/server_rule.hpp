#pragma once

#include <string>

#include "folding.hpp"
#include "trama/learn/describe.hpp"

/// What rules that step from the model that was sent out have in common.
namespace trama::learn {

/// The signature of such a rule, without its parameters.
Describe server_rule(std::string name, std::string doc, std::string paper);
Param server_rate(std::string fallback);  ///< `lr`: a number or a schedule
Param client_weights();                   ///< `weights: samples | uniform`

/// How many streams lead into this rule, those that sit the round out included.
double streams(const Context& context, const Folded& folded);

/// A fact that each update must bring along. Errors (kind `run`): one that does not, or a number that is not
/// finite; `hint` says what the clients must do.
core::Result<std::vector<double>> facts(std::string_view rule, const Folded& folded, std::string_view name,
                                        std::string hint);

}  // namespace trama::learn
