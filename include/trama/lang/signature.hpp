#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trama/core/constant.hpp"

namespace trama::lang {

/// One parameter of a registered function.
struct Parameter {
    std::string name;
    /// What it takes, in a small notation:
    ///   int, real, bool, string, duration, fraction    literals (an int widens to real)
    ///   file, folder           a string; checked to exist, relative to the scheme's file
    ///   one_of(rr, auto)       a bare word
    ///   list(T)                `[a, b]`
    ///   data, net, optimizer, partition, schedule, topology, ...   a value of that sort
    ///   metric                 accuracy, min(accuracy), max(accuracy), mean(accuracy), stream(2, accuracy)
    ///   condition              a metric compared with a number: accuracy >= 0.97
    ///   rule [A] -> B          a value of sort "rule" with a function type, bound by unification
    ///   block A -> B           a scheme of that type (the `f` of `par`)
    ///   word                   any bare word, in a namespace of its own (the name of a published edge)
    /// joined by `|` for alternatives. A metric is kept as a core::Condition without `op`. Paths are kept as
    /// written, but for those in an imported file: they become relative to the scheme's folder too.
    std::string type;
    std::string doc;                      ///< one line: meaning and unit
    std::optional<std::string> fallback;  ///< default value as source text; such a parameter may be left out
    bool optional = false;                ///< may be left out without having a default
    bool variadic = false;  ///< takes all remaining positional arguments (at least `at_least`) as a list
    std::int64_t at_least = 1;
    bool scheduled = false;                  ///< a number, or a schedule read from the token's round
    std::optional<double> minimum, maximum;  ///< for numbers (durations in seconds, fractions as shares)
    bool above_minimum = false;              ///< the minimum itself is excluded
    bool below_maximum = false;
    /// Another parameter that must be given with this one (`late` needs `quorum`), or with a certain value:
    /// "by=loss".
    std::string needs;
    std::string needs_mergeable;  ///< the rule in that parameter must be mergeable (`arity` of `reduce`)
    std::vector<std::string> excludes;  ///< parameters that must not be given with this one (`k`, `fraction`)
    std::string at_least_that;          ///< a number no smaller than that parameter's (`candidates`, `k`)
    bool at_most_width = false;  ///< a number no larger than the width of the bundle that the block takes
    bool chooses =
        false;  ///< how many streams of its bundle the block lets take part: a number, a share, lists
    bool names_streams =
        false;  ///< a list of streams of the bundle that the block takes, from 0, or of lists
    /// `one_of(a, b)`, when left out: `b` if of the metric in this call less is better, else `a`.
    bool follows_metric = false;
    bool primes = false;  ///< of an asynchronous loop: how many tokens circulate in it (`inflight`)
    bool only_asynchronous = false;  ///< makes sense only for asynchronous loops (`updates`)
};

/// How many tokens a block gives per token taken; what the token-rate check reads (DESIGN §3).
enum class Rate {
    one,       ///< one per stream in, one per stream out
    one_of_n,  ///< a token goes to one of the n streams (unicast)
    any_of_n,  ///< every token of every stream comes out on one (gather)
    per_k,     ///< k tokens become one (window); k is the parameter named "k"
    open,      ///< open streams only: loses tokens (queue with dropping), or makes them without end (video)
    source,    ///< makes tokens by itself, once or as a stream
};

/// The signature of anything a scheme can name: blocks, rules, data sets, nets, optimizers, ... Torch-free.
/// The checker knows functions by this alone.
struct Signature {
    std::string name;
    std::string
        sort;  ///< "block", "rule", "data", "net", "optimizer", "schedule", "partition", "topology", ...
    /// For blocks and rules, the type: `Model -> Update`, `A -> A^n`, `[A] -> B`, `() -> Model`, `Update ->
    /// Model`. Upper-case single letters are type variables, lower-case single letters widths; Update flows
    /// where Model is asked. A variable stands for what one stream carries (`Model`, `[Update]`), `M` for
    /// Model or Update only; `A^*` is one stream or any bundle of streams.
    std::string type;
    /// Another type when an argument has that value: {"lost=event", "Event^n -> Event"}.
    std::vector<std::pair<std::string, std::string>> type_if;
    /// Communication blocks: what it expands to, mostly the kind of its actor ("broadcast", "reduce", ...);
    /// "spread" is a tree of broadcasts with the function `f` before each, "par" the actor of `f` itself.
    /// Empty: a function. "together": a function that sees what all streams of a bundle carry: it takes their
    /// list, skips among it, and gives one as long (`gatherall`, the function, `scatter`).
    std::string expands_to;
    std::vector<Parameter> parameters;
    bool body = false;      ///< takes `{ D }`: feedback, tap
    std::string body_type;  ///< the body's type in the same variables: `A^n -> A^n`
    /// The body is fed back (feedback): it maps the entering type to itself, Updates becoming Models at the
    /// back edge; where Models enter, the result is an Update of the Model that entered.
    bool loop = false;
    std::vector<std::string>
        needs_one_of;  ///< parameters of which at least one must be given (end conditions)
    Rate rate = Rate::one;
    std::vector<std::string> open_if;  ///< `parameter=value` pairs that make the rate `open`
    /// Rates `one_of_n` and `any_of_n`: pairs with which it takes the streams strictly in turn ("policy=rr").
    std::vector<std::string> in_turn_if;
    std::vector<std::string> once_if;  ///< pairs with which only one token at a time may be inside ("quorum")
    enum class Edge { none, publish, subscribe };
    Edge edge = Edge::none;  ///< writes or reads the named edge that its parameter of type `word` names
    bool drops_base =
        false;  ///< what it sends on are Models, Updates lose their base: a lossy one must not enter
    /// Empty when results do not depend on timing; else why they do: "answers in order of arrival". May be
    /// conditional on an argument: `nondeterministic_if` names `parameter=value` pairs, any of which makes it
    /// so ("policy=auto"); a parameter alone counts as soon as it has a value ("timeout").
    std::string nondeterministic;
    std::vector<std::string> nondeterministic_if;
    std::vector<std::string> metrics;  ///< names that it writes into the token
    std::vector<std::string>
        falling;                 ///< those of them of which less is better: `best(loss)` keeps the lowest
    std::string algebra;         ///< the paper's notation: "◁Bcast"; `%f`, `%k` stand for arguments
    std::string group;           ///< heading in the reference: "Communication", "Learning", ...
    std::string doc;             ///< first sentence: what it does; then details
    std::string example;         ///< one line of a scheme
    std::string paper;           ///< citation; empty when there is none
    bool weighs = false;         ///< blocks only: its lists carry senders and weights w_ij (exchange)
    bool needs_weights = false;  ///< rules only: folds lists with weights, as `exchange` makes them (gossip)
    /// Topologies and rules only: why it does not fit a bundle of that width ("has 3 × 4 = 12 places"), else
    /// empty. May be null.
    std::function<std::string(const core::Call&, std::int64_t width)> misfit;
    bool mergeable = false;  ///< rules only: has `merge`, so it may take `arity:` or stand at an inner level
    /// An asynchronous server: takes one update after the other (mix). Rules: for such blocks, and for
    /// nothing else (fedasync).
    bool mixes = false;
    std::string needs_client;         ///< rules only: algorithm its clients must run ("scaffold")
    std::string algorithm_parameter;  ///< clients only: the parameter that names the algorithm
    bool lossy = false;               ///< makes a lossy Update: cannot be exchanged without its base
    /// Blocks that own data parts or state: copies are clients (train, test). When their parameter `part` has
    /// the value `own` by default, each copy has its part of the data, so all uses of one data set must have
    /// the same shape.
    bool identity = false;
    bool sharded =
        false;  ///< functions only: does its work in `actor.threads` shards, so `par` takes it (train)
    bool runs = false;  ///< this build has a runtime for it (set when a runtime is registered)
    std::vector<std::string>
        not_running;  ///< parameters for which it has none (given: as if `runs` were false)
};

/// Names to signatures. Passed in, never global; built-in and user functions are added the same way. Values
/// of different sorts may share a name: a parameter says which it takes, so `exponential` is a topology in
/// `exchange` and a schedule in `lr:`. A block has its name alone, since nothing in a pipe tells sorts apart.
class Registry {
  public:
    /// Throws std::invalid_argument for a malformed signature or a name that is taken.
    void add(Signature signature);
    /// Null when there is none of that name, and when several sorts have it.
    const Signature* find(std::string_view name) const;
    const Signature* find(std::string_view name, std::string_view sort) const;
    /// What a call calls: of its sort, where that is known.
    const Signature* find(const core::Call& call) const;
    /// All of that name, by sort.
    std::vector<const Signature*> named(std::string_view name) const;
    /// This build has a runtime for it, but for these parameters when they are given: `{"quorum", "late"}`.
    /// Goes for all sorts of that name.
    void set_runs(std::string_view name, const std::vector<std::string>& but_not = {});
    /// All of them by group, then name.
    std::vector<const Signature*> all() const;

  private:
    using Sorts = std::map<std::string, std::unique_ptr<Signature>, std::less<>>;
    std::map<std::string, Sorts, std::less<>> signatures_;  // by name, then by sort
};

/// The communication blocks and constructs of the language (DESIGN §2): broadcast, scatter, ..., feedback,
/// tap, par.
void add_communication_blocks(Registry& registry);

}  // namespace trama::lang
