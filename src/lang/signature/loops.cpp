#include "lang/signature/describe.hpp"

namespace trama::lang {
namespace {

Signature feedback() {
    Signature made = signature("feedback", "block", "A^* -> A^*", "Loops");
    made.expands_to = "feedback";
    made.body = true;
    made.body_type = "A^* -> A^*";
    made.loop = true;
    made.algebra = "←(%body)_{%arguments}";
    made.doc =
        "Runs its body again and again: what comes out goes in again, until a condition holds; of several "
        "the one that comes first. The result is what the body gave last. If Models enter, it is an Update "
        "of "
        "them. With a `unicast` in its body the loop is asynchronous: several tokens go round at once, "
        "rounds "
        "count the tokens that were sent in, and conditions are judged whenever one comes back.";
    made.example = "init(net) >> feedback(rounds: 20) { broadcast >> [| client |]^4 >> reduce(fedavg) }";
    const auto count = [](std::string name, std::string doc) {
        return optional(at_least(parameter(std::move(name), "int", std::move(doc)), 1));
    };
    const auto asynchronous = [](Parameter made) {
        made.only_asynchronous = true;
        return made;
    };
    Parameter inflight = asynchronous(count(
        "inflight", "Tokens that circulate at once; as many as its `unicast` has streams when left out."));
    inflight.primes = true;
    Parameter checkpoint =
        count("checkpoint",
              "Saves what is needed to resume, every so many rounds, or tokens that have come back in an "
              "asynchronous loop; for the outermost feedback.");
    made.parameters = {
        count("rounds", "Ends after that many rounds."),
        optional(parameter("until", "condition",
                           "Ends when a metric of the round's tokens is so; of several streams the mean, or "
                           "`min(accuracy)`, `max(accuracy)`, `stream(2, accuracy)`.")),
        asynchronous(count("updates", "Ends when that many Updates have been mixed.")),
        asynchronous(count("versions", "Ends when that many new models have been made.")),
        optional(above_zero(
            parameter("time", "duration", "Ends at the first round that begins after that time."))),
        inflight,
        optional(parameter("keep", "best", "The result is the best model of all rounds, not the last.")),
        checkpoint};
    made.needs_one_of = {"rounds", "until", "updates", "versions", "time"};
    made.nondeterministic = "ends by the clock";
    made.nondeterministic_if = {"time"};
    return made;
}

Signature best() {
    Signature made = signature("best", "best", "", "Loops");
    made.doc =
        "The model with the best value of a metric. Without a second argument the highest, or the lowest for "
        "losses.";
    made.example = "feedback(rounds: 20, keep: best(accuracy)) { ... }";
    Parameter order = optional(parameter("order", "one_of(highest, lowest)", "Which value is the best."));
    order.follows_metric = true;
    made.parameters = {
        parameter("metric", "metric", "The metric; of several streams the mean, or `min(accuracy)`, ..."),
        order};
    made.runs = true;
    return made;
}

}  // namespace

void add_loop_blocks(Registry& registry) {
    registry.add(feedback());
    registry.add(best());

    Signature tap = signature("tap", "block", "A -> A", "Loops");
    tap.expands_to = "tap";
    tap.body = true;
    tap.body_type = "A -> B";
    tap.algebra = "Tap(%body)";
    tap.doc =
        "A side branch: the token waits until the body is done with it and takes the metrics that the body "
        "measured along. What else the body makes is dropped.";
    tap.example =
        "reduce(fedavg) >> tap(every: 5) { broadcast >> [| test(data, part: own) |]^8 >> reduce(metrics) }";
    tap.parameters = {with_default(
        at_least(parameter("every", "int", "Only every so many tokens take the side branch."), 1), "1")};
    registry.add(std::move(tap));

    Signature queue = signature("queue", "block", "A -> A", "Streams");
    queue.expands_to = "queue";
    queue.algebra = "Queue(%capacity)";
    queue.doc =
        "A bounded buffer, with a policy for the moment when it is full; it counts what it drops. Those that "
        "drop are for open streams, such as cameras.";
    queue.example = "video(\"cam.avi\") >> queue(capacity: 8, drop: oldest) >> detect(yolov5n)";
    queue.parameters = {
        at_least(parameter("capacity", "int", "Tokens that it holds."), 1),
        with_default(parameter("drop", "one_of(none, oldest, newest)",
                               "What it drops when it is full; with `none` the sender waits."),
                     "none")};
    queue.open_if = {"drop=oldest", "drop=newest"};
    queue.nondeterministic = "drops what comes too fast";
    queue.nondeterministic_if = {"drop=oldest", "drop=newest"};
    registry.add(std::move(queue));

    Signature window = signature("window", "block", "A -> [A]", "Streams");
    window.expands_to = "window";
    window.algebra = "Window(%k)";
    window.doc = "Makes one list of every k tokens of an open stream.";
    window.example = "video(\"cam.avi\") >> detect(yolov5n) >> window(25)";
    window.parameters = {at_least(parameter("k", "int", "Tokens of one list."), 1)};
    window.rate = Rate::per_k;
    registry.add(std::move(window));

    Signature publish = signature("publish", "block", "A -> A", "Streams");
    publish.expands_to = "publish";
    publish.algebra = "Publish(%name)";
    publish.doc =
        "Passes every token on and shows it to those who `subscribe` to the name, an Update as its Model; "
        "only "
        "the newest is kept.";
    publish.example = "reduce(fedavg) >> publish(global)";
    publish.parameters = {parameter("name", "word", "The name of the edge.")};
    publish.edge = Signature::Edge::publish;
    registry.add(std::move(publish));

    Signature subscribe = signature("subscribe", "block", "() -> A", "Streams");
    subscribe.expands_to = "subscribe";
    subscribe.algebra = "Subscribe(%name)";
    subscribe.doc = "Gives the newest value that was published under the name, whenever there is a new one.";
    subscribe.example = "subscribe(global) >> test(data)";
    subscribe.parameters = {parameter("name", "word", "The name of the edge.")};
    subscribe.edge = Signature::Edge::subscribe;
    subscribe.rate = Rate::open;
    subscribe.nondeterministic = "reads the newest value there is at the moment";
    registry.add(std::move(subscribe));
}

}  // namespace trama::lang
