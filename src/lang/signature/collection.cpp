#include "lang/signature/describe.hpp"

namespace trama::lang {
namespace {

Signature block(std::string name, std::string type, std::string algebra, std::string doc,
                std::string example) {
    Signature made = signature(name, "block", std::move(type), "Communication");
    made.expands_to = std::move(name);
    made.algebra = std::move(algebra);
    made.doc = std::move(doc);
    made.example = std::move(example);
    return made;
}

Signature gather() {
    Signature made =
        block("gather", "A^n -> A", "▷Gather",
              "Merges all streams to one that carries every token: in order of arrival, or with `rr` one of "
              "each stream in turn, which is deterministic.",
              "unicast(rr) >> [| client |]^4 >> gather(rr) >> mix(fedasync(alpha: 0.6))");
    made.parameters = {
        with_default(parameter("order", "one_of(arrival, rr)", "`arrival`: as they come; `rr`: in turn."),
                     "arrival"),
        with_default(
            parameter(
                "lost", "one_of(stop, event)",
                "What happens when a branch dies: the run stops, or an Event says so (streams of Events)."),
            "stop")};
    made.type_if = {{"lost=event", "Event^n -> Event"}};
    made.rate = Rate::any_of_n;
    made.nondeterministic = "merges tokens in order of arrival";
    made.nondeterministic_if = {"order=arrival", "lost=event"};
    return made;
}

Signature reduce() {
    Signature made = block(
        "reduce", "A^n -> B", "(%rule ▷)",
        "Waits for one token of every stream and folds them by a rule, in the order of the streams. With "
        "`arity:` it folds along a tree whose inner nodes add up partial sums; the arity is part of the "
        "meaning. With `quorum:` it does not wait for all.",
        "broadcast >> [| client |]^4 >> reduce(fedavg)");
    Parameter arity = optional(
        at_least(parameter("arity", "int", "Inputs of each node of the tree; flat when left out."), 2));
    arity.needs_mergeable = "rule";
    Parameter quorum = optional(at_least(
        parameter(
            "quorum", "int",
            "Folds at the timeout with at least that many; without `timeout:` as soon as so many came."),
        1));
    quorum.at_most_width = true;
    Parameter timeout = optional(
        above_zero(parameter("timeout", "duration", "How long it waits for those above the quorum.")));
    timeout.needs = "quorum";
    Parameter late = optional(parameter(
        "late", "one_of(drop, fold)",
        "Tokens that come too late are dropped (so when left out), or folded in a later round; they "
        "never count towards the quorum."));
    late.needs = "quorum";
    made.parameters = {parameter("rule", "rule [A] -> B", "The aggregation rule."), arity, quorum, timeout,
                       late};
    made.nondeterministic = "does not wait for all";
    made.nondeterministic_if = {"quorum"};
    return made;
}

Signature exchange() {
    Signature made = block(
        "exchange", "A^n -> [A]^n", "◁▷Exchange(%topology)",
        "Every stream gets a list of its own and its in-neighbours' values on a graph, in the order of the "
        "senders, with the weights w_ij. Updates become Models on the way.",
        "[| client |]^8 >> exchange(ring, weights: metropolis) >> [| fold(gossip) |]^8");
    made.parameters = {
        parameter("topology", "topology", "The graph."),
        with_default(
            parameter("weights", "weights", "The weights of a node's own and its neighbours' values."),
            "uniform"),
        optional(above_zero(parameter(
            "timeout", "duration", "Goes on with those that came by then; the weights are renormalised.")))};
    made.nondeterministic = "does not wait for all";
    made.nondeterministic_if = {"timeout"};
    made.drops_base = true;
    made.weighs = true;
    return made;
}

Signature sample() {
    Signature made = block(
        "sample", "A^n -> A^n", "Sample(%k%fraction)",
        "Chooses the streams that take part in the round, by the run's seed. The others get a token that "
        "blocks pass on without work and folds leave out.",
        "broadcast >> sample(10) >> [| client |]^100 >> reduce(fedavg)");
    Parameter k = optional(at_least(parameter("k", "int", "How many streams."), 1));
    k.at_most_width = true;
    Parameter fraction = optional(
        above_zero(parameter("fraction", "fraction", "Share of the streams, at least one of them.")));
    fraction.maximum = 1;
    fraction.excludes = "k";
    made.parameters = {
        k, fraction,
        with_default(parameter("by", "one_of(uniform, samples)",
                               "`uniform`: all streams alike; `samples`: in proportion to their samples."),
                     "uniform")};
    made.needs_one_of = {"k", "fraction"};
    return made;
}

}  // namespace

void add_collection_blocks(Registry& registry) {
    registry.add(gather());
    registry.add(
        block("gatherall", "A^n -> [A]", "▷Gatherall",
              "Waits for one token of every stream and makes one list of them, in the order of the streams.",
              "[| client |]^4 >> gatherall >> fold(fedavg)"));
    registry.add(reduce());
    Signature fold =
        block("fold", "[A] -> B", "((fold %rule))",
              "Folds a list to one value by a rule: `gatherall >> fold(g)` is what `reduce(g)` means.",
              "exchange(full) >> [| fold(fedavg) |]^8");
    fold.parameters = {parameter("rule", "rule [A] -> B", "The aggregation rule.")};
    registry.add(std::move(fold));
    Signature mix = block(
        "mix", "Update -> Model", "((mix %rule))",
        "The server of an asynchronous scheme: mixes every update into its model as it comes, and answers "
        "with the current model.",
        "gather >> mix(fedasync(alpha: 0.6))");
    mix.parameters = {parameter("rule", "rule [Update] -> Model", "How an update changes the model.")};
    mix.nondeterministic = "mixes updates in the order in which they come";
    registry.add(std::move(mix));
    registry.add(exchange());
    registry.add(sample());
}

}  // namespace trama::lang
