#include "lang/check/explain.hpp"

namespace trama::lang {
namespace {

std::string scaffold(const std::string& algorithm, const std::string& rule) {
    return "data = digits()\nnet = mlp(64, 10)\n"
           "client = train(data, optimizer: sgd(lr: 0.1)" +
           algorithm +
           ")\n"
           "scheme = init(net) >> feedback(rounds: 20) { broadcast >> [| client |]^4 >> reduce(" +
           rule + ") }";
}

}  // namespace

std::vector<Explanation> fit_explanations() {
    // clang-format off
    return {
        {"T0501", "a rule whose clients must do more",
         "Some algorithms have two halves: the server's rule reads what only clients of the same algorithm send (SCAFFOLD's "
         "control variates). Give the clients the algorithm too.",
         scaffold("", "scaffold"), scaffold(", algorithm: scaffold", "scaffold")},
        {"T0502", "clients whose server must do more",
         "The client sends what its algorithm needs, but the rule that gets it knows nothing of it.",
         scaffold(", algorithm: scaffold", "fedavg"), scaffold(", algorithm: scaffold", "scaffold")},
        {"T0503", "a rule that cannot fold in parts",
         "A mean can be made of means, so `fedavg` folds along a tree (`arity:`) and at inner levels. A median of medians is "
         "no median: such rules need all values at once.",
         with_body("broadcast >> [| client |]^4 >> reduce(median, arity: 2)"),
         with_body("broadcast >> [| client |]^4 >> reduce(median)")},
        {"T0504", "lossy Updates without their base",
         "A compressed Update is only worth something as a difference to the model that it was trained from. A server has that "
         "model, peers that exchange models do not.",
         with_client("scheme = [| init(net) |]^4 >> feedback(rounds: 20) {\n    [| client >> topk(1%) |]^4 >> exchange(full) >> [| fold(fedavg) |]^4\n}"),
         with_client("scheme = [| init(net) |]^4 >> feedback(rounds: 20) {\n    [| client |]^4 >> exchange(full) >> [| fold(fedavg) |]^4\n}")},
        {"T0505", "a placement that is none",
         "`D @ edge` puts a block at a site, `[| D |]^n @ workers` copies at the members of a group. Sites are declared: "
         "`edge = site(\"edge-1\")`, `workers = group(edge, site(\"edge-2\"))`.",
         with_body("broadcast >> [| client |]^4 @ \"edge-1\" >> reduce(fedavg)"),
         "edge = site(\"edge-1\")\n" + with_body("broadcast >> [| client |]^4 @ edge >> reduce(fedavg)")},
        {"T0506", "nothing is published under this name",
         "`subscribe(name)` reads what some other place of the scheme publishes with `publish(name)`.",
         with_client("scheme = [| init(net) >> publish(global), subscribe(globl) >> test(data) |]"),
         with_client("scheme = [| init(net) >> publish(global), subscribe(global) >> test(data) |]")},
        {"T0507", "models of different nets are folded",
         "A fold combines parameter by parameter, so all its models have the same net.",
         with_client("small = mlp(64, 10)\nscheme = [| init(net), init(small) |] >> reduce(fedavg) >> feedback(rounds: 20) { client }"),
         with_client("scheme = [| init(net), init(net) |] >> reduce(fedavg) >> feedback(rounds: 20) { client }")},
        {"T0508", "weights are missing",
         "`gossip` and `push_sum` fold by the weights of neighbours, which come with the lists of `exchange`.",
         with_body("broadcast >> [| client |]^4 >> reduce(gossip)"),
         with_client("scheme = [| init(net) |]^4 >> feedback(rounds: 20) {\n    [| client |]^4 >> exchange(ring, weights: metropolis) >> [| fold(gossip) |]^4\n}")},
        {"T0509", "one data set, two shapes",
         "A data set has as many parts as there are copies of its client. If it is used by four copies here and by five there, "
         "it is not clear who has which samples. Use the same copies, two data sets, or say it: `part: all`, `part: 0, parts: 9`.",
         with_client("scheme = init(net)\n    >> feedback(rounds: 5) { broadcast >> [| client |]^4 >> reduce(fedavg) }\n"
                     "    >> feedback(rounds: 5) { broadcast >> [| client |]^5 >> reduce(fedavg) }"),
         with_client("scheme = init(net)\n    >> feedback(rounds: 5) { broadcast >> [| client |]^4 >> reduce(fedavg) }\n"
                     "    >> feedback(rounds: 5) { broadcast >> [| client |]^4 >> reduce(fedavg) }")},
        {"T0510", "a rule for the other kind of server",
         "A server that waits for a whole round folds all its values at once (`reduce`, `fold`); an asynchronous one (`mix`) takes "
         "one update after the other and weighs it by its age. A rule does one of both.",
         with_body("broadcast >> [| client |]^4 >> reduce(fedasync(alpha: 0.6))"),
         with_client("scheme = init(net) >> feedback(updates: 80) {\n    unicast(auto) >> [| client |]^4 >> gather >> mix(fedasync(alpha: 0.6))\n}")},
        {"T0511", "more streams than were chosen",
         "`sample` lets some streams take part in a round, and the others give nothing. A quorum, or another choice, cannot be "
         "larger than their number: it would never be reached.",
         with_body("broadcast >> sample(10) >> [| client |]^40 >> reduce(fedavg, quorum: 12)"),
         with_body("broadcast >> sample(10) >> [| client |]^40 >> reduce(fedavg, quorum: 8)")},
        {"T0512", "nothing to cut into shards",
         "`par(f, threads: k)` cuts the samples that `f` works on into shards. What works on a model alone, or sends it, has no "
         "samples.",
         with_body("broadcast >> [| par(client >> topk(1%), threads: 2) |]^4 >> reduce(fedavg)"),
         with_body("broadcast >> [| par(client, threads: 2) >> topk(1%) |]^4 >> reduce(fedavg)")},
    };
    // clang-format on
}

}  // namespace trama::lang
