// Failing, stopping, and what is told of it.

#include <chrono>
#include <thread>

#include "engine/run_scheme.hpp"

namespace trama::engine {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

class Failure : public RunScheme, public testing::WithParamInterface<unsigned> {
  protected:
    NodePtr failing(std::int64_t round, std::int64_t rank, const std::string& how) {
        const auto branch = b_.pipe(
            {client({{"sleep", Build::integer(200)}}),
             on("fail",
                {{"at", Build::integer(round)}, {"rank", Build::integer(rank)}, {"how", Build::word(how)}})});
        return b_.pipe({init(), b_.feedback(rounds(50), b_.pipe({b_.broadcast(4), b_.copies(4, branch),
                                                                 b_.reduce(4, mean())}))});
    }
};
INSTANTIATE_TEST_SUITE_P(Threads, Failure, testing::Values(1u, 2u, 8u));

TEST_P(Failure, OneErrorWithActorAndRound) {
    const auto outcome = run(failing(3, 2, "error"), GetParam());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, core::ErrorKind::run);
    EXPECT_EQ(outcome.error().message, "failed on purpose");
    EXPECT_EQ(outcome.error().where, "scheme/feedback/[2]/fail, round 3");
    EXPECT_EQ(outcome.error().hint, "do not");
    EXPECT_EQ(recorded_.rounds().size(), 2u);
}

TEST_P(Failure, TheKindOfTheErrorIsKept) {
    const auto outcome = run(failing(1, 0, "data"), GetParam());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, core::ErrorKind::data);
    EXPECT_EQ(outcome.error().where, "/some/file, at scheme/feedback/[0]/fail, round 1");
}

TEST_P(Failure, Exceptions) {
    const auto thrown = run(failing(2, 3, "throw"), GetParam());
    ASSERT_FALSE(thrown);
    EXPECT_EQ(thrown.error().kind, core::ErrorKind::run);
    EXPECT_EQ(thrown.error().message, "thrown on purpose");
    EXPECT_EQ(thrown.error().where, "scheme/feedback/[3]/fail, round 2");
    const auto odd = run(failing(2, 3, "odd"), GetParam());
    ASSERT_FALSE(odd);
    EXPECT_EQ(odd.error().message, "an exception of an unknown type");
}

TEST_P(Failure, SeveralAtOnceGiveOne) {
    const auto branch = on("fail", {{"at", Build::integer(1)}, {"rank", Build::integer(0)}});
    const auto body = b_.pipe({b_.broadcast(3),
                               b_.side_by_side({b_.pipe({client(), branch}), b_.pipe({client(), branch}),
                                                b_.pipe({client(), branch})}),
                               b_.reduce(3, mean())});
    for (int i = 0; i < 20; ++i) {
        const auto outcome = run(b_.pipe({init(), b_.feedback(rounds(2), body)}), GetParam());
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().message, "failed on purpose");
    }
}

TEST_P(Failure, OthersThatRunAreTold) {
    // `wait` ends by the stop token alone.
    fakes_.on_call = [&](const learn::Context&) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        while (fakes_.waiting == 0 && std::chrono::steady_clock::now() < deadline && GetParam() > 1) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        throw std::runtime_error("the other waits");
    };
    const auto both = b_.side_by_side({b_.f("call", model_, model_), b_.f("wait", model_, model_)});
    fakes_.go = GetParam() == 1;  // with one thread nobody runs beside it
    const auto outcome =
        run(b_.pipe({init(), b_.broadcast(2), both, b_.reduce(2, mean(), 0, model_)}), GetParam());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().message, "the other waits");
}

TEST_P(Failure, AFactoryThatFailsIsToldBeforeTheRun) {
    lang::Signature broken;
    broken.name = "broken";
    broken.sort = "block";
    broken.type = "T -> T";
    fakes_.library.add_function(std::move(broken), [](const core::Call&, learn::Resources&) {
        return core::Result<std::shared_ptr<const learn::Function>>(
            core::fail(core::ErrorKind::data, "no such file"));
    });
    const auto outcome = run(b_.pipe({init(), b_.f("broken", model_, model_)}), GetParam());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, core::ErrorKind::data);
    EXPECT_EQ(outcome.error().where, "scheme/broken");
    EXPECT_EQ(recorded_.sent_bytes(), 0u);
}

TEST_P(Failure, InterruptedAfterSomeRounds) {
    std::stop_source stop;
    fakes_.on_call = [&](const learn::Context& context) {
        if (context.round.back() == 4 && context.actor.rank == 1) stop.request_stop();
    };
    const auto body = b_.pipe({b_.broadcast(3),
                               b_.copies(3, b_.pipe({client({{"sleep", Build::integer(100)}}), on("call")})),
                               b_.reduce(3, mean())});
    const auto outcome =
        run(b_.pipe({init(), b_.feedback(rounds(100), body), on("test")}), GetParam(), stop.get_token());
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->status, Outcome::Status::interrupted);
    ASSERT_EQ(outcome->results.size(), 1u);
    EXPECT_EQ(outcome->results[0].round, core::Round{3});
    EXPECT_EQ(recorded_.rounds().size(), 3u);
    const auto three = done(b_.pipe({init(), b_.feedback(rounds(3), star(3))}));
    EXPECT_EQ(outcome->results[0].value.model()->params, three.results.at(0).value.model()->params);
}

TEST_P(Failure, InterruptedStreamsAreOfTheSameRound) {
    std::stop_source stop;
    std::atomic<int> calls{0};
    fakes_.on_call = [&](const learn::Context&) {
        if (++calls == 40) stop.request_stop();
    };
    const auto body = b_.copies(4, b_.pipe({client({{"sleep", Build::integer(300)}}), on("call")}));
    const auto outcome =
        run(b_.pipe({b_.copies(4, init()), b_.feedback(rounds(1000), body)}), GetParam(), stop.get_token());
    ASSERT_TRUE(outcome);
    ASSERT_EQ(outcome->results.size(), 4u);
    for (const auto& token : outcome->results)
        EXPECT_EQ(token.round, outcome->results[0].round);
    EXPECT_GE(outcome->results[0].round.at(0), 5);
    EXPECT_EQ(recorded_.rounds().back().round, outcome->results[0].round);
}

TEST_P(Failure, InterruptedInTheFirstRoundGivesTheModelThatEntered) {
    std::stop_source stop;
    fakes_.on_call = [&](const learn::Context&) { stop.request_stop(); };
    const auto body = b_.pipe({star(2), on("call")});
    const auto outcome = run(b_.pipe({init({{"size", Build::integer(3)}}), b_.feedback(rounds(9), body)}),
                             GetParam(), stop.get_token());
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, Outcome::Status::interrupted);
    ASSERT_EQ(outcome->results.size(), 1u);
    EXPECT_EQ(first(outcome->results[0].value), 0);
    EXPECT_TRUE(outcome->results[0].round.empty());
}

TEST_P(Failure, InterruptedBeforeItBegins) {
    std::stop_source stop;
    stop.request_stop();
    const auto outcome =
        run(b_.pipe({init(), b_.feedback(rounds(9), star(2))}), GetParam(), stop.get_token());
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, Outcome::Status::interrupted);
    EXPECT_TRUE(outcome->results.empty());
}

TEST_P(Failure, InterruptedFromOutsideWhileItWaits) {
    std::stop_source stop;
    std::jthread user([&] {
        while (fakes_.waiting == 0)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        stop.request_stop();
    });
    const auto outcome = run(b_.pipe({init(), b_.feedback(rounds(9), b_.pipe({star(2), on("wait")}))}),
                             GetParam(), stop.get_token());
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, Outcome::Status::interrupted);
    EXPECT_EQ(outcome->results.size(), 1u);
}

TEST_P(Failure, InterruptedWhenAllIsDoneIsDone) {
    std::stop_source stop;
    const auto outcome = run(b_.pipe({init(), star(2)}), GetParam(), stop.get_token());
    stop.request_stop();
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, Outcome::Status::done);
}

}  // namespace
}  // namespace trama::engine
