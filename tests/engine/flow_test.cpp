// What the communication blocks do with tokens.

#include <fmt/ranges.h>

#include "engine/run_scheme.hpp"

namespace trama::engine {
namespace {

using testing::ElementsAre;

class Flow : public RunScheme {};

TEST_F(Flow, OneFunction) {
    const auto outcome = done(b_.pipe({init(), b_.f("train", model_, update_)}));
    ASSERT_EQ(outcome.results.size(), 1u);
    EXPECT_EQ(first(outcome.results[0].value), 1);
    EXPECT_TRUE(outcome.results[0].round.empty());
}

TEST_F(Flow, StarIsTheWeightedMeanOfItsClients) {
    // Clients give 1, 2, 3 with weights 1, 2, 3.
    const auto outcome = done(b_.pipe({init(), star(3)}));
    EXPECT_EQ(first(outcome.results.at(0).value), 14.0F / 6);
    EXPECT_EQ(outcome.results[0].value.model()->weight, 6);
    EXPECT_EQ(outcome.results[0].value.type(), "Update");
    EXPECT_EQ(outcome.results[0].value.model()->metrics.at("train_loss").samples, 6);
}

TEST_F(Flow, GatherallKeepsTheOrderAndScatterDealsIt) {
    const auto outcome =
        done(b_.pipe({b_.copies(3, init({{"per_copy", Build::integer(1)}})), b_.gatherall(3, model_),
                      b_.scatter(3), b_.copies(3, b_.f("test", model_, model_))}));
    ASSERT_EQ(outcome.results.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_EQ(first(outcome.results[i].value), static_cast<float>(i));
}

TEST_F(Flow, ScatterToAnotherNumberOfStreams) {
    const auto outcome = run(b_.pipe({b_.copies(3, init()), b_.gatherall(3, model_), b_.scatter(2)}));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().message, "a list of 3 comes to a scatter to 2 streams");
    EXPECT_EQ(outcome.error().where, "scheme/scatter");
}

TEST_F(Flow, GatherallAndFoldIsReduce) {
    const auto flat = done(b_.pipe({init(), star(4)}));
    const auto folded =
        done(b_.pipe({init(), b_.broadcast(4), b_.copies(4, client()), b_.gatherall(4), b_.fold(mean())}));
    EXPECT_EQ(flat.results.at(0).value.model()->params, folded.results.at(0).value.model()->params);
}

TEST_F(Flow, GatherInTurn) {
    const Build::Arguments in_turn{{"order", Build::word("rr")}};
    const auto outcome = done(b_.pipe({b_.copies(3, init({{"per_copy", Build::integer(1)}})),
                                       b_.gather(3, in_turn, model_), b_.f("count", model_, model_)}));
    EXPECT_EQ(first(outcome.results.at(0).value), 2);
    EXPECT_EQ(outcome.results[0].value.model()->metrics.at("count").value, 3);
}

TEST_F(Flow, GatherAsTheyCome) {
    const Build::Arguments arrival{{"order", Build::word("arrival")}};
    for (const unsigned threads : {1u, 4u}) {
        const auto outcome =
            done(b_.pipe({b_.copies(20, init()), b_.copies(20, client({{"sleep", Build::integer(500)}})),
                          b_.gather(20, arrival), b_.f("count", update_, update_)}),
                 threads);
        EXPECT_EQ(outcome.results.at(0).value.model()->metrics.at("count").value, 20);
    }
}

TEST_F(Flow, QueueHandsOnInOrder) {
    const auto queue = b_.block("queue", model_, model_, {{"capacity", Build::integer(2)}});
    const auto outcome = done(b_.pipe({b_.copies(5, init({{"per_copy", Build::integer(1)}})),
                                       b_.gather(5, {{"order", Build::word("rr")}}, model_), queue,
                                       b_.f("count", model_, model_)}));
    EXPECT_EQ(first(outcome.results.at(0).value), 4);
    EXPECT_EQ(outcome.results[0].value.model()->metrics.at("count").value, 5);
}

TEST_F(Flow, SpreadDoesItsWorkAtEveryNode) {
    // Two levels: every stream has passed `train` at the root, copy 0, and at copy 1 or 2 below it.
    const auto tree = b_.block("spread", model_, bundle(model_, 4), {{"arity", Build::integer(2)}},
                               b_.f("train", model_, model_));
    const auto outcome = done(b_.pipe({init(), tree}));
    ASSERT_EQ(outcome.results.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i)
        EXPECT_EQ(first(outcome.results[i].value), i < 2 ? 4 : 5) << i;
}

TEST_F(Flow, SkipsArePassedOnAndLeftOut) {
    const auto skipped =
        done(b_.pipe({init(), b_.broadcast(3),
                      b_.copies(3, b_.f("skip", model_, model_, {}, {{"rank", Build::integer(1)}})),
                      b_.copies(3, client()), b_.reduce(3, mean())}));
    EXPECT_EQ(first(skipped.results.at(0).value), 10.0F / 4);  // 1 and 3 with weights 1 and 3
    EXPECT_EQ(recorded_.fired_by("scheme/[1]/client"), 0u);
    EXPECT_EQ(recorded_.fired_by("scheme/[2]/client"), 1u);

    for (const std::int64_t arity : {0, 2}) {
        const auto none =
            done(b_.pipe({init(), b_.broadcast(3),
                          b_.copies(3, b_.f("skip", model_, model_, {}, {{"rank", Build::integer(-1)}})),
                          b_.copies(3, client()), b_.reduce(3, mean(), arity), on("train")}));
        EXPECT_TRUE(none.results.at(0).value.is_skip());
    }
}

TEST_F(Flow, AFunctionOverABundleSeesAllStreams) {
    const auto outcome =
        done(b_.pipe({init(), b_.broadcast(3),
                      b_.copies(3, b_.f("skip", model_, model_, {}, {{"rank", Build::integer(0)}})),
                      b_.copies(3, client()), b_.block("reverse", bundle(update_, 3), bundle(update_, 3))}));
    ASSERT_EQ(outcome.results.size(), 3U);
    EXPECT_EQ(first(outcome.results[0].value), 3);  // that of rank 2
    EXPECT_EQ(first(outcome.results[1].value), 2);
    EXPECT_TRUE(outcome.results[2].value.is_skip()) << "skips are in the list";
    EXPECT_EQ(recorded_.fired_by("scheme/reverse"), 1U);
}

TEST_F(Flow, TreeFoldsInStreamOrderRoundedOnce) {
    const auto flat = done(b_.pipe({init(), star(9)}));
    for (const std::int64_t arity : {2, 3, 4}) {
        const auto tree = done(b_.pipe({init(), star(9, {}, arity)}));
        EXPECT_FLOAT_EQ(first(tree.results.at(0).value), first(flat.results.at(0).value));
        EXPECT_EQ(tree.results[0].value.model()->weight, 45);
    }
}

TEST_F(Flow, TapTakesMetricsAlongAndNothingElse) {
    const auto side = b_.pipe({b_.broadcast(2), b_.copies(2, b_.pipe({client(), on("test")}))});
    const auto outcome = done(b_.pipe({init(), b_.tap(1, side)}));
    const auto& result = *outcome.results.at(0).value.model();
    EXPECT_EQ(result.params.floats()[0], 0);
    // `test` declares accuracy; train_loss is not declared by this `train`, so it stays in the branch.
    EXPECT_EQ(result.metrics.at("accuracy").value, 1.5);
    EXPECT_EQ(result.metrics.at("accuracy").samples, 20);
    EXPECT_EQ(result.metrics.size(), 1u);
}

TEST_F(Flow, TapEveryOtherRound) {
    const auto body = b_.pipe({star(2), b_.tap(2, on("test"), update_)});
    done(b_.pipe({init(), b_.feedback(rounds(5), body)}));
    EXPECT_EQ(recorded_.fired_by("scheme/feedback/tap/test"), 2u);
    std::vector<bool> measured;
    for (const auto& round : recorded_.rounds())
        measured.push_back(round.metrics.contains("accuracy"));
    EXPECT_THAT(measured, ElementsAre(false, true, false, true, false));
}

TEST_F(Flow, StateBelongsToTheActor) {
    const auto body = b_.copies(3, b_.f("count", model_, model_));
    const auto outcome = done(b_.pipe({b_.copies(3, init()), b_.feedback(rounds(4), body)}));
    for (const auto& token : outcome.results)
        EXPECT_EQ(token.value.model()->metrics.at("count").value, 4);
}

TEST_F(Flow, EqualCallsShareOneFunction) {
    done(b_.pipe({init(), star(8)}));
    EXPECT_EQ(fakes_.made, 3);  // init, train, mean
}

TEST_F(Flow, TokensAndBytesAreCounted) {
    // 8 floats are 32 bytes: init → broadcast → 2 clients → reduce → result: 1 + 2 + 2 + 1 tokens.
    const auto outcome = done(b_.pipe({init(), star(2)}));
    EXPECT_EQ(outcome.tokens, 6u);
    EXPECT_EQ(outcome.bytes_moved, 6u * 32);
    EXPECT_EQ(recorded_.sent_bytes(), 6u * 32);
}

TEST_F(Flow, WhatNoEngineRunsIsRefusedFirst) {
    const auto refused = [&](const NodePtr& root) {
        const auto outcome = run(root);
        EXPECT_FALSE(outcome);
        EXPECT_EQ(outcome.error().kind, core::ErrorKind::scheme);
        EXPECT_EQ(recorded_.sent_bytes(), 0u);
        return outcome ? std::string() : outcome.error().message;
    };
    const auto no = [](const std::string& what) { return "no engine in this build runs " + what; };
    EXPECT_EQ(refused(b_.pipe({init(), b_.f("unknown", model_, model_)})), no("`unknown`"));
    const auto inner =
        b_.feedback({{"rounds", Build::integer(1)}, {"checkpoint", Build::integer(1)}}, star(1));
    EXPECT_EQ(refused(b_.pipe({init(), b_.feedback(rounds(1), inner)})),
              no("`feedback` with `checkpoint` inside of another `feedback`"));
}

TEST(Engines, ByName) {
    const auto names = engine_names();
    EXPECT_TRUE(std::ranges::is_sorted(names));
    EXPECT_THAT(names, testing::IsSupersetOf({"simulated", "threads"}));
    for (const auto& name : names)
        EXPECT_EQ((*make_engine(name))->name(), name);
    const auto near = make_engine("thread");
    ASSERT_FALSE(near);
    EXPECT_EQ(near.error().kind, core::ErrorKind::usage);
    EXPECT_EQ(near.error().message, "there is no engine `thread` in this build");
    EXPECT_EQ(near.error().hint, "did you mean `threads`?");
    EXPECT_EQ(make_engine("mpi").error().hint, fmt::format("there is {}", fmt::join(names, ", ")));
}

TEST(Engines, MarkWhatRuns) {
    lang::Registry registry;
    lang::add_communication_blocks(registry);
    mark_runtimes(registry);
    EXPECT_TRUE(registry.find("feedback")->runs);
    EXPECT_TRUE(registry.find("reduce")->runs);
    EXPECT_TRUE(registry.find("exchange")->runs);
    EXPECT_TRUE(registry.find("par")->runs);
    EXPECT_THAT(registry.find("reduce")->not_running, testing::IsEmpty());
}

}  // namespace
}  // namespace trama::engine
