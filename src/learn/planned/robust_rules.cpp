#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

/// Attacks, to test the rules that bear bad clients, without a runtime yet: they check and print.
namespace trama::learn {

void add_robust_rules(Library& library) {
    auto& registry = library.registry();
    registry.add(Describe("attack", "block", "Update -> Update")
                     .in("Robust aggregation")
                     .says("Makes some clients bad, to test what a rule bears.")
                     .like("[| client >> attack(sign_flip, copies: [0, 1]) |]^10")
                     .takes(Param("kind", "one_of(sign_flip, gaussian, label_flip, alie, ipm)",
                                  "What the bad clients send."))
                     .takes(Param("copies", "list(int)", "Which copies are bad, from 0.").at_least(0))
                     .takes(Param("strength", "real", "Factor or deviation of what they send.")
                                .or_else("1.0")
                                .at_least(0))
                     .owns_parts());
}

}  // namespace trama::learn
