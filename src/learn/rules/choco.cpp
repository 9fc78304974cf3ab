#include <stdexcept>

#include "../arguments.hpp"
#include "../folding/peers.hpp"

namespace trama::learn {

namespace {

/// x_i += gamma × Σ w_ij (public_j − public_i), in float64 and rounded once.
class Choco final : public Rule {
  public:
    explicit Choco(double gamma) : gamma_(gamma) {}

    core::Result<core::Value> apply(const Context& context, core::State&,
                                    std::span<const core::Value> values) const override {
        auto peers = Peers::of("choco", context, values);
        if (!peers) return tl::unexpected(peers.error());
        const auto& models = peers->folded.models;
        if (!context.own || *context.own >= models.size()) {
            return core::fail(core::ErrorKind::run,
                              "choco moves a node's own model, and this node has sent none", context.place(),
                              "let every node take part in each round");
        }
        const auto own = models[*context.own]->extra.find(std::string(core::private_set));
        if (own == models[*context.own]->extra.end() ||
            !(own->second.layout() == models.front()->params.layout())) {
            return core::fail(core::ErrorKind::run, "choco: these models come without what is private",
                              context.place(), "put difference(...) in front of the exchange");
        }
        Weights weights{{}, 1};
        double all = 0;
        for (const auto& edge : peers->edges) {
            weights.each.push_back(edge.weight);
            all += edge.weight;
        }
        const auto inputs = peers->folded.params();
        core::ParameterBuffer made(own->second.shared_layout());
        for_weighted_sums(inputs, weights.each,
                          [&, x = own->second.floats().data(), p = inputs[*context.own].data(),
                           out = made.floats().data()](std::size_t begin, std::span<const double> sums) {
                              for (std::size_t j = 0; j < sums.size(); ++j) {
                                  const double pull = sums[j] - all * static_cast<double>(p[begin + j]);
                                  out[begin + j] =
                                      static_cast<float>(static_cast<double>(x[begin + j]) + gamma_ * pull);
                              }
                          });
        auto mixed = peers->mixed(std::move(made).freeze(), weights);
        if (!mixed) return tl::unexpected(mixed.error());
        return core::Value(std::move(*mixed));
    }

  private:
    double gamma_;
};

}  // namespace

void add_choco(Library& library) {
    library.add_rule(
        peer_rule(
            "choco",
            "[| client >> difference(topk(10%)) |]^8 >> exchange(ring, weights: metropolis) >> [| "
            "fold(choco(gamma: 0.3)) |]^8",
            "Gossip on compressed models: a node moves its own, exact model towards what its neighbours "
            "have made public. The models come through `difference(...)`, and the weights should be "
            "symmetric. A stronger compression needs a smaller gamma.",
            "Koloskova, Stich and Jaggi, Decentralized Stochastic Optimization and Gossip Algorithms "
            "with Compressed Communication, ICML 2019")
            .takes(Param("gamma", "real", "Step size of the consensus.").above(0).at_most(1)),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
            return std::make_shared<const Choco>(real(call, "gamma"));
        });
}

}  // namespace trama::learn
