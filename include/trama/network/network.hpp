#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/constant.hpp"
#include "trama/core/error.hpp"
#include "trama/lang/scheme.hpp"

namespace trama::network {

using ActorId = std::uint32_t;
using ChannelId = std::uint32_t;

/// What an actor does. Communication is the engine's, functions and rules are looked up in the library by
/// name.
enum class Kind : std::uint8_t {
    function,   ///< a registered function: one in (or none), one out (or none)
    broadcast,  ///< 1 in, n out
    scatter,    ///< 1 in (a list), n out
    unicast,    ///< 1 in, n out
    gather,     ///< n in, 1 out
    gatherall,  ///< n in, 1 out
    reduce,     ///< n in, 1 out: a rule, or an inner node of its tree (`level` > 0 folds partially)
    fold,       ///< 1 in (a list), 1 out
    mix,        ///< 1 in, 1 out
    exchange,   ///< n in (own and in-neighbours' values, in the order of `senders`), 1 out (the list)
    sample,     ///< one per bundle: n in, n out; or 1 in, instead of a broadcast right before it
    loop,       ///< one per stream of a feedback: in 0 entry, in 1 back; out 0 body, out 1 exit
    control,    ///< one per synchronous feedback with more than `rounds:`: n in, n out (the back edges)
    tap,        ///< 1 in; out 0 to its join, out 1 into the side branch
    join,       ///< the other end of a tap: in 0 the token, in 1.. the ends of the side branch; 1 out
    queue,      ///< 1 in, 1 out
    publish,    ///< 1 in; out 0 on, out 1.. a `newest` channel to each subscriber
    subscribe,  ///< in 0.. `newest` channels from publishers, 1 out
    window,     ///< 1 in, 1 out (a list)
    sink,       ///< one per stream at the end of the scheme: keeps the result
};
std::string_view to_text(Kind kind);

/// What the inputs of an exchange count in one round.
struct Mixing {
    std::vector<double> weights;  ///< by port; 0: nothing comes this way in such a round
    std::vector<double> shares;   ///< by port; see core::Edge
};

/// One process of the network. Plain data: 10,000 clients are 10,000 of these.
struct Actor {
    ActorId id = 0;
    Kind kind = Kind::function;
    std::string path;             ///< stable and unique: "scheme/feedback/[2]/client"
    std::string name;             ///< identity: "client"
    std::int64_t occurrence = 0;  ///< which use of that name
    /// The function or the rule with its arguments, this copy's; shared where equal. Null for plain
    /// communication.
    std::shared_ptr<const core::Call> call;
    /// The communication block with its arguments: `reduce(rule: fedavg, arity: 2)`. Null for functions. The
    /// block of a join has the argument `metrics`: names that its side branch writes.
    std::shared_ptr<const core::Call> block;
    std::shared_ptr<const core::Call> data;  ///< the data set that it works on; null for none
    std::vector<std::int64_t> copy;          ///< copy path
    std::int64_t rank = 0;    ///< of the copy path among those who do the same on the same data, row-major
    std::int64_t copies = 1;  ///< how many of them there are: parts of the data set
    std::vector<ChannelId> inputs;  ///< in port order
    std::vector<ChannelId> outputs;
    std::int64_t loop = -1;    ///< the innermost loop it belongs to (index in `loops`), -1: none
    std::int64_t level = 0;    ///< reduce: 0 = root, > 0 = inner node of the tree
    std::int64_t threads = 1;  ///< fixed shards of its work (`par`)
    /// Rules in a feedback: the loop actor whose entering model makes the first State. An edge without a
    /// channel: one value, once, before the first token of the round.
    std::optional<ActorId> state_from;
    std::int64_t stream = 0;            ///< exchange: which of its streams it is
    std::vector<std::int64_t> senders;  ///< exchange: the streams its inputs come from
    /// Exchange: by round, from the first, and from the beginning again behind the last.
    std::vector<Mixing> mixing;
    /// Edges without a channel, within one round. A reduction with a quorum: the block that parts its
    /// streams (broadcast, scatter, or `sample` instead of a broadcast), which begins the round; none where
    /// they have no such common beginning.
    std::optional<ActorId> begun_by;
    /// `sample` by what the streams did: the block that collects their tokens.
    std::optional<ActorId> collected_by;
    std::optional<core::Constant> site;
    lang::Span span;
};

/// Whether the actor is a `sample` that has taken the place of the broadcast before it.
inline bool broadcasts_too(const Actor& actor) {
    return actor.kind == Kind::sample && actor.inputs.size() < actor.outputs.size();
}

struct Channel {
    ChannelId id = 0;
    ActorId from = 0, to = 0;
    std::uint32_t from_port = 0, to_port = 0;
    std::int64_t capacity = 1;  ///< tokens; follows from the rates
    bool back_edge = false;     ///< Updates become Models here
    bool newest = false;        ///< keeps the newest value only and waits for nobody (publish, subscribe)
    /// Leads to a stream that a quorum does not wait for: a token that has not been taken yet makes room for
    /// the next one.
    bool overwrites = false;
    std::string payload;  ///< "Model", "Update", "[Update]"
};

/// One feedback: its streams and when it ends.
struct Loop {
    std::string path;
    std::string name;                        ///< "feedback.1"
    std::shared_ptr<const core::Call> call;  ///< conditions: rounds, until, updates, versions, time, keep
    std::vector<ActorId> streams;            ///< its loop actors, in stream order
    /// Absent with `rounds:` alone and in asynchronous loops: each stream decides for itself.
    std::optional<ActorId> control;
    std::int64_t parent = -1;
    bool asynchronous = false;
    std::int64_t inflight = 0;
};

struct Network {
    std::string name;
    std::vector<Actor> actors;      ///< index = id
    std::vector<Channel> channels;  ///< index = id
    std::vector<Loop> loops;
    std::vector<ActorId> sinks;       ///< in stream order of the scheme's result
    std::vector<std::string> passes;  ///< names of the passes that made it, in order
};

/// One named step from scheme to network. Each is verified after it ran, those of big networks all
/// together at the end.
struct Pass {
    std::string name;
    std::string doc;
};
const std::vector<Pass>& passes();  ///< in the order in which `expand` runs them

struct ExpandOptions {
    std::int64_t max_actors = 1'000'000;
};

/// Scheme to network: copies are made, arguments that depend on the copy are evaluated, paths and ranks are
/// given. Errors: kind `scheme` (more than `max_actors`).
core::Result<Network> expand(const lang::Scheme& scheme, const ExpandOptions& options = {});

/// Structural invariants: ports and channels agree, paths are unique, arities fit kinds, every actor is
/// reachable, cycles only through back edges and `newest` channels, loops and sinks are complete. Empty when
/// sound; otherwise one sentence per violation.
std::vector<std::string> verify(const Network& network);

struct DrawOptions {
    bool unfold = false;  ///< draw every copy; default: a bundle is one stacked box "client ×4"
    std::size_t max_nodes = 400;
};
std::string print_text(const Network& network);  ///< `show --network`: actors and channels, a line each
std::string print_dot(const Network& network, const DrawOptions& options = {});
std::string print_json(const Network& network);

}  // namespace trama::network
