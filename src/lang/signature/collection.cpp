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
              "each stream in turn, which is deterministic and waits for whose turn it is.",
              "unicast(rr) >> [| client |]^4 >> gather(rr) >> mix(fedasync(alpha: 0.6))");
    made.parameters = {
        with_default(parameter("order", "one_of(arrival, rr)", "`arrival`: as they come; `rr`: in turn."),
                     "arrival"),
        with_default(
            parameter(
                "lost", "one_of(stop, event)",
                "What happens when a branch dies: the run stops, or an Event says so and the others go on "
                "(streams of Events)."),
            "stop")};
    made.type_if = {{"lost=event", "Event^n -> Event"}};
    made.rate = Rate::any_of_n;
    made.nondeterministic = "merges tokens in order of arrival";
    made.nondeterministic_if = {"order=arrival", "lost=event"};
    made.in_turn_if = {"order=rr"};
    return made;
}

Signature reduce() {
    Signature made = block(
        "reduce", "A^n -> B", "(%rule ▷)",
        "Waits for one token of every stream and folds them by a rule, in the order of the streams. With "
        "`arity:` it folds along a tree whose inner nodes add up partial sums; the arity is part of the "
        "meaning. With `quorum:` it does not wait for all: it folds when all have come, or at the timeout if "
        "at least the quorum has; fewer end the run. What `sample` or `available` left out is not waited "
        "for.",
        "broadcast >> [| client |]^4 >> reduce(fedavg)");
    Parameter arity = optional(
        at_least(parameter("arity", "int", "Inputs of each node of the tree; flat when left out."), 2));
    arity.needs_mergeable = "rule";
    Parameter quorum = optional(at_least(
        parameter(
            "quorum", "int",
            "Folds at the timeout if at least so many have come; without `timeout:` as soon as they have."),
        1));
    quorum.at_most_width = true;
    Parameter timeout = optional(above_zero(parameter(
        "timeout", "duration", "How long it waits for all, from the moment when the round was sent out.")));
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
    made.once_if = {"quorum"};
    return made;
}

Signature exchange() {
    Signature made = block(
        "exchange", "A^n -> [A]^n", "◁▷Exchange(%topology)",
        "Every stream gets a list of its own and its in-neighbours' values on a graph, in the order of the "
        "senders, with the weights w_ij. Neighbours that took no part are left out, and the weights of the "
        "others renormalised. Updates become Models on the way.",
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
    made.once_if = {"timeout"};
    made.drops_base = true;
    made.weighs = true;
    return made;
}

Signature sample() {
    Signature made = block(
        "sample", "A^n -> A^n", "Sample(%k%fraction%streams)",
        "Chooses the streams that take part in the round, by the run's seed, among those that are there. The "
        "others get a token that blocks pass on without work and folds leave out. `by:` says who is likely "
        "to "
        "be chosen: `uniform`, all alike; `samples`, in proportion to their samples; `loss`, of some "
        "candidates those with the highest training loss (power-of-choice); `speed`, in proportion to how "
        "fast they were, those not measured yet first.",
        "broadcast >> sample(10) >> [| client |]^100 >> reduce(fedavg)");
    made.paper =
        "`by: loss`: Cho, Wang and Joshi, Towards Understanding Biased Client Selection in Federated "
        "Learning, AISTATS 2022";
    Parameter k = optional(at_least(parameter("k", "int", "How many streams."), 1));
    k.at_most_width = true;
    k.chooses = true;
    Parameter fraction = optional(
        above_zero(parameter("fraction", "fraction", "Share of the streams, at least one of them.")));
    fraction.maximum = 1;
    fraction.excludes = {"k"};
    fraction.chooses = true;
    Parameter by = with_default(parameter("by", "one_of(uniform, samples, loss, speed)",
                                          "Who is likely to be chosen; `speed` depends on the machines."),
                                "uniform");
    Parameter candidates = optional(at_least(
        parameter("candidates", "int",
                  "With `by: loss`: streams drawn by their samples, of which those with the highest loss are "
                  "taken; twice as many as are taken when left out."),
        1));
    candidates.needs = "by=loss";
    candidates.at_least_that = "k";
    candidates.at_most_width = true;
    Parameter streams =
        optional(parameter("streams", "list(list(int))",
                           "Who takes part, from 0: a list per round, over and over; `[[0, 1], [2, 3]]`."));
    streams.minimum = 0;
    streams.names_streams = true;
    streams.excludes = {"k", "fraction", "by"};
    streams.chooses = true;
    made.parameters = {k, fraction, by, candidates, streams};
    made.needs_one_of = {"k", "fraction", "streams"};
    made.nondeterministic = "chooses by how fast the streams were";
    made.nondeterministic_if = {"by=speed"};
    return made;
}

Signature available() {
    Signature made = block(
        "available", "A^n -> A^n", "Available(%who)",
        "Who is there in the round: the streams that are away get a token that blocks pass on without work "
        "and folds leave out. By chance, each stream for itself and by the run's seed, or as a file says.",
        "broadcast >> available(90%) >> [| client |]^100 >> reduce(fedavg)");
    Parameter who = parameter(
        "who", "real | fraction | file",
        "How likely each stream is there (`90%`); or a file: a first line `trama-availability 1`, then a "
        "line "
        "per stream with the rounds in which it is there, `3 1-10 15-20`, and if they begin again, a line "
        "`period 24`.");
    who.minimum = 0;
    who.above_minimum = true;
    who.maximum = 1;
    made.parameters = {who};
    return made;
}

Signature rule(std::string name, std::string doc, std::string paper) {
    Signature made = signature(std::move(name), "rule", "[M] -> M", "Aggregation");
    made.doc = std::move(doc);
    made.paper = std::move(paper);
    made.needs_weights = true;
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
        "The server of an asynchronous scheme: mixes one update after the other into its model as they come, "
        "and answers each with the current model. Its first model is the one that enters the feedback; an "
        "update's staleness is how many versions were made since the model that it was trained from.",
        "gather >> mix(fedasync(alpha: 0.6))");
    mix.parameters = {parameter("rule", "rule [Update] -> Model", "How an update changes the model.")};
    mix.mixes = true;
    registry.add(std::move(mix));
    registry.add(exchange());
    registry.add(sample());
    registry.add(available());

    Signature gossip =
        rule("gossip",
             "The weighted mean of a node's own and its neighbours' models, by the weights of `exchange`.",
             "Boyd et al., Randomized Gossip Algorithms, IEEE Trans. Information Theory 2006");
    gossip.example = "exchange(ring, weights: metropolis) >> [| fold(gossip) |]^8";
    registry.add(std::move(gossip));
    Signature push_sum = rule(
        "push_sum",
        "Gossip for directed graphs: a weight travels with each model and is divided out, so that the mean "
        "is right although no node knows who listens.",
        "Kempe et al., Gossip-Based Computation of Aggregate Information, FOCS 2003");
    push_sum.example = "exchange(edges(\"graph.txt\")) >> [| fold(push_sum) |]^8";
    registry.add(std::move(push_sum));
}

}  // namespace trama::lang
