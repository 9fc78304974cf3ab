#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "network/calls.hpp"
#include "network/names.hpp"
#include "network/passes.hpp"

namespace trama::network {

/// An output that waits for its channel.
struct End {
    ActorId actor = 0;
    std::size_t port = 0;
};
using Ends = std::vector<End>;

/// Where in the scheme, and in which copy of it, the walk is.
struct Scope {
    std::string path;
    Names* names = nullptr;
    std::vector<std::int64_t> copy;
    Indices indices;
    std::optional<core::Constant> site;
    std::int64_t loop = -1;
    std::int64_t threads = 1;
};

/// Walks the typed tree along the flow; every step takes the open ends before it and gives those behind it.
class Copier {
  public:
    explicit Copier(Network& network) : network_(network) {}

    core::Result<void> run(const lang::Scheme& scheme);

  private:
    struct Site {  ///< a block of the tree in one copy
        const lang::Node& node;
        const lang::Block& block;
        CallPtr call;
        Scope& scope;
    };
    using Make = Ends (Copier::*)(const Site&, const Ends&);
    static Make maker(const lang::Signature& signature);

    Ends walk(const lang::Node& node, const Ends& in, Scope& scope);
    Ends copies(const lang::Node& node, const lang::Copies& copies, const Ends& in, const Scope& scope);
    Ends placed(const lang::Placed& placed, const Ends& in, const Scope& scope);
    Ends block(const lang::Node& node, const lang::Block& block, const Ends& in, Scope& scope);

    // Blocks, by what they expand to.
    Ends function(const Site& site, const Ends& in);
    Ends one_to_many(const Site& site, const Ends& in);   ///< broadcast, scatter, unicast
    Ends many_to_one(const Site& site, const Ends& in);   ///< gather, gatherall, reduce
    Ends one_to_one(const Site& site, const Ends& in);    ///< fold, mix, queue, window
    Ends many_to_many(const Site& site, const Ends& in);  ///< sample
    Ends together(const Site& site, const Ends& in);      ///< gatherall, the function on the list, scatter
    Ends feedback(const Site& site, const Ends& in);
    Ends tap(const Site& site, const Ends& in);
    Ends par(const Site& site, const Ends& in);
    Ends spread(const Site& site, const Ends& in);
    Ends exchange(const Site& site, const Ends& in);
    Ends publish(const Site& site, const Ends& in);
    Ends subscribe(const Site& site, const Ends& in);

    /// A path of its own in the scope.
    std::string place(const Site& site) const;
    Actor& add(Kind kind, const Site& site, std::string path);
    /// The same for a communication block, with the rule that it takes, if it takes one.
    Actor& add_block(Kind kind, const Site& site, std::string path);
    void join(const End& from, ActorId to, std::size_t port);
    /// Whether a `sample` there can take the place of the actor, a broadcast to all its streams: the same
    /// value in each of a million channels between the two says no more than one.
    bool can_replace(ActorId id, const Site& site) const;
    /// Takes the last actor, which has no outputs yet, out of the network; the next one gets its number and
    /// these inputs.
    std::vector<ChannelId> replaced();
    /// A k-ary tree that brings one end to n; the block's function stands before every node. Its copies are
    /// numbered from `node` on, a node before those below it.
    Ends fan_out(const Site& site, const std::string& path, const End& from, std::int64_t n,
                 std::int64_t arity, std::int64_t& node);
    void connect_subscribers();

    Network& network_;
    Calls calls_;
    std::filesystem::path folder_;       ///< of the scheme
    std::vector<std::string> payloads_;  ///< by actor: what its outputs carry
    std::vector<std::pair<std::string, ActorId>> publishers_, subscribers_;
    std::optional<core::Error> error_;
};

/// `path` itself for the only one of `n` streams, else "path/[i]".
std::string stream_path(const std::string& path, std::size_t i, std::size_t n);

/// "file:line:column" of a span, empty for nowhere.
std::string place_of(const lang::Span& span);

}  // namespace trama::network
