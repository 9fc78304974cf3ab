#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "folding.hpp"
#include "trama/core/constant.hpp"
#include "trama/core/model.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

/// What rules of an asynchronous server have in common.
namespace trama::learn {

/// What an update counts that is so many versions old: 1 without age, less with it. `how` is a value of sort
/// `staleness`. Xie, Koyejo and Gupta, Asynchronous Federated Optimization, 2019.
double discount(const core::Constant& how, std::int64_t staleness);

/// Metrics that an update brings replace those of their names.
void take_metrics(core::Model& model, const core::Model& update);

/// The server's model and the one that is mixed into it, in this order. Errors as Folded::of. No model of the
/// server, or not one to be mixed, is a broken promise: std::invalid_argument.
core::Result<Folded> into_current(std::string_view rule, const Context& context,
                                  std::span<const core::Value> values);

/// The signature of such a rule, without its parameters.
Describe mixing_rule(std::string name, std::string example, std::string doc, std::string paper);
Param discounted(std::string fallback);  ///< `staleness`: what `discount` reads

/// Adds the rule R(call); `staleness` comes behind its own parameters.
template <class R>
void add_mixing_rule(Library& library, Describe signature, std::string staleness) {
    library.add_rule(std::move(signature).takes(discounted(std::move(staleness))),
                     [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
                         return std::make_shared<const R>(call);
                     });
}

}  // namespace trama::learn
