#include "../arguments.hpp"
#include "../folding/folding.hpp"
#include "../folding/staleness.hpp"

namespace trama::learn {

namespace {

/// x = (1 − a) x + a y, with a = alpha × discount.
class FedAsync final : public Rule {
  public:
    explicit FedAsync(const core::Call& call)
        : alpha_(argument(call, "alpha")), staleness_(argument(call, "staleness")) {}

    core::Result<core::Value> apply(const Context& context, core::State&,
                                    std::span<const core::Value> values) const override {
        auto folded = into_current("fedasync", context, values);
        if (!folded) return tl::unexpected(folded.error());
        const auto& update = *values.front().model();
        if (auto fault = folded->other_than_floats("fedasync")) return tl::unexpected(std::move(*fault));
        const double a = scheduled(alpha_, context.round) * discount(staleness_, context.staleness);
        const Weights weights{{1 - a, a}, 1};
        auto made = *context.current;
        made.params = mean(folded->params(), weights, update.params.shared_layout());
        made.buffers = mean(folded->buffers(), weights, update.buffers.shared_layout());
        made.weight = update.weight;
        made.version = context.current->version + 1;
        made.facts.clear();
        take_metrics(made, update);
        return core::Value(std::move(made));
    }

  private:
    core::Constant alpha_, staleness_;
};

}  // namespace

void add_fedasync(Library& library) {
    add_mixing_rule<FedAsync>(
        library,
        mixing_rule("fedasync", "fedasync(alpha: 0.6)",
                    "Mixes every update in as it comes: model = (1 − a)·model + a·update, where a is `alpha` "
                    "times what the update counts at its age. Every update makes a version.",
                    "Xie, Koyejo and Gupta, Asynchronous Federated Optimization, 2019")
            .takes(Param("alpha", "real | schedule", "Weight of an update without age.")
                       .or_else("0.6")
                       .by_round()
                       .above(0)
                       .at_most(1)),
        "polynomial(a: 0.5)");
}

}  // namespace trama::learn
