#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

/// Secure aggregation, without a runtime yet: it checks and prints.
namespace trama::learn {

void add_privacy(Library& library) {
    auto& registry = library.registry();
    registry.add(
        Describe("secagg", "rule", "[M] -> M")
            .in("Privacy")
            .says("Folds by a rule without showing anyone a single client's values (secure aggregation).")
            .like("broadcast >> [| client |]^10 >> reduce(secagg(fedavg, threshold: 7))")
            .after("Bonawitz et al., Practical Secure Aggregation for Privacy-Preserving Machine Learning, "
                   "CCS 2017")
            .takes(Param("rule", "rule [M] -> M", "The rule; it must be a sum."))
            .takes(Param("threshold", "int", "How many clients must stay for the sum to be opened.")
                       .at_least(2)));
}

}  // namespace trama::learn
