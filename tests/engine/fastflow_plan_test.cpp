// Which FastFlow expression becomes of a network.
#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/fastflow/plan.hpp"
#include "support/fake_library.hpp"
#include "support/random_scheme.hpp"
#include "trama/lang/diagnostic.hpp"
#include "trama/run/run.hpp"

namespace trama::engine::fastflow {
namespace {

namespace fs = std::filesystem;
using network::ActorId;
using testing::HasSubstr;
using Kind = Shape::Kind;

class FastFlowPlan : public testing::Test {
  protected:
    void SetUp() override { run::add_builtins(library_); }

    network::Network expanded(const lang::SourcePtr& source) {
        const auto checked = run::check(source, library_);
        EXPECT_TRUE(checked.scheme) << lang::render(checked.diagnostics);
        auto network = network::expand(*checked.scheme);
        EXPECT_TRUE(network) << network.error().message;
        return std::move(*network);
    }
    std::string printed(const std::string& text) {
        const auto network = expanded(run::text(prelude + text));
        return print(lower(network), network);
    }

    learn::Library library_;
    const std::string prelude = R"(
data   = digits()
net    = mlp(64, 10)
client = train(data, optimizer: sgd(lr: 0.1), batch: 8)
)";
};

void collect(const Shape& shape, std::multiset<ActorId>& actors) {
    actors.insert(shape.actors.begin(), shape.actors.end());
    for (const auto& part : shape.parts)
        collect(part, actors);
}

/// What must hold of every plan, looked up in the network itself.
class Soundness {
  public:
    explicit Soundness(const network::Network& network) {
        for (const auto& channel : network.channels)
            edges_.emplace(channel.from, channel.to);
        for (const auto& loop : network.loops)  // what leaves a body leaves by its loop actor
            for (const auto stream : loop.streams)
                for (const auto giver : ends_of_body(network, stream))
                    edges_.emplace(giver, network.channels[network.actors[stream].outputs[1]].to);
    }

    void check(const Shape& shape, bool outermost) const {
        EXPECT_TRUE(outermost || !shape.wraps_around);
        const auto& parts = shape.parts;
        for (const auto& part : parts)
            check(part, false);
        switch (shape.kind) {
            case Kind::node:
                EXPECT_FALSE(shape.actors.empty());
                EXPECT_TRUE(std::ranges::is_sorted(shape.actors));
                EXPECT_TRUE(parts.empty());
                return;
            case Kind::pipeline:
                ASSERT_GE(parts.size(), 2U);
                for (std::size_t i = 0; i + 1 < parts.size(); ++i)
                    EXPECT_TRUE(joined(parts[i], parts[i + 1])) << "stage " << i;
                break;
            case Kind::farm:
                ASSERT_GE(parts.size(), 3U);
                EXPECT_EQ(parts.front().kind, Kind::node);
                EXPECT_EQ(parts.back().kind, Kind::node);
                for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
                    EXPECT_NE(parts[i].kind, Kind::all_to_all);
                    EXPECT_TRUE(joined(parts.front(), parts[i])) << "worker " << i - 1;
                    EXPECT_TRUE(joined(parts[i], parts.back())) << "worker " << i - 1;
                }
                break;
            case Kind::all_to_all:
                ASSERT_GE(shape.left, 1U);
                ASSERT_LT(shape.left, parts.size());
                for (std::size_t i = 0; i < parts.size(); ++i) {
                    EXPECT_EQ(parts[i].kind, Kind::node);
                    bool any = false;
                    for (auto j = i < shape.left ? shape.left : 0;
                         j < (i < shape.left ? parts.size() : shape.left); ++j)
                        any =
                            any || (i < shape.left ? joined(parts[i], parts[j]) : joined(parts[j], parts[i]));
                    EXPECT_TRUE(any) << "side " << i;
                }
                break;
        }
        if (!shape.wraps_around) return;
        if (shape.kind == Kind::all_to_all) {
            ASSERT_EQ(2 * shape.left, parts.size());
            for (std::size_t i = 0; i < shape.left; ++i)
                EXPECT_TRUE(joined(parts[shape.left + i], parts[i])) << "stream " << i;
        } else {
            EXPECT_TRUE(joined(parts.back(), parts.front()));
        }
    }

  private:
    /// Who gives what goes round, directly or by a control actor or the loop actor of a feedback inside.
    static std::vector<ActorId> ends_of_body(const network::Network& network, ActorId stream) {
        std::vector<ActorId> ends{network.channels[network.actors[stream].inputs[1]].from};
        if (network.actors[ends.front()].kind == network::Kind::control)
            for (const auto channel : network.actors[ends.front()].inputs)
                ends.push_back(network.channels[channel].from);
        for (std::size_t i = 0; i < ends.size(); ++i)
            if (network.actors[ends[i]].kind == network::Kind::loop && ends[i] != stream)
                for (const auto more : ends_of_body(network, ends[i]))
                    ends.push_back(more);
        return ends;
    }
    bool joined(const Shape& from, const Shape& to) const {
        std::multiset<ActorId> givers;
        std::multiset<ActorId> takers;
        collect(from, givers);
        collect(to, takers);
        return std::ranges::any_of(givers, [&](ActorId giver) {
            return std::ranges::any_of(takers,
                                       [&](ActorId taker) { return edges_.contains({giver, taker}); });
        });
    }

    std::set<std::pair<ActorId, ActorId>> edges_;
};

void expect_sound(const network::Network& network) {
    const auto plan = lower(network);
    std::multiset<ActorId> actors;
    for (const auto& shape : plan.shapes)
        collect(shape, actors);
    EXPECT_EQ(actors.size(), network.actors.size());
    for (const auto& actor : network.actors)
        EXPECT_EQ(actors.count(actor.id), 1U) << actor.path;
    const Soundness soundness(network);
    for (const auto& shape : plan.shapes)
        soundness.check(shape, true);
}

TEST_F(FastFlowPlan, OfEveryExampleHasEachActorOnce) {
    int examples = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(TRAMA_SOURCE_DIR) / "examples")) {
        if (entry.path().extension() != ".trama" || entry.path().stem() == "mnist") continue;
        SCOPED_TRACE(entry.path().filename());
        const auto network = expanded(lang::read_source(entry.path().string()).value());
        expect_sound(network);
        if (const auto* shown = std::getenv("TRAMA_SHOW_PLANS"); shown != nullptr)
            std::printf("== %s\n%s\n", entry.path().filename().c_str(),
                        print(lower(network), network).c_str());
        ++examples;
    }
    EXPECT_GT(examples, 40);
}

/// Whatever the checker accepts, however it is nested.
TEST_F(FastFlowPlan, OfRandomSchemesHasEachActorOnce) {
    int plans = 0;
    for (std::uint64_t seed = 0; seed < 600; ++seed) {
        const auto text = test::random_scheme(seed, {4, false, seed % 2 == 0});
        test::Fakes fakes;
        const auto source = std::make_shared<const lang::Source>("random.trama", text);
        const auto checked = lang::check(source, fakes.library.registry(), {});
        if (!checked.scheme) continue;
        const auto network = network::expand(*checked.scheme);
        if (!network) continue;
        SCOPED_TRACE(text + print(lower(*network), *network));
        expect_sound(*network);
        if (HasFailure()) return;
        ++plans;
    }
    EXPECT_GT(plans, 300);
}

TEST_F(FastFlowPlan, OfAStarIsAFarm) {
    EXPECT_EQ(
        printed(
            "scheme = init(net) >> feedback(rounds: 3) { broadcast >> [| client |]^4 >> reduce(fedavg) >> "
            "test(data) }"),
        R"(ff_pipeline(
    ff_farm(
        emitter: ff_node{init >> loop >> broadcast, result},
        workers: 4 × ff_node{client},
        collector: ff_node{reduce}),
    ff_node{test}).wrap_around()

7 nodes, a thread each
)");
}

TEST_F(FastFlowPlan, OfPeersIsAnAllToAll) {
    EXPECT_EQ(
        printed("scheme = [| init(net) |]^5 >> feedback(rounds: 3) { [| client |]^5 >> exchange(full) >> [| "
                "fold(fedavg) |]^5 }"),
        R"(ff_a2a(
    left: 5 × ff_node{init >> loop >> client >> send, result},
    right: 5 × ff_node{exchange >> fold}).wrap_around()

10 nodes, a thread each
)");
}

TEST_F(FastFlowPlan, OfATreeIsAnAllToAllBetweenLeavesAndInnerNodes) {
    const auto text = printed(
        "scheme = init(net) >> feedback(rounds: 3) { broadcast >> [| client |]^8 >> "
        "reduce(fedavg, arity: 2) }");
    EXPECT_THAT(text, HasSubstr(R"(    ff_a2a(
        left: 8 × ff_node{client},
        right: 2 × ff_node{reduce/level.2, reduce/level.2 >> reduce/level.1}),
    ff_node{reduce}).wrap_around())"));
    EXPECT_THAT(text, HasSubstr("note: an ff_a2a cannot be in another"));
}

TEST_F(FastFlowPlan, OfStarsInAStarIsAFarmOfFarms) {
    EXPECT_THAT(
        printed(
            "def region(n) = broadcast >> [| client >> clip(1.0) |]^n >> reduce(fedavg)\nscheme = init(net) "
            ">> feedback(rounds: 3) { broadcast >> [| region(2) |]^3 >> reduce(fedavg) }"),
        HasSubstr(R"(    workers: 3 × ff_farm(
        emitter: ff_node{broadcast},
        workers: 2 × ff_node{client >> clip},
        collector: ff_node{reduce}),)"));
}

TEST_F(FastFlowPlan, OfAPipeIsAPipeline) {
    EXPECT_EQ(printed("scheme = init(net) >> feedback(rounds: 3) { test(data) >> test(data) >> test(data) }"),
              R"(ff_pipeline(
    ff_node{init >> loop >> test, result},
    ff_node{test.2},
    ff_node{test.3}).wrap_around()

3 nodes, a thread each
)");
}

TEST_F(FastFlowPlan, OfAServerThatDoesNotWaitIsAFarmWithoutOrder) {
    EXPECT_EQ(
        printed("scheme = init(net) >> feedback(updates: 20) { unicast(auto) >> [| client |]^3 >> gather >> "
                "mix(fedasync(alpha: 0.6)) } >> test(data)"),
        R"(ff_farm(
    emitter: ff_node{init >> loop >> unicast, test >> result},
    workers: 3 × ff_node{client},
    collector: ff_node{gather >> mix}).wrap_around()

5 nodes, a thread each
)");
}

TEST_F(FastFlowPlan, SaysWhatHasNoCounterpart) {
    EXPECT_THAT(
        printed("def region(n) = feedback(rounds: 2) { broadcast >> [| client |]^n >> reduce(fedavg) }\n"
                "scheme = init(net) >> feedback(rounds: 3) { broadcast >> [| region(2) |]^3 >> "
                "reduce(fedavg) }"),
        HasSubstr("note: scheme/feedback/[0]/feedback and 2 more: wrap_around closes a whole"));
    EXPECT_THAT(
        printed("def star(n) = broadcast >> [| client |]^n >> reduce(fedavg)\nscheme = [| init(net) |]^3 >> "
                "feedback(rounds: 3) { [| star(2) |]^3 >> exchange(full) >> [| fold(fedavg) |]^3 }"),
        HasSubstr("note: an ff_a2a has nodes on its sides"));
}

}  // namespace
}  // namespace trama::engine::fastflow
