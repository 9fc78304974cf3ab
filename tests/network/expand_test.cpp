#include "trama/network/network.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/scheme_builder.hpp"

namespace trama::network {
namespace {

using test::Build;
using test::bundle;
using test::NodePtr;
using test::nothing;
using test::payload;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const auto model = payload("Model");
const auto update = payload("Update");

class Expand : public testing::Test {
  protected:
    Expand() {
        lang::add_communication_blocks(registry_);
        test::add_fake_signatures(registry_);
    }
    NodePtr init() { return b_.f("init", nothing(), model); }
    NodePtr client(Build::Arguments arguments = {}) {
        return b_.f("train", model, update, "client", std::move(arguments));
    }
    NodePtr star(std::int64_t n, std::int64_t arity = 0) {
        return b_.pipe({b_.broadcast(n), b_.copies(n, client()), b_.reduce(n, Build::call("mean"), arity)});
    }
    Network expand(NodePtr root) {
        auto network = network::expand(b_.scheme(std::move(root)));
        EXPECT_TRUE(network) << network.error().message;
        return network ? std::move(*network) : Network{};
    }
    static const Actor& at(const Network& network, std::string_view path) {
        for (const auto& actor : network.actors) {
            if (actor.path == path) return actor;
        }
        throw std::runtime_error("no actor " + std::string(path) + " in\n" + print_text(network));
    }
    static std::vector<std::string> paths(const Network& network) {
        std::vector<std::string> all;
        for (const auto& actor : network.actors)
            all.push_back(actor.path);
        return all;
    }
    /// "from -> to" of the channel behind an output.
    static const Channel& out(const Network& network, const Actor& actor, std::size_t port = 0) {
        return network.channels.at(actor.outputs.at(port));
    }

    lang::Registry registry_;
    Build b_{registry_};
};

TEST_F(Expand, Star) {
    const auto network = expand(b_.pipe({init(), b_.feedback({{"rounds", Build::integer(3)}}, star(2))}));
    EXPECT_THAT(paths(network),
                ElementsAre("scheme/init", "scheme/feedback/loop", "scheme/feedback/broadcast",
                            "scheme/feedback/[0]/client", "scheme/feedback/[1]/client",
                            "scheme/feedback/reduce", "scheme/result"));
    EXPECT_EQ(network.channels.size(), 8u);
    ASSERT_EQ(network.loops.size(), 1u);
    EXPECT_FALSE(network.loops[0].control);
    EXPECT_EQ(network.loops[0].name, "feedback.1");
    const auto& client = at(network, "scheme/feedback/[1]/client");
    EXPECT_EQ(client.name, "client");
    EXPECT_EQ(client.rank, 1);
    EXPECT_EQ(client.copies, 2);
    EXPECT_THAT(client.copy, ElementsAre(1));
    const auto& reduce = at(network, "scheme/feedback/reduce");
    EXPECT_EQ(reduce.call->function, "mean");
    EXPECT_EQ(reduce.block->function, "reduce");
    EXPECT_EQ(reduce.state_from, network.loops[0].streams[0]);
    EXPECT_TRUE(out(network, reduce).back_edge);
    EXPECT_EQ(out(network, reduce).payload, "Update");
    std::vector<std::string> names;
    for (const auto& pass : passes())
        names.push_back(pass.name);
    EXPECT_EQ(network.passes, names);
}

TEST_F(Expand, EqualCallsAreOneObject) {
    const auto same = expand(b_.pipe({init(), star(3)}));
    EXPECT_EQ(at(same, "scheme/[0]/client").call, at(same, "scheme/[2]/client").call);
}

TEST_F(Expand, ArgumentsOfACopy) {
    const lang::PerCopy lr{
        "lr", [](const auto& index) { return core::Constant{index.at("i") < 2 ? 0.1 : 0.2}; }, "rates[i]"};
    auto branch = b_.f("train", model, update, "client", {}, {lr});
    const auto network =
        expand(b_.pipe({init(), b_.broadcast(3), b_.copies(3, branch, "i"), b_.gatherall(3)}));
    EXPECT_EQ(*at(network, "scheme/[0]/client").call->find("lr")->as<double>(), 0.1);
    EXPECT_EQ(*at(network, "scheme/[2]/client").call->find("lr")->as<double>(), 0.2);
    EXPECT_EQ(at(network, "scheme/[0]/client").call, at(network, "scheme/[1]/client").call);
    EXPECT_NE(at(network, "scheme/[0]/client").call, at(network, "scheme/[2]/client").call);
}

TEST_F(Expand, StarOfStarsRanksRowMajor) {
    const auto network =
        expand(b_.pipe({init(), b_.broadcast(4), b_.copies(4, star(5)), b_.reduce(4, Build::call("mean"))}));
    const auto& client = at(network, "scheme/[2]/[3]/client");
    EXPECT_THAT(client.copy, ElementsAre(2, 3));
    EXPECT_EQ(client.rank, 13);
    EXPECT_EQ(client.copies, 20);
    EXPECT_EQ(at(network, "scheme/[2]/reduce").rank, 2);
    EXPECT_EQ(at(network, "scheme/[2]/reduce").copies, 4);
    EXPECT_EQ(at(network, "scheme/reduce").copies, 1);
}

TEST_F(Expand, TwoUsesInTheSameShapeAreTheSameClients) {
    const auto loop = [&] { return b_.feedback({{"rounds", Build::integer(2)}}, star(3)); };
    const auto network = expand(b_.pipe({init(), loop(), loop()}));
    const auto& first = at(network, "scheme/feedback/[1]/client");
    const auto& second = at(network, "scheme/feedback.2/[1]/client");
    EXPECT_EQ(first.occurrence, 0);
    EXPECT_EQ(second.occurrence, 1);
    EXPECT_EQ(first.rank, second.rank);
    EXPECT_EQ(first.copies, 3);
    EXPECT_EQ(second.copies, 3);
}

TEST_F(Expand, SideBySideSharesTheData) {
    const auto data = Build::call("digits", {}, "data");
    const auto a = [&] { return b_.f("train", model, update, "a", {{"data", data}}); };
    const auto b = [&] { return b_.f("train", model, update, "b", {{"data", data}, {"lr", {0.5}}}); };
    const auto network = expand(
        b_.pipe({init(), b_.broadcast(4), b_.side_by_side({a(), b(), b_.copies(2, a())}), b_.gatherall(4)}));
    EXPECT_EQ(at(network, "scheme/[0]/a").rank, 0);
    EXPECT_EQ(at(network, "scheme/[1]/b").rank, 1);
    EXPECT_EQ(at(network, "scheme/[2]/[1]/a").rank, 3);
    EXPECT_EQ(at(network, "scheme/[0]/a").copies, 4);
    EXPECT_EQ(at(network, "scheme/[0]/a").data, at(network, "scheme/[1]/b").data);
}

TEST_F(Expand, OneNameTwiceInOneScope) {
    const auto network = expand(b_.pipe({init(), b_.f("test", model, model), b_.f("test", model, model),
                                         b_.broadcast(2), b_.copies(2, b_.f("test", model, model)),
                                         b_.copies(2, b_.f("test", model, model)), b_.gatherall(2, model)}));
    at(network, "scheme/test");
    at(network, "scheme/test.2");
    at(network, "scheme/[1]/test");
    EXPECT_EQ(at(network, "scheme/[1]/test.2").name, "test.4");
}

TEST_F(Expand, TreeInStreamOrder) {
    const auto network = expand(b_.pipe({init(), star(9, 2)}));
    const auto& root = at(network, "scheme/reduce");
    EXPECT_EQ(root.inputs.size(), 2u);
    EXPECT_EQ(root.level, 0);
    // 9 streams: 5 nodes of 2, 2, 2, 2, 1; then 3 with the last as it is; then 2 with the last as it is.
    std::vector<std::int64_t> levels;
    std::vector<std::int64_t> leaves;
    for (const auto& actor : network.actors) {
        if (actor.kind != Kind::reduce || actor.level == 0) continue;
        levels.push_back(actor.level);
        EXPECT_LE(actor.inputs.size(), 2u);
        for (const auto id : actor.inputs) {
            const auto& from = network.actors[network.channels[id].from];
            if (from.kind == Kind::function) leaves.push_back(from.rank);
        }
    }
    EXPECT_THAT(leaves, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8));
    EXPECT_EQ(std::ranges::count(levels, 3), 5);
    EXPECT_EQ(std::ranges::count(levels, 2), 2);
    EXPECT_EQ(std::ranges::count(levels, 1), 1);
    EXPECT_EQ(out(network, at(network, "scheme/reduce/level.3/[0]")).payload, "Partial");
}

TEST_F(Expand, ControlOnlyBeyondRounds) {
    const core::Constant until{core::Condition{"mean", 0, "accuracy", ">=", 0.9}};
    const auto streams = [&] { return b_.copies(3, b_.f("train", model, update, "client")); };
    const auto network = expand(b_.pipe({b_.copies(3, init()), b_.feedback({{"until", until}}, streams())}));
    const auto& control = at(network, "scheme/feedback/control");
    EXPECT_EQ(control.inputs.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(network.channels[control.inputs[i]].from,
                  at(network, "scheme/feedback/[" + std::to_string(i) + "]/client").id);
        EXPECT_TRUE(out(network, control, i).back_edge);
        EXPECT_EQ(out(network, control, i).to, network.loops[0].streams[i]);
    }
    EXPECT_EQ(network.sinks.size(), 3u);
}

TEST_F(Expand, PeerToPeer) {
    const auto body = b_.pipe({b_.copies(4, client()), b_.exchange(4, Build::call("ring")),
                               b_.copies(4, b_.fold(Build::call("mean")))});
    const auto network =
        expand(b_.pipe({b_.copies(4, init()), b_.feedback({{"rounds", Build::integer(2)}}, body)}));
    const auto& second = at(network, "scheme/feedback/exchange/[2]");
    EXPECT_THAT(second.senders, ElementsAre(1, 2, 3));
    EXPECT_EQ(network.channels[second.inputs[0]].from, at(network, "scheme/feedback/exchange/send/[1]").id);
    EXPECT_EQ(at(network, "scheme/feedback/[2]/fold").state_from, network.loops[0].streams[2]);
    EXPECT_EQ(network.actors[network.loops[0].streams[2]].path, "scheme/feedback/loop/[2]");
}

TEST_F(Expand, Topologies) {
    const auto neighbours = [&](std::int64_t n, core::Constant topology) {
        const auto network = expand(b_.pipe({b_.copies(n, init()), b_.exchange(n, std::move(topology), model),
                                             b_.copies(n, b_.fold(Build::call("mean"), model))}));
        std::vector<std::vector<std::int64_t>> all;
        for (std::int64_t i = 0; i < n; ++i) {
            all.push_back(at(network, "scheme/exchange/[" + std::to_string(i) + "]").senders);
        }
        return all;
    };
    using G = std::vector<std::vector<std::int64_t>>;
    EXPECT_EQ(neighbours(3, Build::call("full")), (G{{0, 1, 2}, {0, 1, 2}, {0, 1, 2}}));
    EXPECT_EQ(neighbours(4, Build::call("star")), (G{{0, 1, 2, 3}, {0, 1}, {0, 2}, {0, 3}}));
    EXPECT_EQ(neighbours(4, Build::call("hypercube"))[3], (std::vector<std::int64_t>{1, 2, 3}));
    EXPECT_EQ(
        neighbours(6, Build::call("torus", {{"rows", Build::integer(2)}, {"columns", Build::integer(3)}}))[0],
        (std::vector<std::int64_t>{0, 1, 2, 3}));
    EXPECT_EQ(neighbours(5, Build::call("exponential"))[0], (std::vector<std::int64_t>{0, 1, 2, 4}));
    const auto regular =
        Build::call("random_regular", {{"k", Build::integer(3)}, {"seed", Build::integer(7)}});
    const auto graph = neighbours(20, regular);
    for (const auto& from : graph)
        EXPECT_EQ(from.size(), 4u);
    EXPECT_EQ(graph, neighbours(20, regular));

    const auto torus = network::expand(b_.scheme(b_.pipe(
        {b_.copies(4, init()),
         b_.exchange(4, Build::call("torus", {{"rows", Build::integer(3)}, {"columns", Build::integer(3)}}),
                     model)})));
    ASSERT_FALSE(torus);
    EXPECT_EQ(torus.error().message, "torus(3, 3) has 9 places, 4 streams come to it");
}

TEST_F(Expand, Tap) {
    const auto side = b_.pipe({b_.broadcast(2), b_.copies(2, b_.f("test", model, model)),
                               b_.reduce(2, Build::call("mean"), 0, model)});
    const auto network = expand(b_.pipe({init(), b_.tap(5, side), b_.f("test", model, model)}));
    const auto& join = at(network, "scheme/tap/join");
    EXPECT_EQ(join.inputs.size(), 2u);
    EXPECT_EQ(network.channels[join.inputs[0]].from, at(network, "scheme/tap").id);
    EXPECT_EQ(network.channels[join.inputs[1]].from, at(network, "scheme/tap/reduce").id);
    EXPECT_EQ(core::to_text(*join.block->find("metrics")), "[\"accuracy\", \"loss\"]");
}

TEST_F(Expand, SitesOfAGroup) {
    const auto site = [](std::string name) { return Build::call("site", {{"name", {std::move(name)}}}); };
    const auto group = Build::call("group", {{"members", {core::List{site("a"), site("b")}}}});
    const auto network =
        expand(b_.pipe({init(), b_.broadcast(3), b_.at(b_.copies(3, b_.at(client(), site("c"))), group),
                        b_.at(b_.copies(3, b_.f("clip", update, update)), group), b_.gatherall(3)}));
    EXPECT_EQ(core::to_text(*at(network, "scheme/[2]/clip").site), "site(name: \"a\")");
    EXPECT_EQ(core::to_text(*at(network, "scheme/[1]/clip").site), "site(name: \"b\")");
    EXPECT_EQ(core::to_text(*at(network, "scheme/[1]/client").site), "site(name: \"c\")");
    EXPECT_FALSE(at(network, "scheme/init").site);
}

TEST_F(Expand, ParAndSpread) {
    const auto network =
        expand(b_.pipe({init(), b_.block("par", model, update, {{"threads", Build::integer(4)}}, client()),
                        b_.block("spread", update, bundle(update, 5), {{"arity", Build::integer(2)}},
                                 b_.f("clip", update, update)),
                        b_.gatherall(5)}));
    EXPECT_EQ(at(network, "scheme/client").threads, 4);
    // 5 = 4 + 1: below the root a full tree of 4, and the last stream at the root itself.
    EXPECT_THAT(paths(network),
                testing::IsSupersetOf({"scheme/spread/clip", "scheme/spread/broadcast",
                                       "scheme/spread/[0]/clip", "scheme/spread/[0]/[1]/broadcast"}));
    EXPECT_EQ(at(network, "scheme/gatherall").inputs.size(), 5u);
    EXPECT_EQ(network.channels[at(network, "scheme/gatherall").inputs[4]].from,
              at(network, "scheme/spread/broadcast").id);
}

TEST_F(Expand, PublishedValuesMayGoRoundInCircles) {
    const auto name = Build::Arguments{{"name", Build::word("global")}};
    const auto network = expand(b_.side_by_side(
        {b_.pipe({init(), b_.block("publish", model, model, name)}),
         b_.pipe({b_.block("subscribe", nothing(), model, name), b_.f("test", model, model)})}));
    const auto& publish = at(network, "scheme/[0]/publish");
    EXPECT_EQ(publish.outputs.size(), 2u);
    EXPECT_TRUE(out(network, publish, 1).newest);
    EXPECT_EQ(out(network, publish, 1).to, at(network, "scheme/[1]/subscribe").id);
}

TEST_F(Expand, AsynchronousLoopsHaveRoomForAllInFlight) {
    auto body = b_.pipe({b_.block("unicast", model, bundle(model, 4), {{"policy", Build::word("auto")}}),
                         b_.copies(4, client()), b_.gather(4, {{"order", Build::word("arrival")}}),
                         b_.block("mix", update, model, {{"rule", Build::call("mean")}})});
    const auto made = b_.feedback({{"updates", Build::integer(50)}}, body);
    auto node = *made;
    auto block = std::get<lang::Block>(node.node);
    block.loop = lang::Block::Loop::asynchronous;
    block.inflight = 4;
    node.node = block;
    const auto network = expand(b_.pipe({init(), std::make_shared<const lang::Node>(node)}));
    EXPECT_EQ(out(network, at(network, "scheme/feedback/gather")).capacity, 4);
    EXPECT_EQ(out(network, at(network, "scheme/init")).capacity, 1);
    EXPECT_FALSE(network.loops[0].control);
    EXPECT_EQ(at(network, "scheme/feedback/mix").state_from, network.loops[0].streams[0]);
}

/// Where the rounds of a reduction with a quorum begin, and what does not wait for its streams.
class Regions : public Expand {
  protected:
    NodePtr quorum(std::int64_t n) {
        return b_.reduce(n, Build::call("mean"), 0, update, {{"quorum", Build::integer(2)}});
    }
    NodePtr sample(std::int64_t n, std::string by = "uniform") {
        return b_.block("sample", bundle(model, n), bundle(model, n),
                        {{"k", Build::integer(1)}, {"by", Build::word(std::move(by))}});
    }
    NodePtr round(std::vector<NodePtr> stages) {
        return b_.pipe({init(), b_.feedback({{"rounds", Build::integer(2)}}, b_.pipe(std::move(stages)))});
    }
    static std::vector<std::string> overwriting(const Network& network) {
        std::vector<std::string> all;
        for (const auto& channel : network.channels) {
            if (channel.overwrites)
                all.push_back(network.actors[channel.from].path + " -> " + network.actors[channel.to].path);
        }
        return all;
    }
    static std::string begun_by(const Network& network, std::string_view path) {
        const auto& by = at(network, path).begun_by;
        return by ? network.actors[*by].path : "";
    }
    core::Error refused(NodePtr root) {
        const auto network = network::expand(b_.scheme(std::move(root)));
        return network ? core::Error{} : network.error();
    }
};

TEST_F(Regions, BeginAtTheBroadcast) {
    const auto network = expand(round({b_.broadcast(3), b_.copies(3, client()), quorum(3)}));
    EXPECT_EQ(begun_by(network, "scheme/feedback/reduce"), "scheme/feedback/broadcast");
    EXPECT_THAT(overwriting(network), ElementsAre("scheme/feedback/broadcast -> scheme/feedback/[0]/client",
                                                  "scheme/feedback/broadcast -> scheme/feedback/[1]/client",
                                                  "scheme/feedback/broadcast -> scheme/feedback/[2]/client"));
    EXPECT_THAT(overwriting(expand(round({star(3)}))), IsEmpty());
}

TEST_F(Regions, OpenBehindTheSample) {
    const auto network = expand(round({b_.broadcast(2), sample(2), b_.copies(2, client()), quorum(2)}));
    EXPECT_EQ(begun_by(network, "scheme/feedback/reduce"), "scheme/feedback/sample");
    EXPECT_THAT(overwriting(network), ElementsAre("scheme/feedback/sample -> scheme/feedback/[0]/client",
                                                  "scheme/feedback/sample -> scheme/feedback/[1]/client"));
}

TEST_F(Regions, SampleTakesThePlaceOfTheBroadcastBeforeIt) {
    const auto inputs = [&](std::vector<NodePtr> stages) {
        stages.insert(stages.end(), {b_.copies(2, client()), b_.reduce(2, Build::call("mean"))});
        return at(expand(round(std::move(stages))), "scheme/feedback/sample").inputs.size();
    };
    EXPECT_EQ(inputs({b_.broadcast(2), sample(2)}), 1U);
    EXPECT_EQ(inputs({b_.broadcast(2), b_.copies(2, client()), sample(2)}), 2U);
}

TEST_F(Regions, HoldWholeStreams) {
    // Stars, an inner feedback and a tap within a stream are that stream's own.
    const auto inner = b_.feedback({{"rounds", Build::integer(2)}}, star(2));
    const auto tap = b_.tap(1,
                            b_.pipe({b_.broadcast(2), b_.copies(2, b_.f("test", model, model)),
                                     b_.reduce(2, Build::call("mean"), 0, model)}),
                            update);
    const auto network =
        expand(round({b_.broadcast(2), b_.copies(2, b_.pipe({star(2), inner, tap})), quorum(2)}));
    EXPECT_EQ(begun_by(network, "scheme/feedback/reduce"), "scheme/feedback/broadcast");
    EXPECT_THAT(overwriting(network),
                ElementsAre("scheme/feedback/broadcast -> scheme/feedback/[0]/broadcast",
                            "scheme/feedback/broadcast -> scheme/feedback/[1]/broadcast"));
    const auto one = expand(round({b_.broadcast(1), b_.copies(1, star(2)), quorum(1)}));
    EXPECT_EQ(begun_by(one, "scheme/feedback/reduce"), "scheme/feedback/broadcast");
    EXPECT_THAT(overwriting(one), ElementsAre("scheme/feedback/broadcast -> scheme/feedback/[0]/broadcast"));
}

TEST_F(Regions, MayBeginAtTheLoop) {
    const auto body = b_.pipe({b_.copies(2, client()), quorum(2), b_.broadcast(2, update)});
    const auto network =
        expand(b_.pipe({init(), b_.broadcast(2), b_.feedback({{"rounds", Build::integer(2)}}, body)}));
    EXPECT_EQ(begun_by(network, "scheme/feedback/reduce"), "");  // not at the broadcast before the loop
    EXPECT_THAT(overwriting(network), ElementsAre("scheme/feedback/loop/[0] -> scheme/feedback/[0]/client",
                                                  "scheme/feedback/loop/[1] -> scheme/feedback/[1]/client"));
    const auto sources = expand(b_.pipe({b_.copies(2, b_.pipe({init(), client()})), quorum(2)}));
    EXPECT_EQ(begun_by(sources, "scheme/reduce"), "");
    EXPECT_THAT(overwriting(sources), IsEmpty());
}

TEST_F(Regions, DoNotWaitInside) {
    const auto refusal =
        refused(round({b_.broadcast(2), b_.copies(2, client()), b_.exchange(2, Build::call("full")),
                       b_.copies(2, b_.fold(Build::call("mean"))), quorum(2)}));
    EXPECT_THAT(refusal.message, HasSubstr("waits for streams that the quorum of `scheme/feedback/reduce`"));
    EXPECT_EQ(refusal.kind, core::ErrorKind::scheme);
    const auto tree = b_.reduce(4, Build::call("mean"), 2, update, {{"quorum", Build::integer(2)}});
    EXPECT_THAT(refused(round({b_.broadcast(4), b_.copies(4, client()), tree})).message,
                HasSubstr("has no quorum"));
}

TEST_F(Regions, SamplesAreToldByTheCollector) {
    const auto told = [&](NodePtr collector) {
        const auto network =
            expand(round({b_.broadcast(2), sample(2, "loss"), b_.copies(2, client()), std::move(collector)}));
        const auto& by = at(network, "scheme/feedback/sample").collected_by;
        return by ? network.actors[*by].path : "";
    };
    EXPECT_EQ(told(quorum(2)), "scheme/feedback/reduce");
    EXPECT_EQ(told(b_.pipe({b_.gatherall(2), b_.fold(Build::call("mean"))})), "scheme/feedback/gatherall");
    EXPECT_EQ(told(b_.pipe({b_.copies(2, b_.feedback({{"rounds", Build::integer(2)}}, client())),
                            b_.reduce(2, Build::call("mean"))})),
              "scheme/feedback/reduce");
    const auto body = b_.pipe({sample(2, "speed"), b_.copies(2, client())});
    const auto refusal =
        refused(b_.pipe({b_.copies(2, init()), b_.feedback({{"rounds", Build::integer(2)}}, body)}));
    EXPECT_THAT(refusal.message, HasSubstr("by speed is not told what its streams did"));
    EXPECT_THAT(refusal.hint, HasSubstr("gatherall"));
}

TEST_F(Expand, TooManyActors) {
    const auto root = b_.pipe({init(), star(1'000'000'000'000)});
    const auto network = network::expand(b_.scheme(root));
    ASSERT_FALSE(network);
    EXPECT_EQ(network.error().kind, core::ErrorKind::scheme);
    EXPECT_EQ(network.error().message, "the scheme expands to more than 1000000 actors");
    EXPECT_THAT(network.error().hint, HasSubstr("--max-actors"));
    // The limit itself is allowed: init, broadcast, 7 clients, reduce, result.
    const auto exact = b_.scheme(b_.pipe({init(), star(7)}));
    EXPECT_TRUE(network::expand(exact, {11}));
    EXPECT_FALSE(network::expand(exact, {10}));
}

TEST_F(Expand, TenThousandClientsShareWhatIsEqual) {
    const auto network =
        expand(b_.pipe({init(), b_.feedback({{"rounds", Build::integer(3)}}, star(10'000, 2))}));
    // The clients, the inner nodes of their tree, and init, loop, broadcast, the root and the result.
    EXPECT_EQ(network.actors.size(), 10'000u + 9'998u + 5u);
    // One to each client, one up from all nodes below the root; init's, into the loop and out, the back edge.
    EXPECT_EQ(network.channels.size(), 10'000u + 19'998u + 4u);
    std::set<const core::Call*> calls;
    for (const auto& actor : network.actors)
        for (const auto& call : {actor.call, actor.block, actor.data})
            if (call) calls.insert(call.get());
    EXPECT_LE(calls.size(), 8u) << "equal calls are made once, not for each copy";
}

TEST_F(Expand, VerifyFindsWhatIsBroken) {
    const auto sound = expand(b_.pipe({init(), b_.feedback({{"rounds", Build::integer(3)}}, star(2))}));
    EXPECT_THAT(verify(sound), IsEmpty());

    auto broken = sound;
    broken.channels[2].to_port = 1;
    EXPECT_THAT(verify(broken), testing::Not(IsEmpty()));

    broken = sound;
    broken.actors[3].path = broken.actors[4].path;
    EXPECT_THAT(verify(broken), ElementsAre("two actors have the path `scheme/feedback/[1]/client`"));

    broken = sound;
    for (auto& channel : broken.channels)
        channel.back_edge = false;
    EXPECT_THAT(verify(broken), testing::Contains(HasSubstr("waits in a circle without a feedback")));

    broken = sound;
    broken.actors[0].kind = Kind::gatherall;
    EXPECT_THAT(verify(broken), ElementsAre("gatherall `scheme/init` has 0 inputs"));

    broken = sound;
    broken.channels[0].capacity = 0;
    broken.actors[3].rank = 2;
    EXPECT_EQ(verify(broken).size(), 1u);  // numbers first

    broken = sound;
    broken.loops[0].streams = {0};
    EXPECT_THAT(verify(broken), ElementsAre("actor 0 is no stream of `scheme/feedback`"));
}

TEST_F(Expand, Printed) {
    const auto network = expand(b_.pipe({init(), b_.feedback({{"rounds", Build::integer(3)}}, star(4, 2))}));
    const auto text = print_text(network);
    EXPECT_THAT(text, HasSubstr("network test: 11 actors, 14 channels, 1 feedback\n"));
    EXPECT_THAT(text, HasSubstr("scheme/feedback/reduce -> scheme/feedback/loop:back  Update  back\n"));
    EXPECT_THAT(text, HasSubstr("copy 3 of 4"));

    const auto json = nlohmann::json::parse(print_json(network));
    EXPECT_EQ(json.at("actors").size(), 11u);
    EXPECT_EQ(json.at("channels").size(), 14u);
    EXPECT_EQ(json.at("format"), "trama-network");
    EXPECT_EQ(json.at("actors")[1].at("kind"), "loop");

    const auto folded = print_dot(network);
    EXPECT_THAT(folded, HasSubstr("client\\ntrain ×4"));
    EXPECT_THAT(folded, HasSubstr("subgraph cluster_1"));
    const auto unfolded = print_dot(network, {true, 400});
    EXPECT_THAT(unfolded, HasSubstr("client\\ntrain [3]"));
    EXPECT_THAT(print_dot(network, {true, 10}), HasSubstr("11 actors: copies are drawn as one"));
    EXPECT_THAT(print_dot(network, {true, 10}), HasSubstr("×4"));
}

}  // namespace
}  // namespace trama::network
