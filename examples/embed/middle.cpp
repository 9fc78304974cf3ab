#include "middle.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace {

using namespace trama;

class Median final : public learn::Rule {
  public:
    core::Result<core::Value> apply(const learn::Context& /*context*/, core::State& /*state*/,
                                    std::span<const core::Value> values) const override {
        std::vector<const core::Model*> models;
        std::vector<const core::Metrics*> metrics;
        core::Model result = *values.front().model();
        result.weight = 0;
        for (const auto& value : values) {
            models.push_back(value.model());
            metrics.push_back(&models.back()->metrics);
            result.weight += models.back()->weight;
        }
        core::ParameterBuffer middle(result.params.shared_layout());
        std::vector<float> column(models.size());
        for (std::size_t i = 0; i < middle.floats().size(); ++i) {
            for (std::size_t k = 0; k < models.size(); ++k)
                column[k] = models[k]->params.floats()[i];
            const auto half = column.begin() + static_cast<std::ptrdiff_t>(column.size() / 2);
            std::nth_element(column.begin(), half, column.end());
            middle.floats()[i] = *half;
        }
        result.params = std::move(middle).freeze();
        result.version += 1;
        result.metrics = core::merge(metrics);
        return core::Value(std::move(result));
    }
};

}  // namespace

void add_middle(learn::Library& library) {
    lang::Signature signature;
    signature.name = "middle";
    signature.sort = "rule";
    signature.type = "[Update] -> Model";
    signature.group = "Aggregation";
    signature.doc = "The median of every parameter over the clients.";
    signature.example = "broadcast >> [| client |]^5 >> reduce(middle)";
    library.add_rule(
        signature,
        [](const core::Call&, learn::Resources&) -> core::Result<std::shared_ptr<const learn::Rule>> {
            return std::make_shared<const Median>();
        });
}
