// A run that goes on from any of its checkpoints ends as if it had never stopped.

#include <map>
#include <mutex>

#include "engine/run_scheme.hpp"

namespace trama::engine {
namespace {

class Resume : public RunScheme {
  protected:
    struct Run {
        Outcome outcome;
        std::vector<Checkpoint> saved;
        std::map<std::string, core::Metrics> rounds;  ///< "scheme/feedback 3"
    };

    Run run_from(const NodePtr& root, std::vector<Checkpoint> resume, unsigned threads = 2) {
        Run made;
        std::mutex mutex;
        auto network = network::expand(b_.scheme(root));
        EXPECT_TRUE(network) << network.error().message;
        learn::Resources resources(fakes_.library, 0, {});
        test::Recorded recorded;
        const auto save = [&](const Checkpoint& checkpoint) -> core::Result<void> {
            const std::lock_guard lock(mutex);
            made.saved.push_back(checkpoint);
            return {};
        };
        auto outcome = make_threads_engine()->run(*network, resources, recorded,
                                                  {0, threads, save, std::move(resume)}, {});
        if (!outcome) {
            ADD_FAILURE() << outcome.error().message << " at " << outcome.error().where;
            return made;
        }
        made.outcome = std::move(*outcome);
        for (const auto& round : recorded.rounds())
            made.rounds.emplace(round.loop + " " + core::to_text(round.round), round.metrics);
        return made;
    }

    static void expect_same_end(const Run& one, const Run& other) {
        ASSERT_EQ(one.outcome.results.size(), other.outcome.results.size());
        for (std::size_t i = 0; i < one.outcome.results.size(); ++i) {
            const auto* a = one.outcome.results[i].value.model();
            const auto* b = other.outcome.results[i].value.model();
            EXPECT_EQ(a->params, b->params);
            EXPECT_EQ(a->metrics, b->metrics);
            const auto *x = one.outcome.results[i].value.update(),
                       *y = other.outcome.results[i].value.update();
            ASSERT_EQ(x == nullptr, y == nullptr);
            if (x != nullptr) {
                EXPECT_EQ(x->base->params, y->base->params);
            }
        }
        for (const auto& [round, metrics] : other.rounds)
            EXPECT_EQ(one.rounds.at(round), metrics) << round;
    }

    void survives(const NodePtr& root, std::size_t checkpoints) {
        for (const unsigned threads : {1u, 3u}) {
            const auto whole = run_from(root, {}, threads);
            ASSERT_EQ(whole.saved.size(), checkpoints);
            std::map<std::string, Checkpoint> newest;  // of each feedback, as a folder would hold them
            for (const auto& checkpoint : whole.saved) {
                newest.insert_or_assign(checkpoint.loop, checkpoint);
                std::vector<Checkpoint> resume;
                for (const auto& [loop, one] : newest)
                    resume.push_back(one);
                const auto again = run_from(root, resume, threads);
                expect_same_end(whole, again);
                EXPECT_EQ(again.rounds.contains(checkpoint.loop + " " + std::to_string(checkpoint.round)),
                          false);
            }
        }
    }

    static Build::Arguments every(std::int64_t k, std::int64_t rounds, Build::Arguments more = {}) {
        more.insert(more.begin(), {{"rounds", Build::integer(rounds)}, {"checkpoint", Build::integer(k)}});
        return more;
    }
    NodePtr counter(std::int64_t n) { return b_.copies(n, b_.f("count", update_, update_, "counter")); }
    NodePtr counted_star(std::int64_t n, core::Constant rule) {
        return b_.pipe({b_.broadcast(n), b_.copies(n, client()), counter(n), b_.reduce(n, std::move(rule))});
    }
};

TEST_F(Resume, AStar) {
    survives(b_.pipe({init(), b_.feedback(every(1, 5), star(3))}), 5);
    survives(b_.pipe({init(), b_.feedback(every(2, 5), star(3))}), 2);
}

TEST_F(Resume, WhatFunctionsAndRulesRemember) {
    survives(b_.pipe({init(), b_.feedback(every(2, 6), counted_star(3, Build::call("momentum")))}), 3);
}

TEST_F(Resume, StreamsThatRunApart) {
    // Streams without a server: each may be two rounds ahead of the slowest.
    const auto body = b_.pipe({b_.copies(4, client({{"sleep", Build::integer(300)}})), counter(4)});
    survives(b_.pipe({b_.copies(4, init()), b_.feedback(every(3, 12), body)}), 4);
}

TEST_F(Resume, TheSecondFeedbackGoesOnWithTheClientsOfTheFirst) {
    const auto body = counted_star(2, mean());
    const auto root = b_.pipe({init(), b_.feedback(every(2, 3), body), b_.feedback(every(1, 2), body)});
    const auto whole = run_from(root, {});
    EXPECT_EQ(whole.rounds.at("scheme/feedback 3").at("count").value, 3);
    EXPECT_EQ(whole.rounds.at("scheme/feedback.2 2").at("count").value, 5);
    survives(root, 3);
}

TEST_F(Resume, FeedbacksInsideOfOne) {
    const auto inner = b_.feedback(rounds(3), counted_star(2, mean()));
    const auto body = b_.pipe({b_.broadcast(3), b_.copies(3, inner), b_.reduce(3, mean())});
    survives(b_.pipe({init(), b_.feedback(every(1, 3), body)}), 3);
}

TEST_F(Resume, KeepsTheBestOfAllRounds) {
    // train_loss rises, so the first round is the best: it is in every checkpoint.
    core::Condition loss;
    loss.fold = "mean";
    loss.metric = "train_loss";
    const auto best = Build::call("best", {{"metric", {loss}}, {"order", Build::word("lowest")}});
    const auto root = b_.pipe({init(), b_.feedback(every(1, 4, {{"keep", best}}), star(2))});
    const auto whole = run_from(root, {});
    ASSERT_EQ(whole.saved.size(), 4U);
    EXPECT_EQ(whole.saved.back().best.size(), 1U);
    survives(root, 4);
}

TEST_F(Resume, WithMoreRoundsThanBefore) {
    const auto four = [&](std::int64_t n) {
        return b_.pipe({init(), b_.feedback(every(4, n), counted_star(3, Build::call("momentum")))});
    };
    const auto begun = run_from(four(4), {});
    const auto whole = run_from(four(7), {});
    ASSERT_EQ(begun.saved.size(), 1U);
    expect_same_end(whole, run_from(four(7), {begun.saved.front()}));
}

TEST_F(Resume, ACheckpointThatCannotBeSavedEndsTheRun) {
    auto network = network::expand(b_.scheme(b_.pipe({init(), b_.feedback(every(2, 6), star(2))})));
    learn::Resources resources(fakes_.library, 0, {});
    const auto full = [](const Checkpoint&) -> core::Result<void> {
        return core::fail(core::ErrorKind::data, "no space left on device");
    };
    const auto outcome = make_threads_engine()->run(*network, resources, recorded_, {0, 2, full, {}}, {});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().message, "no space left on device");
    EXPECT_EQ(outcome.error().kind, core::ErrorKind::data);
}

TEST_F(Resume, AnotherNetworksCheckpointIsRefused) {
    Checkpoint other;
    other.loop = "scheme/elsewhere";
    auto network = network::expand(b_.scheme(b_.pipe({init(), b_.feedback(every(2, 6), star(2))})));
    learn::Resources resources(fakes_.library, 0, {});
    EXPECT_THROW((void)make_threads_engine()->run(*network, resources, recorded_, {0, 2, {}, {other}}, {}),
                 std::invalid_argument);
}

}  // namespace
}  // namespace trama::engine
