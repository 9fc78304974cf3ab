#include "../folding/robust_rule.hpp"

namespace trama::learn {

namespace {

class Median final : public Rule {
  public:
    core::Result<core::Value> apply(const Context&, core::State&,
                                    std::span<const core::Value> values) const override {
        auto folded = fold_floats("median", values);
        if (!folded) return tl::unexpected(folded.error());
        const auto& layout = folded->models.front()->params.shared_layout();
        return folded->result(median_of(folded->params(), layout), median_buffers(*folded));
    }
};

}  // namespace

void add_median(Library& library) {
    library.add_rule(
        robust_rule("median", "[M] -> M", "median",
                    "The median of each coordinate; of an even number of models, the mean of the two in the "
                    "middle. Every model counts the same, whatever its samples. What is no number counts as "
                    "infinite, so that it takes as many bad clients as good ones to spoil a coordinate.",
                    "Yin et al., Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates, "
                    "ICML 2018"),
        [](const core::Call&, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const Median>();
        });
}

}  // namespace trama::learn
