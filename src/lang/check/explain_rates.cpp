#include "lang/check/explain.hpp"

namespace trama::lang {

std::vector<Explanation> rate_explanations() {
    // clang-format off
    return {
        {"T0401", "tokens multiply",
         "What leaves a body enters it again, so for each token that enters one must leave. `broadcast` makes n of one, and "
         "`gather` puts all n on one stream: after a few rounds there would be no end of them. Fold them to one, or send each "
         "token to one stream only (an asynchronous loop). The line under the hint shows the body and where they become more.",
         with_body("broadcast >> [| client |]^4 >> gather"),
         with_body("broadcast >> [| client |]^4 >> reduce(fedavg)")},
        {"T0402", "tokens starve",
         "A block waits for a token of every stream, but not every stream gets one: it would wait for ever. `unicast` sends "
         "each token to one of its streams; behind it the streams are merged by `gather`, not folded. `gather(rr)` takes one of "
         "each stream in turn, which goes with `unicast(rr)` only.",
         with_client("scheme = init(net) >> feedback(rounds: 20) { unicast(rr) >> [| client |]^4 >> reduce(fedavg) }"),
         with_client("scheme = init(net) >> feedback(updates: 80) {\n    unicast(rr) >> [| client |]^4 >> gather(rr) >> mix(fedasync(alpha: 0.6))\n}")},
        {"T0403", "a block that waits for several tokens, in a loop",
         "`window(k)` makes one list of k tokens. In a loop one token goes round: the second never comes.",
         with_body("client >> window(2) >> fold(fedavg)"),
         with_body("client")},
        {"T0404", "a block that may lose tokens, in a loop",
         "A queue that drops is for open streams, such as cameras, which never end. A token that is lost in a loop is missed "
         "for ever.",
         with_body("queue(capacity: 8, drop: oldest) >> client"),
         with_body("queue(capacity: 8) >> client")},
        {"T0405", "a loop without an end",
         "`feedback` needs a condition that ends it: `rounds: 20`, `until: accuracy >= 0.97`, `updates: 500`, `versions: 100` "
         "or `time: 10min`. Of several the first that holds counts. `updates` and `versions` count what `mix` does: a loop "
         "without it never gets there.",
         with_client("scheme = init(net) >> feedback { client }"),
         with_client("scheme = init(net) >> feedback(rounds: 20) { client }")},
        {"T0406", "an argument for the other kind of loop",
         "A loop is asynchronous when its body sends each token to one of several streams (`unicast`). Then there are no "
         "rounds that all finish together, and it is counted in `updates` or `versions`, and `inflight` says how many tokens "
         "go round.",
         with_client("scheme = init(net) >> feedback(updates: 80) { broadcast >> [| client |]^4 >> reduce(fedavg) }"),
         with_client("scheme = init(net) >> feedback(rounds: 20) { broadcast >> [| client |]^4 >> reduce(fedavg) }")},
        {"T0407", "a mixing server outside of a loop",
         "`mix` keeps a model, mixes each update into it and answers with what it has then. Its first model is the one that "
         "enters the feedback around it, and its answers are sent out again by that feedback: without one it is no server.",
         with_client("scheme = init(net) >> client >> mix(fedasync(alpha: 0.6))"),
         with_client("scheme = init(net) >> feedback(updates: 80) {\n    unicast(auto) >> [| client |]^4 >> gather >> mix(fedasync(alpha: 0.6))\n}")},
        {"T0408", "a quorum among tokens of several rounds",
         "A fold with a quorum, or an exchange with a timeout, goes on without those that are late, and what they have not begun "
         "by then is replaced by the next round. So one round must end before the next begins. In an asynchronous loop several "
         "tokens are under way at once, and the next could come too early. A feedback of its own takes one after the other.",
         with_client("scheme = init(net) >> feedback(updates: 80) {\n    unicast(auto) >> [| broadcast >> [| client |]^3 >> reduce(fedavg, quorum: 2) |]^4 >> gather\n"
                     "        >> mix(fedasync(alpha: 0.6))\n}"),
         with_client("scheme = init(net) >> feedback(updates: 80) {\n"
                     "    unicast(auto) >> [| feedback(rounds: 1) { broadcast >> [| client |]^3 >> reduce(fedavg, quorum: 2) } |]^4 >> gather\n"
                     "        >> mix(fedasync(alpha: 0.6))\n}")},
        {"T0409", "streams that end at different times wait for each other",
         "In an asynchronous loop over several streams each of them ends for itself, by its own tokens. If their bodies exchange "
         "tokens, those that go on would wait for those that have ended. `rounds` counts the tokens that were sent in, and all "
         "streams send in as many.",
         with_client("star = unicast(rr) >> [| client |]^2 >> gather(rr) >> mix(fedasync(alpha: 0.6))\n"
                     "scheme = [| init(net) |]^3 >> feedback(updates: 80) { [| star |]^3 >> exchange(ring) >> [| fold(fedavg) |]^3 }"),
         with_client("star = unicast(rr) >> [| client |]^2 >> gather(rr) >> mix(fedasync(alpha: 0.6))\n"
                     "scheme = [| init(net) |]^3 >> feedback(rounds: 80) { [| star |]^3 >> exchange(ring) >> [| fold(fedavg) |]^3 }")},
        {"T0410", "streams meet in which tokens overtake each other",
         "In an asynchronous loop several tokens are under way at once, and `gather` gives them in order of arrival: the second "
         "may come out before the first. Streams side by side come to different orders, so a block that waits for one token of "
         "each would fold those of one round with those of another. `unicast(rr)` with `gather(rr)` keeps the order, and with "
         "`inflight: 1` there is nobody to overtake.",
         with_body("broadcast >> [| unicast(rr) >> [| client |]^2 >> gather |]^3 >> reduce(fedavg)"),
         with_body("broadcast >> [| unicast(rr) >> [| client |]^2 >> gather(rr) |]^3 >> reduce(fedavg)")},
    };
    // clang-format on
}

}  // namespace trama::lang
