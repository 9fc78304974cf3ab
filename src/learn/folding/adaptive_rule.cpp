#include "adaptive_rule.hpp"

namespace trama::learn {

Describe adaptive_rule(std::string name, std::string doc, std::string beta1, bool forgets) {
    Describe made =
        server_rule(std::move(name),
                    std::move(doc) +
                        " m is the running mean of deltas and x = x + lr × m / (√v + tau); v starts at tau², "
                        "and nothing is corrected for bias, as in the paper.",
                    "Reddi et al., Adaptive Federated Optimization, ICLR 2021");
    made.parameters.push_back(server_rate("0.1"));
    made.parameters.push_back(Param("beta1", "real", "Decay of the first moment m.")
                                  .or_else(std::move(beta1))
                                  .at_least(0)
                                  .below(1));
    if (forgets) {
        made.parameters.push_back(
            Param("beta2", "real", "Decay of the second moment v.").or_else("0.99").at_least(0).below(1));
    }
    made.parameters.push_back(
        Param("tau", "real", "Added to the root of the second moment: how far the steps adapt.")
            .or_else("0.001")
            .above(0));
    made.parameters.push_back(client_weights());
    return made;
}

}  // namespace trama::learn
