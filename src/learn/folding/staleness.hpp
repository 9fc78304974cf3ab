#pragma once

#include <cstdint>
#include <string>

#include "trama/core/constant.hpp"
#include "trama/core/model.hpp"
#include "trama/learn/describe.hpp"

/// What rules of an asynchronous server have in common.
namespace trama::learn {

/// What an update counts that is so many versions old: 1 without age, less with it. `how` is a value of sort
/// `staleness`. Xie, Koyejo and Gupta, Asynchronous Federated Optimization, 2019.
double discount(const core::Constant& how, std::int64_t staleness);
Param discounted(std::string fallback);  ///< `staleness`: such a value

/// Metrics that an update brings replace those of their names.
void take_metrics(core::Model& model, const core::Model& update);

/// The signature of such a rule, without its parameters.
Describe mixing_rule(std::string name, std::string example, std::string doc, std::string paper);

}  // namespace trama::learn
