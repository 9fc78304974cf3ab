#include "../folding/peers.hpp"

namespace trama::learn {

namespace {

/// x_i = Σ w_ij x_j
class Gossip final : public Rule {
  public:
    core::Result<core::Value> apply(const Context& context, core::State&,
                                    std::span<const core::Value> values) const override {
        auto peers = Peers::of("gossip", context, values);
        if (!peers) return tl::unexpected(peers.error());
        Weights weights{{}, 1};
        for (const auto& edge : peers->edges)
            weights.each.push_back(edge.weight);
        const auto& layout = peers->folded.models.front()->params.shared_layout();
        auto made = peers->mixed(mean(peers->folded.params(), weights, layout), weights);
        if (!made) return tl::unexpected(made.error());
        return core::Value(std::move(*made));
    }
};

}  // namespace

void add_gossip(Library& library) {
    library.add_rule(
        peer_rule("gossip", "exchange(ring, weights: metropolis) >> [| fold(gossip) |]^8",
                  "The weighted mean of a node's own and its neighbours' models, by the weights of "
                  "`exchange`. Behind clients that train it is D-PSGD (Lian et al., NeurIPS 2017); what "
                  "`algorithm: gradient_tracking` sends along is mixed the same way. Sums are float64 in the "
                  "order of the senders, rounded once.",
                  "Boyd et al., Randomized Gossip Algorithms, IEEE Trans. Information Theory 2006"),
        [](const core::Call&, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const Gossip>();
        });
}

}  // namespace trama::learn
