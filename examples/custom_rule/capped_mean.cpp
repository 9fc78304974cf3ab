#include <algorithm>

#include "learn/arguments.hpp"
#include "learn/folding/folding.hpp"
#include "trama/core/weighted_mean.hpp"
#include "trama/learn/describe.hpp"

namespace trama::learn {

namespace {

/// The mean of models, weighted by samples, but with no client counted above `cap` of them.
class CappedMean final : public Rule {
  public:
    explicit CappedMean(std::int64_t cap) : cap_(static_cast<double>(cap)) {}

    core::Result<core::Value> apply(const Context&, core::State&,
                                    std::span<const core::Value> values) const override {
        auto folded = Folded::of(values);  // checks that the models fit each other
        if (!folded) return tl::unexpected(folded.error());
        std::vector<double> weights;
        double total = 0;
        for (const auto* model : folded->models) {
            weights.push_back(std::min(model->weight, cap_));
            total += weights.back();
        }
        if (!(total > 0)) {
            return core::fail(core::ErrorKind::run, "there are no samples behind any of the models");
        }
        return folded->result(mean(folded->models, &core::Model::params, weights, total),
                              mean(folded->models, &core::Model::buffers, weights, total));
    }

  private:
    static core::ParameterSet mean(const std::vector<const core::Model*>& models,
                                   core::ParameterSet core::Model::* set, const std::vector<double>& weights,
                                   double total) {
        std::vector<std::span<const float>> inputs;
        for (const auto* model : models)
            inputs.push_back((model->*set).floats());
        core::ParameterBuffer out((models.front()->*set).shared_layout());
        core::weighted_mean(inputs, weights, total, out.floats());
        return std::move(out).freeze();
    }

    double cap_;
};

}  // namespace

void add_capped_mean(Library& library) {
    library.add_rule(
        Describe("capped_mean", "rule", "[M] -> M")
            .in("Aggregation")
            .says("The mean weighted by samples, where no client counts for more than `cap` of them.")
            .like("broadcast >> [| client |]^4 >> reduce(capped_mean(cap: 1000))")
            .takes(Param("cap", "int", "Samples at most, per client.").at_least(1)),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const CappedMean>(integer(call, "cap"));
        });
}

}  // namespace trama::learn
