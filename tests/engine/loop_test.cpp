// What a feedback means.

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "engine/run_scheme.hpp"

namespace trama::engine {
namespace {

using testing::ElementsAre;

class LoopTest : public RunScheme {
  protected:
    static Build::Arguments until(std::string fold, std::string op, double value, std::int64_t rounds = 0,
                                  std::int64_t stream = 0) {
        Build::Arguments all;
        if (rounds > 0) all.push_back({"rounds", Build::integer(rounds)});
        all.push_back(
            {"until", {core::Condition{std::move(fold), stream, "accuracy", std::move(op), value}}});
        return all;
    }
    static Build::Arguments best(std::int64_t rounds, const std::string& order) {
        return {{"rounds", Build::integer(rounds)},
                {"keep", Build::call("best", {{"metric", {core::Condition{"mean", 0, "accuracy", "", 0}}},
                                              {"order", Build::word(order)}})}};
    }
    std::vector<core::Round> rounds_done(const std::string& loop = "scheme/feedback") const {
        std::vector<core::Round> all;
        for (const auto& round : recorded_.rounds()) {
            if (round.loop == loop) all.push_back(round.round);
        }
        return all;
    }
};

TEST_F(LoopTest, Rounds) {
    const auto outcome = done(b_.pipe({init(), b_.feedback(rounds(3), star(1))}));
    // x → 2 x + 1 + r / 4
    EXPECT_EQ(first(outcome.results.at(0).value), 2 * (2 * 1.25F + 1.5F) + 1.75F);
    EXPECT_THAT(rounds_done(), ElementsAre(core::Round{1}, core::Round{2}, core::Round{3}));
    EXPECT_EQ(recorded_.rounds()[0].rounds, 3);
    EXPECT_TRUE(outcome.results[0].round.empty());
}

TEST_F(LoopTest, TheResultIsAnUpdateOfTheModelThatEntered) {
    const auto outcome = done(b_.pipe({init(), b_.feedback(rounds(3), star(2))}));
    const auto* update = outcome.results.at(0).value.update();
    ASSERT_NE(update, nullptr);
    EXPECT_EQ(update->base->params.floats()[0], 0);
    const auto models = done(b_.pipe({init(), b_.feedback(rounds(2), b_.f("test", model_, model_))}));
    EXPECT_EQ(models.results.at(0).value.type(), "Update") << "also where the body gives Models";
}

TEST_F(LoopTest, MetricsStartAfreshEachRoundAndGoOnAfterIt) {
    const auto body = b_.pipe({b_.f("count", model_, model_), star(2)});
    const auto outcome = done(b_.pipe({init(), b_.f("test", model_, model_), b_.feedback(rounds(2), body)}));
    EXPECT_FALSE(recorded_.rounds().at(0).metrics.contains("accuracy"));
    EXPECT_EQ(recorded_.rounds().at(1).metrics.at("train_loss").samples, 3);
    const auto& metrics = outcome.results.at(0).value.model()->metrics;
    EXPECT_TRUE(metrics.contains("train_loss"));
    EXPECT_TRUE(metrics.contains("accuracy"));  // from before the feedback
}

TEST_F(LoopTest, NestedRoundsAreAStack) {
    const auto inner = b_.feedback(rounds(2), star(1));
    const auto outcome = done(b_.pipe({init(), b_.feedback(rounds(2), inner)}));
    EXPECT_THAT(rounds_done("scheme/feedback/feedback"),
                ElementsAre(core::Round{1, 1}, core::Round{1, 2}, core::Round{2, 1}, core::Round{2, 2}));
    EXPECT_THAT(rounds_done(), ElementsAre(core::Round{1}, core::Round{2}));
    EXPECT_EQ(outcome.results.at(0).value.update()->base->params.floats()[0], 0);
}

TEST_F(LoopTest, InnerLoopsOfAStarHaveTheSameBase) {
    const auto inner = b_.copies(3, b_.feedback(rounds(2), star(2)));
    const auto body = b_.pipe({b_.broadcast(3), inner, b_.reduce(3, mean())});
    const auto outcome = done(b_.pipe({init(), b_.feedback(rounds(2), body)}));
    EXPECT_EQ(outcome.results.at(0).value.type(), "Update");
    EXPECT_EQ(recorded_.rounds().size(), 2u + 3 * 4);
}

TEST_F(LoopTest, UntilDecidesOnceForAllStreams) {
    // Streams 0 and 1 make 1.25 and 2.25 in round 1, then 5 and 7 in round 2.
    const auto peers = [&](Build::Arguments conditions) {
        return b_.pipe({b_.copies(2, init()),
                        b_.feedback(std::move(conditions), b_.copies(2, b_.pipe({client(), on("test")})))});
    };
    const auto all = [&](const NodePtr& root) {
        std::vector<float> values;
        for (const auto& token : done(root).results)
            values.push_back(first(token.value));
        return values;
    };
    EXPECT_THAT(all(peers(until("max", ">=", 2))), ElementsAre(1.25F, 2.25F));
    EXPECT_THAT(all(peers(until("min", ">=", 2))), ElementsAre(4.0F, 7.0F));
    EXPECT_THAT(all(peers(until("mean", ">=", 1.75))), ElementsAre(1.25F, 2.25F));
    EXPECT_THAT(all(peers(until("mean", ">", 1.75))), ElementsAre(4.0F, 7.0F));
    EXPECT_THAT(all(peers(until("stream", ">=", 2, 0, 0))), ElementsAre(4.0F, 7.0F));
    EXPECT_THAT(all(peers(until("stream", ">=", 2, 0, 1))), ElementsAre(1.25F, 2.25F));
    // Whichever comes first.
    EXPECT_THAT(all(peers(until("min", ">=", 1e9, 1))), ElementsAre(1.25F, 2.25F));
}

TEST_F(LoopTest, KeepTheBest) {
    const auto body = b_.pipe({star(1), on("test")});
    const auto lowest = done(b_.pipe({init(), b_.feedback(best(3, "lowest"), body)}));
    EXPECT_EQ(first(lowest.results.at(0).value), 1.25F);
    EXPECT_EQ(lowest.results[0].value.model()->metrics.at("accuracy").value, 1.25);
    EXPECT_EQ(lowest.results[0].value.type(), "Update");
    // The last round's own metrics are reported, not those of the best.
    EXPECT_EQ(recorded_.rounds().at(2).metrics.at("accuracy").value, 2 * (2 * 1.25 + 1.5) + 1.75);
    const auto highest = done(b_.pipe({init(), b_.feedback(best(3, "highest"), body)}));
    EXPECT_EQ(first(highest.results.at(0).value), 2 * (2 * 1.25F + 1.5F) + 1.75F);
}

TEST_F(LoopTest, TimeIsLookedAtWhenARoundEnds) {
    fakes_.on_call = [](const learn::Context&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
    };
    const Build::Arguments time{{"rounds", Build::integer(1000)}, {"time", {core::Duration{0.05}}}};
    const auto outcome = done(b_.pipe({init(), b_.feedback(time, b_.pipe({star(1), on("call")}))}));
    EXPECT_EQ(outcome.results.size(), 1u);
    EXPECT_GE(rounds_done().size(), 1u);
    EXPECT_LE(rounds_done().size(), 2u);
}

TEST_F(LoopTest, FirstStateIsTheModelThatEntersTheFeedback) {
    const auto momentum = Build::call("momentum");
    const auto body = b_.pipe({b_.broadcast(2), b_.copies(2, client()), b_.reduce(2, momentum)});
    // 1 enters (2 × 0 + 1); the rule gives 1 + 10 × round + 2.
    const auto outcome =
        done(b_.pipe({init(), b_.f("train", model_, update_, "before"), b_.feedback(rounds(3), body)}));
    EXPECT_EQ(first(outcome.results.at(0).value), 1 + 30 + 2);

    // Every stream its own.
    const auto peer =
        b_.copies(2, b_.pipe({client(), b_.block("gatherall", update_, list(update_)), b_.fold(momentum)}));
    const auto peers =
        done(b_.pipe({b_.copies(2, init({{"per_copy", Build::integer(1)}})), b_.feedback(rounds(2), peer)}));
    EXPECT_EQ(first(peers.results.at(0).value), 0 + 20 + 1);
    EXPECT_EQ(first(peers.results.at(1).value), 1 + 20 + 1);
}

TEST_F(LoopTest, AStreamThatTakesNoPartKeepsItsModel) {
    const auto body = b_.copies(2, b_.pipe({client(), on("skip", {{"rank", Build::integer(1)}})}));
    const auto outcome =
        done(b_.pipe({b_.copies(2, init({{"per_copy", Build::integer(1)}})), b_.feedback(rounds(2), body)}));
    EXPECT_EQ(first(outcome.results.at(0).value), 4);
    EXPECT_EQ(first(outcome.results.at(1).value), 1);
}

TEST_F(LoopTest, RoundsAloneNeedNoBarrierButNoStreamRunsAway) {
    std::atomic<std::int64_t> ahead{0};
    std::array<std::atomic<std::int64_t>, 2> at{};
    fakes_.on_call = [&](const learn::Context& context) {
        const auto rank = static_cast<std::size_t>(context.actor.rank);
        at[rank] = context.round.back();
        if (rank == 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        for (auto lead = at[0] - at[1], most = ahead.load();
             lead > most && !ahead.compare_exchange_weak(most, lead);) {
        }
    };
    done(b_.pipe(
             {b_.copies(2, init()), b_.feedback(rounds(50), b_.copies(2, b_.pipe({client(), on("call")})))}),
         4);
    EXPECT_LE(ahead, 3);
    EXPECT_EQ(rounds_done().size(), 50u);
}

}  // namespace
}  // namespace trama::engine
