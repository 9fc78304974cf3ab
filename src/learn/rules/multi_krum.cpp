#include <fmt/format.h>

#include "../arguments.hpp"
#include "../folding/krum.hpp"

namespace trama::learn {

namespace {

constexpr Least multi_krum_needs{2, 3};

class MultiKrum final : public Rule {
  public:
    MultiKrum(std::int64_t f, std::int64_t m) : f_(f), m_(m) {}

    core::Result<core::Value> apply(const Context&, core::State&,
                                    std::span<const core::Value> values) const override {
        auto folded = fold_floats("multi_krum", values);
        if (!folded) return tl::unexpected(folded.error());
        const auto count = folded->models.size();
        if (auto fault = multi_krum_needs.fault("multi_krum", f_, count))
            return tl::unexpected(std::move(*fault));
        if (static_cast<std::size_t>(m_) > count) {
            return core::fail(
                core::ErrorKind::run,
                fmt::format("multi_krum: the m = {} best of {} models cannot be chosen", m_, count), {},
                "lower `m`, or let more clients take part");
        }
        auto order = krum_order(*folded, f_);
        order.resize(static_cast<std::size_t>(m_));
        return mean_of(*folded, std::move(order));
    }

  private:
    std::int64_t f_, m_;
};

}  // namespace

void add_multi_krum(Library& library) {
    auto signature = robust_rule("multi_krum", "multi_krum(2, m: 5)",
                                 "The mean of the `m` models that are nearest to their neighbours, as `krum` "
                                 "measures it.",
                                 krum_paper, multi_krum_needs);
    signature.parameters.push_back(Param("m", "int", "How many models are averaged.").at_least(1));
    signature.misfit = [few = signature.misfit](const core::Call& call, std::int64_t width) {
        auto why = few(call, width);
        const auto m = integer(call, "m");
        return why.empty() && m > width ? fmt::format("averages {} models", m) : why;
    };
    library.add_rule(std::move(signature),
                     [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
                         return std::make_shared<const MultiKrum>(integer(call, "f"), integer(call, "m"));
                     });
}

}  // namespace trama::learn
