#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

/// Aggregation rules that step from the base, without a runtime yet: they check and print.
namespace trama::learn {

namespace {

constexpr const char* adaptive = "Reddi et al., Adaptive Federated Optimization, ICLR 2021";

Describe server(std::string name, std::string doc, std::string paper) {
    auto example = "broadcast >> [| client |]^4 >> reduce(" + name + ")";
    return Describe(std::move(name), "rule", "[Update] -> Model")
        .in("Aggregation")
        .says(std::move(doc))
        .like(std::move(example))
        .after(std::move(paper));
}

Param server_rate(std::string fallback) {
    return Param("lr", "real | schedule", "Step size of the server.")
        .or_else(std::move(fallback))
        .by_round()
        .above(0);
}

Param first_moment(std::string fallback) {
    return Param("beta1", "real", "Decay of the first moment.")
        .or_else(std::move(fallback))
        .at_least(0)
        .below(1);
}

Param second_moment() {
    return Param("beta2", "real", "Decay of the second moment.").or_else("0.99").at_least(0).below(1);
}

Param adaptivity() {
    return Param("tau", "real", "Added to the root of the second moment: how far the steps adapt.")
        .or_else("0.001")
        .above(0);
}

}  // namespace

void add_server_rules(Library& library) {
    auto& registry = library.registry();
    registry.add(server("fedavgm", "The mean delta as a gradient, with momentum on the server.",
                        "Hsu, Qi and Brown, Measuring the Effects of Non-Identical Data Distribution for "
                        "Federated Visual "
                        "Classification, 2019")
                     .takes(server_rate("1.0"))
                     .takes(Param("momentum", "real", "Share of the last step that goes on.")
                                .or_else("0.9")
                                .at_least(0)
                                .below(1)));
    registry.add(server("fedadagrad", "Adagrad on the server, with the mean delta as a gradient.", adaptive)
                     .takes(server_rate("0.1"))
                     .takes(first_moment("0"))
                     .takes(adaptivity()));
    registry.add(server("fedadam", "Adam on the server, with the mean delta as a gradient.", adaptive)
                     .takes(server_rate("0.1"))
                     .takes(first_moment("0.9"))
                     .takes(second_moment())
                     .takes(adaptivity()));
    registry.add(
        server("fedyogi",
               "Yogi on the server: Adam whose second moment grows and shrinks by steps of one size.",
               adaptive)
            .takes(server_rate("0.1"))
            .takes(first_moment("0.9"))
            .takes(second_moment())
            .takes(adaptivity()));
    registry.add(
        server(
            "scaffold",
            "Corrects the drift of clients with different data by control variates; clients train with "
            "`algorithm: scaffold`.",
            "Karimireddy et al., SCAFFOLD: Stochastic Controlled Averaging for Federated Learning, ICML 2020")
            .wants_client("scaffold")
            .takes(server_rate("1.0")));
    registry.add(
        server("feddyn",
               "Aligns the clients' optima with the global one by a dynamic regulariser; clients train with "
               "`algorithm: feddyn`.",
               "Acar et al., Federated Learning Based on Dynamic Regularization, ICLR 2021")
            .wants_client("feddyn")
            .takes(Param("alpha", "real", "Strength of the regulariser, the same as the clients'.")
                       .or_else("0.01")
                       .above(0)));
    registry.add(
        server("fednova",
               "Divides each delta by the steps behind it, so that clients with more local steps do not pull "
               "the result their way.",
               "Wang et al., Tackling the Objective Inconsistency Problem in Heterogeneous Federated "
               "Optimization, "
               "NeurIPS 2020")
            .takes(server_rate("1.0")));
    registry.add(
        server("q_fedavg", "Gives clients with a higher loss more weight, for a fairer result.",
               "Li et al., Fair Resource Allocation in Federated Learning, ICLR 2020")
            .takes(Param("q", "real", "How much fairness counts; 0 is fedavg.").or_else("1.0").at_least(0))
            .takes(Param("lr", "real", "The clients' learning rate, the inverse of the assumed smoothness.")
                       .or_else("0.1")
                       .above(0)));
}

}  // namespace trama::learn
