#include "../folding/adaptive_rule.hpp"

namespace trama::learn {

namespace {

struct Yogi {
    double operator()(double v, double square, double beta2) const {
        return v - (1 - beta2) * square * (v > square ? 1.0 : v < square ? -1.0 : 0.0);
    }
};

}  // namespace

void add_fedyogi(Library& library) {
    library.add_rule(adaptive_rule("fedyogi",
                                   "Yogi on the server: Adam whose second moment grows and shrinks by steps "
                                   "of one size, v = v - (1 - beta2) × delta² × sign(v - delta²).",
                                   "0.9", true),
                     [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
                         return std::make_shared<const AdaptiveRule<Yogi>>(call);
                     });
}

}  // namespace trama::learn
