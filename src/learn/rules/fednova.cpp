#include <cmath>

#include <fmt/format.h>

#include "../arguments.hpp"
#include "../folding/server_rule.hpp"

namespace trama::learn {

namespace {

/// x += lr × (Σ p_i a_i) × Σ p_i (y_i - x) / a_i, where a_i, the norm of the weights of client i's gradients,
/// is its number of steps for plain SGD.
class FedNova final : public Rule {
  public:
    explicit FedNova(const core::Call& call)
        : lr_(argument(call, "lr")), by_samples_(word(call, "weights") == "samples") {}

    core::Result<core::Value> apply(const Context& context, core::State&,
                                    std::span<const core::Value> values) const override {
        auto folded = Folded::of_updates("fednova", values);
        if (!folded) return tl::unexpected(folded.error());
        auto weights = folded->weigh("fednova", by_samples_);
        if (!weights) return tl::unexpected(weights.error());
        auto normalisers = facts("fednova", *folded, "normaliser",
                                 "clients say it that run train(..., optimizer: sgd(...)), with or without "
                                 "momentum");
        if (!normalisers) return tl::unexpected(normalisers.error());

        auto shares = weights->shares();
        double effective = 0, total = 0;
        for (std::size_t i = 0; i < shares.size(); ++i) {
            if (!((*normalisers)[i] > 0)) {
                return core::fail(
                    core::ErrorKind::run,
                    fmt::format("fednova: update {} of {} has made no step (`normaliser` is {})", i + 1,
                                shares.size(), (*normalisers)[i]),
                    {}, "let each client train for a step at least");
            }
            effective += shares[i] * (*normalisers)[i];
            shares[i] /= (*normalisers)[i];
            total += shares[i];
        }
        const double rate = scheduled(lr_, context.round) * effective;
        core::ParameterBuffer made(folded->base->params.shared_layout());
        const float* base = folded->base->params.floats().data();
        for_weighted_sums(folded->params(), shares,
                          [&, out = made.floats().data()](std::size_t begin, std::span<const double> sums) {
                              for (std::size_t j = 0; j < sums.size(); ++j) {
                                  const auto x = static_cast<double>(base[begin + j]);
                                  out[begin + j] = static_cast<float>(x + rate * (sums[j] - total * x));
                              }
                          });
        return folded->model(std::move(made).freeze(), folded->mean_buffers());
    }

  private:
    core::Constant lr_;
    bool by_samples_;
};

}  // namespace

void add_fednova(Library& library) {
    library.add_rule(
        server_rule("fednova",
                    "Divides each delta by the steps behind it, so that clients with more local steps do not "
                    "pull the result their way. Clients train with sgd, with or without momentum.",
                    "Wang et al., Tackling the Objective Inconsistency Problem in Heterogeneous Federated "
                    "Optimization, NeurIPS 2020")
            .takes(server_rate("1.0"))
            .takes(client_weights()),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const FedNova>(call);
        });
}

}  // namespace trama::learn
