#include "../folding/adaptive_rule.hpp"

namespace trama::learn {

namespace {

struct Adagrad {
    double operator()(double v, double square, double /*beta2*/) const { return v + square; }
};

}  // namespace

void add_fedadagrad(Library& library) {
    library.add_rule(
        adaptive_rule("fedadagrad",
                      "Adagrad on the server, with the mean delta as a gradient: v = v + delta².", "0",
                      false),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const AdaptiveRule<Adagrad>>(call);
        });
}

}  // namespace trama::learn
