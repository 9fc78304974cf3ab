#include "../arguments.hpp"
#include "../folding/robust_rule.hpp"

namespace trama::learn {

namespace {

constexpr Least trimmed_mean_needs{2, 1};

class TrimmedMean final : public Rule {
  public:
    explicit TrimmedMean(std::int64_t f) : f_(f) {}

    core::Result<core::Value> apply(const Context&, core::State&,
                                    std::span<const core::Value> values) const override {
        auto folded = fold_floats("trimmed_mean", values);
        if (!folded) return tl::unexpected(folded.error());
        if (auto fault = trimmed_mean_needs.fault("trimmed_mean", f_, folded->models.size()))
            return tl::unexpected(std::move(*fault));
        const auto first = static_cast<std::size_t>(f_), last = folded->models.size() - first;
        const auto& like = *folded->models.front();
        return folded->result(mean_of_ranks(folded->params(), first, last, like.params.shared_layout()),
                              mean_of_ranks(folded->buffers(), first, last, like.buffers.shared_layout()));
    }

  private:
    std::int64_t f_;
};

}  // namespace

void add_trimmed_mean(Library& library) {
    library.add_rule(
        robust_rule(
            "trimmed_mean", "trimmed_mean(2)",
            "The mean of each coordinate without its `f` largest and `f` smallest values. What is no "
            "number counts as infinite.",
            "Yin et al., Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates, ICML 2018",
            trimmed_mean_needs),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const TrimmedMean>(integer(call, "f"));
        });
}

}  // namespace trama::learn
