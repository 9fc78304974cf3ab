#include <algorithm>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "network/copier.hpp"
#include "network/passes.hpp"

namespace trama::network {
namespace {

using Ids = std::vector<ActorId>;

bool goes_on(const Channel& channel) {
    return !channel.back_edge && !channel.newest;
}

core::Result<void> fail(const Actor& actor, std::string message, std::string hint) {
    return core::fail(core::ErrorKind::scheme, std::move(message), place_of(actor.span), std::move(hint));
}

/// Against the flow from a reduction with a quorum to where its streams part. Actors are numbered along the
/// flow, so the highest number at hand has no successor that is still to come: when it is the only one, all
/// streams have come through it.
class Region {
  public:
    Region(Network& network, Actor& reduce) : network_(network), reduce_(reduce) {}

    core::Result<void> open() {
        for (std::size_t port = 0; port < reduce_.inputs.size(); ++port)
            reach(reduce_.inputs[port], static_cast<std::int64_t>(port));
        while (!at_hand_.empty()) {
            const auto id = at_hand_.top();
            at_hand_.pop();
            const auto stream = streams_[id];
            const auto& actor = network_.actors[id];
            const bool alone = at_hand_.empty() && !elsewhere_;
            const bool own_loop = actor.kind == Kind::loop && actor.loop == reduce_.loop;
            if (alone && begins(actor, stream)) {
                reduce_.begun_by = id;
                open_behind(actor);
                break;
            }
            if (own_loop || stream == shared) open_behind(actor);
            const bool source = own_loop || !std::ranges::any_of(actor.inputs, [&](ChannelId in) {
                                    return goes_on(network_.channels[in]);
                                });
            elsewhere_ = elsewhere_ || source;
            if (source) continue;
            for (const auto in : actor.inputs)
                reach(in, stream);
            if (auto parted = stay_apart(actor); !parted) return parted;
        }
        for (const auto id : opened_)
            network_.channels[id].overwrites = true;
        return {};
    }

  private:
    static constexpr std::int64_t shared = -1;

    void reach(ChannelId in, std::int64_t stream) {
        const auto& channel = network_.channels[in];
        if (!goes_on(channel)) return;
        const auto [known, first] = streams_.try_emplace(channel.from, stream);
        if (first) at_hand_.push(channel.from);
        if (known->second != stream) known->second = shared;
    }

    /// A bundle of one stream has no actor of several streams: what begins it is in the reduction's own copy.
    bool begins(const Actor& actor, std::int64_t stream) const {
        const bool parts =
            actor.kind == Kind::broadcast || actor.kind == Kind::scatter || broadcasts_too(actor);
        if (!parts) return false;
        return stream == shared || (reduce_.inputs.size() == 1 && actor.copy == reduce_.copy);
    }

    /// Channels from here into one stream.
    void open_behind(const Actor& actor) {
        for (const auto id : actor.outputs) {
            const auto& channel = network_.channels[id];
            const auto to = streams_.find(channel.to);
            const bool one = to != streams_.end() ? to->second != shared : channel.to == reduce_.id;
            if (goes_on(channel) && one) opened_.push_back(id);
        }
    }

    /// One that waits for several streams would wait for those that the quorum does without.
    core::Result<void> stay_apart(const Actor& actor) const {
        if (actor.inputs.size() < 2 || actor.kind == Kind::sample || actor.kind == Kind::loop) return {};
        const bool meets = std::ranges::any_of(actor.inputs, [&](ChannelId in) {
            const auto from = streams_.find(network_.channels[in].from);
            return from != streams_.end() && from->second == shared;
        });
        if (!meets) return {};
        return fail(reduce_,
                    fmt::format("`{}` waits for streams that the quorum of `{}` does without", actor.path,
                                reduce_.path),
                    "with `quorum:` the streams must not meet between the block that sends them their tokens "
                    "and `reduce`");
    }

    Network& network_;
    Actor& reduce_;
    std::unordered_map<ActorId, std::int64_t> streams_;  ///< which input they lead to, or several
    std::priority_queue<ActorId> at_hand_;
    std::vector<ChannelId> opened_;
    bool elsewhere_ = false;  ///< a stream that begins before all have met
};

/// The first actor behind a `sample` where all its streams have come together in a list, in their order.
std::optional<ActorId> collector_of(const Network& network, const Actor& sample) {
    std::priority_queue<ActorId, Ids, std::greater<>> at_hand;
    std::unordered_set<ActorId> seen;
    const auto reach = [&](const Actor& actor) {
        bool ends = true;
        for (const auto id : actor.outputs) {
            const auto& channel = network.channels[id];
            const auto& to = network.actors[channel.to];
            // The way around an inner loop ends where its exit goes on.
            const bool around = channel.back_edge && to.loop != sample.loop;
            ends = ends && !around && !channel.newest && !goes_on(channel);
            if (goes_on(channel) && seen.insert(channel.to).second) at_hand.push(channel.to);
        }
        return !ends;
    };
    if (!reach(sample)) return std::nullopt;
    while (!at_hand.empty()) {
        const auto& actor = network.actors[at_hand.top()];
        at_hand.pop();
        const bool list = actor.kind == Kind::gatherall || (actor.kind == Kind::reduce && actor.level == 0);
        const bool all = actor.inputs.size() == sample.outputs.size() || arity_of(actor.block.get()) > 0;
        if (list && all && at_hand.empty()) return actor.id;
        if (!reach(actor)) return std::nullopt;
    }
    return std::nullopt;
}

std::string_view chosen_by(const Actor& actor) {
    const auto* by = actor.kind == Kind::sample && actor.block ? actor.block->find("by") : nullptr;
    const auto* word = by != nullptr ? by->as<core::Symbol>() : nullptr;
    return word != nullptr ? std::string_view(word->name) : std::string_view();
}

}  // namespace

core::Result<void> open_regions(const lang::Scheme& /*scheme*/, const ExpandOptions& /*options*/,
                                Network& network) {
    for (auto& actor : network.actors) {
        if (actor.kind != Kind::reduce || !actor.block || actor.block->find("quorum") == nullptr) continue;
        if (arity_of(actor.block.get()) > 0) {
            return fail(actor, "a reduction along a tree has no quorum: its inner nodes wait for all",
                        "leave `arity:` or `quorum:` out");
        }
        if (auto opened = Region(network, actor).open(); !opened) return opened;
    }
    return {};
}

core::Result<void> find_collectors(const lang::Scheme& /*scheme*/, const ExpandOptions& /*options*/,
                                   Network& network) {
    for (auto& actor : network.actors) {
        const auto by = chosen_by(actor);
        if (by != "loss" && by != "speed") continue;
        actor.collected_by = collector_of(network, actor);
        if (actor.collected_by) continue;
        return fail(actor,
                    fmt::format("`{}` by {} is not told what its streams did: no block behind it takes them "
                                "all together",
                                actor.block->function, by),
                    "let a `reduce` or `gatherall` collect the streams, or choose `by: uniform`");
    }
    return {};
}

}  // namespace trama::network
