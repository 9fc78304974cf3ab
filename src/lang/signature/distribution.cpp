#include "lang/signature/describe.hpp"

namespace trama::lang {

void add_distribution_blocks(Registry& registry) {
    const auto add = [&](std::string name, std::string type, std::string algebra, std::string doc,
                         std::string example, std::vector<Parameter> parameters = {}) {
        Signature made = signature(name, "block", std::move(type), "Communication");
        made.expands_to = std::move(name);
        made.algebra = std::move(algebra);
        made.doc = std::move(doc);
        made.example = std::move(example);
        made.parameters = std::move(parameters);
        return made;
    };
    registry.add(add("broadcast", "A -> A^n", "◁Bcast",
                     "Sends every token to all streams. They share one immutable value, nothing is copied.",
                     "broadcast >> [| client |]^4 >> reduce(fedavg)"));
    registry.add(add(
        "scatter", "[A] -> A^n", "◁Scatter",
        "Sends one element of a list to each stream, in order. The list has as many elements as there are "
        "streams.",
        "gatherall >> scatter >> [| client |]^4"));
    Signature unicast =
        add("unicast", "A -> A^n", "◁Unicast(%policy)",
            "Sends every token to one of the streams. In a feedback it makes the loop asynchronous: one "
            "token per stream circulates, unless `inflight:` says otherwise.",
            "unicast(auto) >> [| client |]^8 >> gather >> mix(fedasync(alpha: 0.6))",
            {with_default(
                parameter("policy", "one_of(rr, auto, random)",
                          "`rr`: in turn; `auto`: to whoever has least to do; `random`: drawn by the run's "
                          "seed."),
                "rr")});
    unicast.rate = Rate::one_of_n;
    unicast.nondeterministic = "sends each token to whoever is free";
    unicast.nondeterministic_if = {"policy=auto"};
    unicast.in_turn_if = {"policy=rr"};
    registry.add(std::move(unicast));

    registry.add(add("spread", "A -> A^n", "(%f ◁)",
                     "Sends every token to all streams along a tree, with the function before each node of "
                     "the tree: so a long line "
                     "is paid once for many receivers.",
                     "spread(quantize(bits: 8), arity: 2) >> [| client |]^16",
                     {parameter("f", "block A -> A", "What each node of the tree does before it sends on."),
                      at_least(parameter("arity", "int", "Receivers of each node."), 2)}));
    registry.add(add(
        "par", "A -> B", "(|%f|)",
        "The work of `f` in a fixed number of shards that run side by side, where there are cores for "
        "them. Training cuts every batch into shards: each has its gradient, and the mean of all makes "
        "one step; batch normalisation sees each shard alone. Testing cuts the samples. The number is part "
        "of the meaning: another one gives other last digits, and with batch normalisation other models.",
        "[| par(client, threads: 4) |]^2",
        {parameter("f", "block A -> B", "A function that works on samples: `train(...)` or `test(...)`."),
         at_least(parameter("threads", "int", "Shards, each with one thread."), 1)}));
}

}  // namespace trama::lang
