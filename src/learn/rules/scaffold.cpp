#include <fmt/format.h>

#include "../arguments.hpp"
#include "../folding/server_rule.hpp"

namespace trama::learn {

namespace {

/// x += lr × mean(y_i - x); c += S/N × mean(new c_i - old c_i), with S of the N clients taking part. The
/// server's control variate c travels in the model: what it sends out is what it goes on from.
class ScaffoldRule final : public Rule {
  public:
    explicit ScaffoldRule(const core::Call& call) : lr_(argument(call, "lr")) {}

    core::Result<core::Value> apply(const Context& context, core::State&,
                                    std::span<const core::Value> values) const override {
        auto folded = Folded::of_updates("scaffold", values);
        if (!folded) return tl::unexpected(folded.error());
        const auto& base = *folded->base;
        std::vector<std::span<const float>> controls;
        for (const auto* model : folded->models) {
            const auto found = model->extra.find("control");
            if (found == model->extra.end() || !(found->second.layout() == base.params.layout())) {
                return core::fail(core::ErrorKind::run,
                                  fmt::format("scaffold: update {} of {} brings no control variate",
                                              controls.size() + 1, folded->models.size()),
                                  {}, "let the clients run train(..., algorithm: scaffold)");
            }
            controls.push_back(found->second.floats());
        }
        const std::vector<double> ones(folded->models.size(), 1.0);
        const auto count = static_cast<double>(ones.size());
        auto params =
            stepped(folded->params(), ones, base.params, scheduled(lr_, context.round) / count, count);
        const auto known = base.extra.find("control");
        auto control =
            stepped(controls, ones,
                    known != base.extra.end() ? known->second : filled(base.params.shared_layout(), 0),
                    1 / streams(context, *folded), 0);
        auto result = folded->model(std::move(params), folded->mean_buffers());
        result.extra["control"] = std::move(control);
        return result;
    }

  private:
    /// from + rate × (Σ inputs - count × from)
    static core::ParameterSet stepped(std::span<const std::span<const float>> inputs,
                                      std::span<const double> ones, const core::ParameterSet& from,
                                      double rate, double count) {
        core::ParameterBuffer made(from.shared_layout());
        const float* start = from.floats().data();
        for_weighted_sums(inputs, ones,
                          [&, out = made.floats().data()](std::size_t begin, std::span<const double> sums) {
                              for (std::size_t j = 0; j < sums.size(); ++j) {
                                  const auto x = static_cast<double>(start[begin + j]);
                                  out[begin + j] = static_cast<float>(x + rate * (sums[j] - count * x));
                              }
                          });
        return std::move(made).freeze();
    }

    core::Constant lr_;
};

}  // namespace

void add_scaffold(Library& library) {
    library.add_rule(
        server_rule("scaffold",
                    "Corrects the drift of clients with different data by control variates; clients train "
                    "with `algorithm: scaffold`. Every client counts the same.",
                    "Karimireddy et al., SCAFFOLD: Stochastic Controlled Averaging for Federated Learning, "
                    "ICML 2020")
            .wants_client("scaffold")
            .takes(server_rate("1.0")),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const ScaffoldRule>(call);
        });
}

}  // namespace trama::learn
