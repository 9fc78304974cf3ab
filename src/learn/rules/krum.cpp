#include "../folding/krum.hpp"

#include "../arguments.hpp"

namespace trama::learn {

namespace {

constexpr Least krum_needs{2, 3};

class Krum final : public Rule {
  public:
    explicit Krum(std::int64_t f) : f_(f) {}

    core::Result<core::Value> apply(const Context&, core::State&,
                                    std::span<const core::Value> values) const override {
        auto folded = fold_floats("krum", values);
        if (!folded) return tl::unexpected(folded.error());
        if (auto fault = krum_needs.fault("krum", f_, folded->models.size()))
            return tl::unexpected(std::move(*fault));
        const auto& best = *folded->models[krum_order(*folded, f_).front()];
        return folded->result(best.params, best.buffers);
    }

  private:
    std::int64_t f_;
};

}  // namespace

void add_krum(Library& library) {
    library.add_rule(
        robust_rule(
            "krum", "krum(2)",
            "The one model that is nearest to its neighbours: the least sum of squared distances to the "
            "n - f - 2 nearest of the n - 1 others.",
            krum_paper, krum_needs),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const Krum>(integer(call, "f"));
        });
}

}  // namespace trama::learn
