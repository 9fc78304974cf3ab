#include <algorithm>

#include <fmt/format.h>

#include "../arguments.hpp"
#include "../folding/distances.hpp"
#include "../folding/server_rule.hpp"
#include "trama/core/elementary.hpp"

namespace trama::learn {

namespace {

/// With L = 1/lr, the loss F_k of the model that client k got and d_k = L (x - y_k):
/// x -= Σ F_k^q d_k / Σ (q F_k^(q-1) |d_k|² + L F_k^q).
class QFedAvg final : public Rule {
  public:
    explicit QFedAvg(const core::Call& call) : q_(real(call, "q")), lr_(argument(call, "lr")) {}

    core::Result<core::Value> apply(const Context& context, core::State&,
                                    std::span<const core::Value> values) const override {
        auto folded = Folded::of_updates("q_fedavg", values);
        if (!folded) return tl::unexpected(folded.error());
        auto losses =
            facts("q_fedavg", *folded, "start_loss", "let the clients run train(..., algorithm: q_fedavg)");
        if (!losses) return tl::unexpected(losses.error());
        const auto inputs = folded->params();
        const auto base = folded->base->params.floats();
        const double smoothness = 1 / scheduled(lr_, context.round);
        const auto distances = squared_distances(inputs, base);
        std::vector<double> shares;
        double total = 0, all_steps = 0;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            if ((*losses)[i] < 0) {
                return core::fail(
                    core::ErrorKind::run,
                    fmt::format("q_fedavg: the loss of update {} of {} is {}, and losses below 0 "
                                "have no power {}",
                                i + 1, inputs.size(), (*losses)[i], q_));
            }
            // No loss at all would be divided by where q < 1.
            const double loss = std::max((*losses)[i], 1e-10);
            const double squared = smoothness * smoothness * distances[i];
            const double power = core::pow(loss, q_);
            shares.push_back(power * smoothness);
            total += shares.back();
            all_steps += q_ * core::pow(loss, q_ - 1) * squared + smoothness * power;
        }
        core::ParameterBuffer made(folded->base->params.shared_layout());
        const double rate = 1 / all_steps;
        for_weighted_sums(inputs, shares,
                          [&, out = made.floats().data()](std::size_t begin, std::span<const double> sums) {
                              for (std::size_t j = 0; j < sums.size(); ++j) {
                                  const auto x = static_cast<double>(base[begin + j]);
                                  out[begin + j] = static_cast<float>(x + rate * (sums[j] - total * x));
                              }
                          });
        return folded->model(std::move(made).freeze(), folded->mean_buffers());
    }

  private:
    double q_;
    core::Constant lr_;
};

}  // namespace

void add_q_fedavg(Library& library) {
    library.add_rule(
        server_rule("q_fedavg",
                    "Gives clients with a higher loss more weight, for a fairer result; clients train with "
                    "`algorithm: q_fedavg`, which measures the loss of the model they get. Clients count by "
                    "their loss, not by samples.",
                    "Li et al., Fair Resource Allocation in Federated Learning, ICLR 2020")
            .wants_client("q_fedavg")
            .takes(Param("q", "real", "How much fairness counts; with 0 all clients count the same.")
                       .or_else("1.0")
                       .at_least(0))
            .takes(Param("lr", "real | schedule",
                         "The clients' learning rate, the inverse of the assumed smoothness.")
                       .or_else("0.1")
                       .by_round()
                       .above(0)),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const QFedAvg>(call);
        });
}

}  // namespace trama::learn
