#include "lang/check/explain.hpp"

namespace trama::lang {

std::vector<Explanation> type_explanations() {
    // clang-format off
    return {
        {"T0301", "one type flows where another is taken",
         "Every block takes and gives one type: `train` takes a Model and gives an Update. An Update flows wherever a Model "
         "does, nothing else is converted. `trama blocks NAME` shows a block's type, `trama show` what flows where.",
         with_body("broadcast >> [| client |]^4 >> gatherall >> test(data)"),
         with_body("broadcast >> [| client |]^4 >> gatherall >> fold(fedavg) >> test(data)")},
        {"T0302", "widths clash",
         "A bundle of n streams flows only into what takes n streams. The message shows both places that say how many.",
         with_body("broadcast >> [| client |]^4 >> sample(2) >> [| test(data) |]^5 >> reduce(fedavg)"),
         with_body("broadcast >> [| client |]^4 >> sample(2) >> [| test(data) |]^4 >> reduce(fedavg)")},
        {"T0303", "a width that is not known",
         "How many streams `broadcast` makes is said by what follows it. Here nothing does.",
         with_body("broadcast >> reduce(fedavg)"),
         with_body("broadcast >> [| client |]^4 >> reduce(fedavg)")},
        {"T0304", "a bundle where one stream is taken, or the other way",
         "`[| D |]^n` and what folds take a bundle of streams, other blocks take one. `broadcast` and its like make a bundle "
         "of one stream, `reduce`, `gather` and `gatherall` make one stream of a bundle; a block in `[| ... |]^n` is there once "
         "for each stream.",
         with_body("[| client |]^4 >> reduce(fedavg)"),
         with_body("broadcast >> [| client |]^4 >> reduce(fedavg)")},
        {"T0305", "programs side by side give different types",
         "The streams of one bundle carry the same type, so all programs of `[| a, b |]` must give the same.",
         with_body("broadcast >> [| client, broadcast >> [| client |]^2 >> gatherall |] >> reduce(fedavg)"),
         with_body("broadcast >> [| client, broadcast >> [| train(data, optimizer: sgd(lr: 0.1), part: all) |]^2 >> reduce(fedavg) |] "
                   ">> reduce(fedavg)")},
        {"T0306", "a body that does not fit its block",
         "What leaves the body of `feedback` enters it again: it must have the same type, and as many streams. (Updates may "
         "leave where Models enter: they become Models.) The body of `tap` gives one stream.",
         with_body("broadcast >> [| client |]^4"),
         with_body("broadcast >> [| client |]^4 >> reduce(fedavg)")},
        {"T0307", "a scheme without a source",
         "A scheme begins with a block that takes nothing, such as `init(net)`.",
         with_client("scheme = feedback(rounds: 20) { broadcast >> [| client |]^4 >> reduce(fedavg) }"),
         with_client("scheme = init(net) >> feedback(rounds: 20) { broadcast >> [| client |]^4 >> reduce(fedavg) }")},
        {"T0308", "a source in the middle",
         "A source takes nothing, so nothing can stand before it.",
         with_client("scheme = init(net) >> init(net) >> feedback(rounds: 20) { client }"),
         with_client("scheme = init(net) >> feedback(rounds: 20) { client }")},
        {"T0309", "a rule or function that does not fit its block",
         "`reduce` gives its rule the list of what comes in. Rules that step from a base take Updates: these come from "
         "training, and they become Models when they are exchanged or fed back.",
         with_client("scheme = [| init(net) |]^4 >> reduce(fedadam(lr: 0.1)) >> feedback(rounds: 20) { client }"),
         with_client("scheme = [| init(net) |]^4 >> reduce(fedavg) >> feedback(rounds: 20) { client }")},
        {"T0310", "an impossible number of copies",
         "A distribute has one copy or more. Programs side by side are as many as they are; to copy the whole, nest it: "
         "`[| [| a, b |] |]^n`.",
         with_body("broadcast >> [| client |]^0 >> reduce(fedavg)"),
         with_body("broadcast >> [| client |]^4 >> reduce(fedavg)")},
        {"T0311", "what flows here is not known",
         "Nothing says which type was published under the name.",
         "scheme = subscribe(here) >> publish(here)",
         with_client("scheme = [| init(net) >> publish(here), subscribe(here) |]")},
        {"T0312", "an argument that does not fit the number of streams",
         "A torus of r × c nodes is for r·c streams, a hypercube for a power of two, and nobody has more neighbours than "
         "there are others. A rule that bears f bad clients needs enough good ones: `krum(f: 2)` folds seven models at least.",
         with_client("scheme = [| init(net) |]^8 >> feedback(rounds: 20) {\n    [| client |]^8 >> exchange(torus(3, 3)) >> [| fold(fedavg) |]^8\n}"),
         with_client("scheme = [| init(net) |]^8 >> feedback(rounds: 20) {\n    [| client |]^8 >> exchange(torus(2, 4)) >> [| fold(fedavg) |]^8\n}")},
    };
    // clang-format on
}

}  // namespace trama::lang
