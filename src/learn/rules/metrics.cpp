#include "../folding/folding.hpp"
#include "trama/learn/describe.hpp"

namespace trama::learn {

namespace {

class MergeMetrics final : public Rule {
  public:
    core::Result<core::Value> merge(std::span<const core::Value> values) const override {
        return fold(values);
    }
    core::Result<core::Value> apply(const Context&, core::State&,
                                    std::span<const core::Value> values) const override {
        return fold(values);
    }

  private:
    static core::Result<core::Value> fold(std::span<const core::Value> values) {
        std::vector<const core::Metrics*> all;
        double weight = 0;
        for (const auto& value : values) {
            const auto* model = value.model();
            if (model == nullptr) throw std::invalid_argument("metrics folds models");
            all.push_back(&model->metrics);
            weight += model->weight;
        }
        core::Model merged = *values.front().model();
        merged.metrics = core::merge(all);
        merged.weight = weight;
        if (const auto* update = values.front().update())
            return core::Value(core::Update{std::move(merged), update->base});
        return core::Value(std::move(merged));
    }
};

}  // namespace

void add_metrics(Library& library) {
    library.add_rule(
        Describe("metrics", "rule", "[M] -> M")
            .in("Aggregation")
            .says("Merges the metrics by the samples behind them and keeps the first model as it is: for "
                  "measuring on "
                  "the clients.")
            .like("tap(every: 5) { broadcast >> [| test(data, part: own) |]^8 >> reduce(metrics) }")
            .merges(),
        [](const core::Call&, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const MergeMetrics>();
        });
}

}  // namespace trama::learn
