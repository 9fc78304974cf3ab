#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "network/copier.hpp"
#include "network/passes.hpp"

namespace trama::network {
namespace {

struct Step {
    Pass pass;
    core::Result<void> (*run)(const lang::Scheme&, const ExpandOptions&, Network&);
};

constexpr std::size_t often = 100'000;  ///< actors up to which a network is verified after each pass

const std::vector<Step>& steps() {
    static const std::vector<Step> all{
        {{"copies",
          "makes every copy of every block, joins them by channels, evaluates what depends on the copy"},
         make_copies},
        {{"controls",
          "gives a feedback with conditions beyond `rounds:` the actor that decides for all its streams"},
         add_controls},
        {{"trees", "makes trees of the reductions with an arity, in stream order"}, grow_trees},
        {{"order", "numbers actors and channels along the flow"}, put_in_order},
        {{"states", "says which stream's entering model makes the first State of a rule"}, find_states},
        {{"regions", "says where the rounds of reductions with a quorum begin and what they do not wait for"},
         open_regions},
        {{"collectors", "says where `sample` learns what the streams did"}, find_collectors},
        {{"ranks", "ranks copies row-major: the parts of their data set"}, rank_copies},
        {{"capacities", "gives channels their capacities from the token rates"}, set_capacities},
    };
    return all;
}

}  // namespace

const std::vector<Pass>& passes() {
    static const std::vector<Pass> all = [] {
        std::vector<Pass> passes;
        for (const auto& step : steps())
            passes.push_back(step.pass);
        return passes;
    }();
    return all;
}

core::Result<Network> expand(const lang::Scheme& scheme, const ExpandOptions& options) {
    Network network;
    for (const auto& step : steps()) {
        if (auto done = step.run(scheme, options, network); !done) return tl::unexpected(done.error());
        network.passes.push_back(step.pass.name);
        // A big network is no other than a small one: it is looked at once, since each look takes a second.
        const bool last = network.passes.size() == steps().size();
        if (!last && network.actors.size() > often) continue;
        if (const auto wrong = verify(network); !wrong.empty()) {
            throw std::logic_error(fmt::format("the pass `{}` left a network that is not sound: {}",
                                               step.pass.name, fmt::join(wrong, "; ")));
        }
    }
    if (const auto count = static_cast<std::int64_t>(network.actors.size()); count > options.max_actors) {
        return core::fail(
            core::ErrorKind::scheme,
            fmt::format("the scheme expands to {} actors, the limit is {}", count, options.max_actors),
            place_of(scheme.root->span), "make fewer copies, or raise the limit with `--max-actors`");
    }
    return network;
}

}  // namespace trama::network
