#include "../arguments.hpp"
#include "../folding/server_rule.hpp"

namespace trama::learn {

namespace {

/// h -= alpha / N × Σ (w_i - x) over those of the N clients that take part; the model is mean(w_i) - h /
/// alpha.
class FedDyn final : public Rule {
  public:
    explicit FedDyn(double alpha) : alpha_(alpha) {}

    core::State init(const core::Model& entering) const override {
        core::State state;
        state.sets["drift"] = filled(entering.params.shared_layout(), 0);
        return state;
    }

    core::Result<core::Value> apply(const Context& context, core::State& state,
                                    std::span<const core::Value> values) const override {
        auto folded = Folded::of_updates("feddyn", values);
        if (!folded) return tl::unexpected(folded.error());
        auto& remembered = state.sets.at("drift");
        const auto layout = folded->base->params.shared_layout();
        core::ParameterBuffer drift(layout), made(layout);
        const float* base = folded->base->params.floats().data();
        const float* before = remembered.floats().data();
        const std::vector<double> ones(folded->models.size(), 1.0);
        const auto count = static_cast<double>(ones.size());
        const double part = alpha_ / streams(context, *folded), each = 1 / count, inverse = 1 / alpha_;
        for_weighted_sums(folded->params(), ones,
                          [&, h = drift.floats().data(), out = made.floats().data()](
                              std::size_t begin, std::span<const double> sums) {
                              for (std::size_t j = 0; j < sums.size(); ++j) {
                                  const auto at = begin + j;
                                  const double moved = sums[j] - count * static_cast<double>(base[at]);
                                  const double next = static_cast<double>(before[at]) - part * moved;
                                  h[at] = static_cast<float>(next);
                                  out[at] = static_cast<float>(sums[j] * each - next * inverse);
                              }
                          });
        remembered = std::move(drift).freeze();
        return folded->model(std::move(made).freeze(), folded->mean_buffers());
    }

  private:
    double alpha_;
};

}  // namespace

void add_feddyn(Library& library) {
    library.add_rule(
        server_rule("feddyn",
                    "Aligns the clients' optima with the global one by a dynamic regulariser; clients train "
                    "with `algorithm: feddyn`. Every client counts the same.",
                    "Acar et al., Federated Learning Based on Dynamic Regularization, ICLR 2021")
            .wants_client("feddyn")
            .takes(Param("alpha", "real", "Strength of the regulariser, the same as the clients'.")
                       .or_else("0.01")
                       .above(0)),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const FedDyn>(real(call, "alpha"));
        });
}

}  // namespace trama::learn
