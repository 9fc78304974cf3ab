#include "../arguments.hpp"
#include "../folding/server_rule.hpp"

namespace trama::learn {

namespace {

/// velocity = momentum × velocity + delta; x += lr × velocity.
class FedAvgM final : public Rule {
  public:
    explicit FedAvgM(const core::Call& call)
        : lr_(argument(call, "lr")),
          momentum_(real(call, "momentum")),
          by_samples_(word(call, "weights") == "samples") {}

    core::State init(const core::Model& entering) const override {
        core::State state;
        state.sets["momentum"] = filled(entering.params.shared_layout(), 0);
        return state;
    }

    core::Result<core::Value> apply(const Context& context, core::State& state,
                                    std::span<const core::Value> values) const override {
        auto folded = Folded::of_updates("fedavgm", values);
        if (!folded) return tl::unexpected(folded.error());
        auto weights = folded->weigh("fedavgm", by_samples_);
        if (!weights) return tl::unexpected(weights.error());
        const double lr = scheduled(lr_, context.round), momentum = momentum_;
        auto& remembered = state.sets.at("momentum");
        const auto layout = folded->base->params.shared_layout();
        core::ParameterBuffer velocity(layout), made(layout);
        const float* base = folded->base->params.floats().data();
        const float* before = remembered.floats().data();
        for_weighted_sums(folded->params(), weights->shares(),
                          [&, v = velocity.floats().data(), out = made.floats().data()](
                              std::size_t begin, std::span<const double> means) {
                              for (std::size_t j = 0; j < means.size(); ++j) {
                                  const auto at = begin + j;
                                  const auto x = static_cast<double>(base[at]);
                                  const double step =
                                      momentum * static_cast<double>(before[at]) + (means[j] - x);
                                  v[at] = static_cast<float>(step);
                                  out[at] = static_cast<float>(x + lr * step);
                              }
                          });
        remembered = std::move(velocity).freeze();
        return folded->model(std::move(made).freeze(), folded->mean_buffers());
    }

  private:
    core::Constant lr_;
    double momentum_;
    bool by_samples_;
};

}  // namespace

void add_fedavgm(Library& library) {
    library.add_rule(
        server_rule("fedavgm",
                    "The mean delta as a gradient, with momentum on the server: "
                    "v = momentum × v + delta, x = x + lr × v.",
                    "Hsu, Qi and Brown, Measuring the Effects of Non-Identical Data Distribution for "
                    "Federated Visual Classification, 2019")
            .takes(server_rate("1.0"))
            .takes(Param("momentum", "real", "Share of the last step that goes on.")
                       .or_else("0.9")
                       .at_least(0)
                       .below(1))
            .takes(client_weights()),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const FedAvgM>(call);
        });
}

}  // namespace trama::learn
