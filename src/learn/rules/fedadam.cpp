#include "../folding/adaptive_rule.hpp"

namespace trama::learn {

namespace {

struct Adam {
    double operator()(double v, double square, double beta2) const {
        return beta2 * v + (1 - beta2) * square;
    }
};

}  // namespace

void add_fedadam(Library& library) {
    library.add_rule(
        adaptive_rule(
            "fedadam",
            "Adam on the server, with the mean delta as a gradient: v = beta2 × v + (1 - beta2) × delta².",
            "0.9", true),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const AdaptiveRule<Adam>>(call);
        });
}

}  // namespace trama::learn
