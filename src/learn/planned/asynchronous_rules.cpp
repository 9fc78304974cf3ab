#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

/// Rules of an asynchronous server, without a runtime yet: they check and print.
namespace trama::learn {

void add_asynchronous_rules(Library& library) {
    auto& registry = library.registry();
    registry.add(
        Describe("fedasync", "rule", "[Update] -> Model")
            .in("Aggregation")
            .mixes()
            .says("Mixes every update in as it comes: model = (1 − a)·model + a·update, where `a` falls with "
                  "the update's age.")
            .like("gather >> mix(fedasync(alpha: 0.6))")
            .after("Xie, Koyejo and Gupta, Asynchronous Federated Optimization, 2019")
            .takes(
                Param("alpha", "real", "Weight of an update without age.").or_else("0.6").above(0).at_most(1))
            .takes(Param("staleness", "one_of(constant, polynomial, hinge)",
                         "How the weight falls with the versions made since.")
                       .or_else("polynomial"))
            .takes(Param("power", "real", "Exponent of the polynomial.").or_else("0.5").at_least(0)));
    registry.add(
        Describe("fedbuff", "rule", "[Update] -> Model")
            .in("Aggregation")
            .mixes()
            .says("Gathers updates and makes a new version of every `k` of them.")
            .like("gather >> mix(fedbuff(k: 4, lr: 1.0))")
            .after("Nguyen et al., Federated Learning with Buffered Asynchronous Aggregation, AISTATS 2022")
            .takes(Param("k", "int", "Updates per version.").at_least(1))
            .takes(Param("lr", "real", "Step size of the server.").or_else("1.0").above(0)));
}

}  // namespace trama::learn
