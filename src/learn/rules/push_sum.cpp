#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "../folding/peers.hpp"
#include "core/portable.hpp"

namespace trama::learn {

namespace {

constexpr const char* mass = "mass";

double mass_of(const core::Model& model) {
    const auto found = model.facts.find(mass);
    return found != model.facts.end() ? found->second : 1;
}

/// A model z of mass m stands for x = m × z, and an Update of it for x = m × z + (z' − z): training moves x,
/// whatever its mass. x_i = Σ s_ij x_j, m_i = Σ s_ij m_j, and z_i = x_i / m_i.
class PushSum final : public Rule {
  public:
    bool reads_bases() const override { return true; }

    core::Result<core::Value> apply(const Context& context, core::State&,
                                    std::span<const core::Value> values) const override {
        auto peers = Peers::of("push_sum", context, values);
        if (!peers) return tl::unexpected(peers.error());
        const auto& models = peers->folded.models;
        std::vector<std::span<const float>> inputs;
        Weights terms, counts;
        const auto term = [&](std::span<const float> input, double weight) {
            inputs.push_back(input);
            terms.each.push_back(weight);
        };
        for (std::size_t i = 0; i < models.size(); ++i) {
            const double share = peers->edges[i].share, m = mass_of(*models[i]);
            counts.each.push_back(share * m);
            counts.total += share * m;
            const auto* update = values[i].update();
            if (update == nullptr || update->base == nullptr) {
                term(models[i]->params.floats(), share * m);
                continue;
            }
            if (!(update->base->params.layout() == models[i]->params.layout()))
                throw std::invalid_argument("push_sum: an update is not laid out like its base");
            term(models[i]->params.floats(), share);
            if (m != 1) term(update->base->params.floats(), share * (m - 1));
        }
        if (!(counts.total > 0) || !std::isfinite(counts.total)) {
            return core::fail(
                core::ErrorKind::run,
                fmt::format("push_sum: the neighbours' weights add up to {}", core::one_nan(counts.total)),
                context.place(), "every node must keep a part of its own weight");
        }
        terms.total = counts.total;
        auto made = peers->mixed(mean(inputs, terms, models.front()->params.shared_layout()), counts);
        if (!made) return tl::unexpected(made.error());
        made->facts[mass] = counts.total;
        return core::Value(std::move(*made));
    }
};

}  // namespace

void add_push_sum(Library& library) {
    library.add_rule(
        peer_rule("push_sum", "exchange(edges(\"graph.txt\")) >> [| fold(push_sum) |]^8",
                  "Gossip for directed graphs: a weight travels with each model and is divided out, so that "
                  "the mean is right although no node knows who listens. Behind clients that train it is SGP "
                  "(Assran et al., Stochastic Gradient Push for Distributed Deep Learning, ICML 2019).",
                  "Kempe et al., Gossip-Based Computation of Aggregate Information, FOCS 2003"),
        [](const core::Call&, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const PushSum>();
        });
}

}  // namespace trama::learn
