// Promises of the runtime: the same bits however it is scheduled, values that move, threads that are bounded.

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "engine/run_scheme.hpp"

namespace trama::engine {
namespace {

class Promise : public RunScheme {};

TEST_F(Promise, BitwiseTheSameHoweverItIsScheduled) {
    const Build::Arguments sleepy{{"sleep", Build::integer(150)}, {"size", Build::integer(16)}};
    const auto schemes = [&]() -> std::vector<NodePtr> {
        const auto start = [&] { return init({{"size", Build::integer(5)}}); };
        return {
            b_.pipe({start(), b_.feedback(rounds(4), star(7, sleepy))}),
            b_.pipe({start(), b_.feedback(rounds(4), star(7, sleepy, 2))}),
            b_.pipe({start(),
                     b_.feedback(rounds(2), b_.pipe({b_.broadcast(3),
                                                     b_.copies(3, b_.feedback(rounds(2), star(3, sleepy, 2))),
                                                     b_.reduce(3, mean(), 2)}))}),
            b_.pipe({b_.copies(4, init()),
                     b_.feedback(rounds(3), b_.pipe({b_.copies(4, client(sleepy)), b_.reduce(4, mean()),
                                                     b_.broadcast(4, update_)}))}),
        };
    }();
    for (const auto& scheme : schemes) {
        const auto reference = done(scheme, 1);
        for (int repetition = 0; repetition < 20; ++repetition) {
            for (const unsigned threads : {1u, 2u, 7u}) {
                const auto again = done(scheme, threads);
                ASSERT_EQ(again.results.size(), reference.results.size());
                for (std::size_t i = 0; i < again.results.size(); ++i) {
                    ASSERT_EQ(again.results[i].value.model()->params,
                              reference.results[i].value.model()->params);
                    ASSERT_EQ(again.results[i].value.model()->metrics,
                              reference.results[i].value.model()->metrics);
                }
            }
        }
    }
}

TEST_F(Promise, ValuesMoveAndAreNotCopied) {
    // One buffer of the model, then in every round one for each client and, in `mean`, its sums and its
    // result.
    for (const std::int64_t n : {1, 8}) {
        const auto count = [&](std::int64_t how_many) {
            const auto root = b_.pipe({init(), b_.feedback(rounds(how_many), star(n))});
            const auto before = core::buffer_counts();
            done(root, 2);
            const auto after = core::buffer_counts();
            EXPECT_EQ(after.copies, before.copies);
            return after.allocations - before.allocations;
        };
        const auto one = count(1);
        const auto four = count(4);
        EXPECT_EQ(one, 1u + static_cast<std::uint64_t>(n) + 2);
        EXPECT_EQ(four - one, 3 * (static_cast<std::uint64_t>(n) + 2));
    }
}

TEST_F(Promise, BroadcastSharesOneBuffer) {
    std::set<const void*> buffers;
    const auto outcome = done(b_.pipe({init(), b_.broadcast(8), b_.gatherall(8, model_)}));
    for (const auto& value : *outcome.results.at(0).value.list())
        buffers.insert(value.model()->params.bytes().data());
    EXPECT_EQ(buffers.size(), 1u);
}

TEST_F(Promise, AtMostSoManyFunctionsRunAtOnce) {
    for (const unsigned threads : {1u, 2u, 3u}) {
        fakes_.most_running = 0;
        done(b_.pipe({init(), b_.feedback(rounds(3), star(12, {{"sleep", Build::integer(3000)}}))}), threads);
        EXPECT_LE(fakes_.most_running, static_cast<int>(threads));
    }
}

TEST_F(Promise, AsManyRunAtOnceAsThereAreSlots) {
    std::atomic<int> inside{0};
    std::atomic<int> met{0};
    fakes_.on_call = [&](const learn::Context&) {
        ++inside;
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (inside < 3 && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        met += inside >= 3 ? 1 : 0;
    };
    done(b_.pipe(
             {init(), b_.broadcast(3), b_.copies(3, b_.f("call", model_, model_)), b_.gatherall(3, model_)}),
         3);
    EXPECT_EQ(met, 3);
}

TEST_F(Promise, WhatIsBegunIsFinishedFirst) {
    // With one slot a branch is done before the next is begun.
    std::atomic<int> alive{0};
    std::atomic<int> most{0};
    fakes_.on_call = [&](const learn::Context& context) {
        if (context.actor.path.ends_with("/call")) {
            if (++alive > most) most = alive.load();
        } else {
            --alive;
        }
    };
    const auto branch = b_.pipe({client(), on("call"), b_.f("call", update_, update_, "after")});
    done(b_.pipe({init(), b_.broadcast(50), b_.copies(50, branch), b_.reduce(50, mean())}), 1);
    EXPECT_EQ(most, 1);
}

TEST_F(Promise, ManyActorsAndRounds) {
    const auto many = engine_ == "fastflow" ? 500 : 2000;  // each of whom is a thread there
    const auto outcome = done(b_.pipe({init(), b_.feedback(rounds(3), star(many, {}, 8))}), 4);
    EXPECT_EQ(outcome.results.size(), 1u);
    const auto long_run = done(b_.pipe({init(), b_.feedback(rounds(5000), b_.f("test", model_, model_))}), 2);
    EXPECT_EQ(recorded_.rounds().size(), 5003u);
}

TEST_F(Promise, TwoRunsSideBySide) {
    const auto root = b_.pipe({init(), b_.feedback(rounds(20), star(5, {{"sleep", Build::integer(50)}}))});
    const auto network = network::expand(b_.scheme(root)).value();
    learn::Resources resources(fakes_.library, 0, [] {
        return core::Result<learn::Backend*>(core::fail(core::ErrorKind::run, "no backend"));
    });
    const auto engine = make_threads_engine();
    std::vector<core::ParameterSet> results(2);
    {
        std::vector<std::jthread> users;
        for (auto& result : results) {
            users.emplace_back([&] {
                auto outcome = engine->run(network, resources, recorded_, {0, 2}, {});
                if (outcome) result = outcome->results.at(0).value.model()->params;
            });
        }
    }
    EXPECT_FALSE(results[0].empty());
    EXPECT_EQ(results[0], results[1]);
}

}  // namespace
}  // namespace trama::engine
