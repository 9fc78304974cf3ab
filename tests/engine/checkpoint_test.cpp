// A run that goes on from any of its checkpoints ends as if it had never stopped.

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/run_scheme.hpp"

namespace trama::learn {
void add_fedasync(Library& library);
void add_fedbuff(Library& library);
void add_staleness(Library& library);
}  // namespace trama::learn

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

/// An asynchronous feedback: clients that count what they have done, and a server.
class Circulating : public RunScheme {
  protected:
    Circulating() {
        learn::add_staleness(fakes_.library);
        learn::add_fedasync(fakes_.library);
        learn::add_fedbuff(fakes_.library);
        how_.save = [this](const Checkpoint& checkpoint) -> core::Result<void> {
            saved_.push_back(checkpoint);
            return {};
        };
    }
    static std::string scheme(const std::string& rule, int updates, int k,
                              const std::string& client = "count >> train(sleep: 200)") {
        return "client = " + client +
               "\nscheme = init(size: 4) >> feedback(updates: " + std::to_string(updates) +
               ", checkpoint: " + std::to_string(k) +
               ") { unicast(auto) >> [| client |]^3 >> gather >> mix(" + rule + ") }\n";
    }
    static double counted(const Checkpoint& checkpoint) {
        double all = 0;
        for (const auto& [name, one] : checkpoint.states) {
            const auto seen = one.state.numbers.find("seen");
            if (seen != one.state.numbers.end()) all += seen->second;
        }
        return all;
    }
    static const Remembered& server(const Checkpoint& checkpoint) {
        return checkpoint.states.at("scheme/feedback/mix");
    }

    std::vector<Checkpoint> saved_;
};

/// One cut through all: server and clients remember what has come back, and nothing of what is under way.
TEST_F(Circulating, ACheckpointIsOneCut) {
    for (const auto& engine : engine_names()) {
        engine_ = engine;
        for (int repeat = 0; repeat < 20; ++repeat) {
            saved_.clear();
            done(scheme("fedasync(alpha: 0.5)", 20, 4), 3);
            ASSERT_EQ(saved_.size(), 5u);
            for (std::size_t i = 0; i < saved_.size(); ++i) {
                const auto& one = saved_[i];
                const auto came = static_cast<std::int64_t>(4 * (i + 1));
                EXPECT_EQ(one.round, came);
                EXPECT_EQ(one.circulation->sent, came + 2);
                EXPECT_EQ(one.circulation->under_way.size(), 2u);
                EXPECT_EQ(counted(one), static_cast<double>(came));
                EXPECT_EQ(server(one).model->version, came);
                EXPECT_EQ(server(one).model->params, one.streams.at(0).value.model()->params);
            }
        }
    }
}

TEST_F(Circulating, GoesOnFromAnyCheckpoint) {
    for (const auto& engine : engine_names()) {
        engine_ = engine;
        saved_.clear();
        how_.resume.clear();
        done(scheme("fedbuff(k: 3)", 12, 2), 3);
        const auto all = saved_;
        ASSERT_EQ(all.size(), 6u);
        for (const auto& from : all) {
            EXPECT_EQ(server(from).model->version, from.round / 3);
            EXPECT_EQ(server(from).state.numbers.at("count"), static_cast<double>(from.round % 3));
            saved_.clear();
            how_.resume = {from};
            const auto before = recorded_.rounds().size();
            const auto outcome = done(scheme("fedbuff(k: 3)", 14, 2), 3);
            ASSERT_EQ(outcome.results.size(), 1u);
            EXPECT_EQ(outcome.results[0].value.model()->version, 4);
            EXPECT_EQ(outcome.results[0].value.update()->base->version, 0);
            const auto rounds = recorded_.rounds();
            ASSERT_EQ(rounds.size() - before, static_cast<std::size_t>(14 - from.round));
            EXPECT_EQ(rounds.back().round, core::Round{14});
            EXPECT_EQ(rounds[before].round, core::Round{from.round + 1});
            EXPECT_EQ(counted(saved_.back()), 14);
            EXPECT_GE(saved_.front().circulation->sent, from.circulation->sent);
        }
    }
}

TEST_F(Circulating, IsOverAtOnceWhereItsEndHasCome) {
    done(scheme("fedasync(alpha: 0.5)", 8, 4), 3);
    how_.resume = {saved_.back()};
    const auto outcome = done(scheme("fedasync(alpha: 0.5)", 8, 4), 3);
    ASSERT_EQ(outcome.results.size(), 1u);
    EXPECT_EQ(outcome.results[0].value.model()->params, saved_.back().streams[0].value.model()->params);
    how_.resume.front().circulation.reset();
    EXPECT_THROW((void)run(scheme("fedasync(alpha: 0.5)", 8, 4), 3), std::invalid_argument);
}

TEST_F(Circulating, OneEngineGoesOnWithTheCheckpointOfTheOther) {
    for (const bool simulated : {true, false}) {
        engine_ = simulated ? "simulated" : "threads";
        how_.resume.clear();
        saved_.clear();
        done(scheme("fedasync(alpha: 0.5)", 8, 4), 3);
        EXPECT_EQ(saved_.front().circulation->moment.has_value(), simulated);
        how_.resume = {saved_.front()};
        engine_ = simulated ? "threads" : "simulated";
        const auto outcome = done(scheme("fedasync(alpha: 0.5)", 9, 4), 3);
        ASSERT_EQ(outcome.results.size(), 1u);
        EXPECT_EQ(outcome.results[0].value.model()->version, 9);
        EXPECT_EQ(counted(saved_.back()), 8);
    }
}

TEST_F(Circulating, SeveralStreamsAreRefused) {
    const auto outcome = run(
        "scheme = [| init(size: 4) |]^2 >> feedback(rounds: 9, checkpoint: 3) { [| unicast(auto) >> [| train "
        "|]^3 >> gather |]^2 }\n");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, core::ErrorKind::scheme);
    EXPECT_EQ(outcome.error().message,
              "no engine in this build runs an asynchronous `feedback` of 2 streams with `checkpoint`");
}

/// What an observer is told, in order, without the wall clock.
class Heard final : public measure::Observer {
  public:
    void measured(const measure::Place& place, const core::Metrics& metrics, double) override {
        note("measured", place, metrics.begin()->second.value);
    }
    void round_done(std::string_view loop, const core::Round& round, std::int64_t,
                    const core::Metrics& metrics) override {
        note("round", {loop, round}, metrics.empty() ? 0 : metrics.begin()->second.value);
    }
    void mixed(const measure::Place& place, std::int64_t staleness) override {
        note("mixed", place, static_cast<double>(staleness));
    }
    void fired(const measure::Place& place, measure::Clock::time_point start,
               measure::Clock::time_point end) override {
        note("from", place, static_cast<double>(start.time_since_epoch().count()));
        note("to", place, static_cast<double>(end.time_since_epoch().count()));
    }
    void warn(std::string_view message, std::string_view) override { warnings.emplace_back(message); }
    std::vector<std::string> all, warnings;

  private:
    void note(std::string_view what, const measure::Place& place, double value) {
        const std::lock_guard lock(mutex_);
        all.push_back(std::string(what) + " " + std::string(place.actor) + " " + core::to_text(place.round) +
                      " " + std::to_string(value));
    }
    std::mutex mutex_;
};

/// On machines with links and a virtual clock a run goes on as if it had never stopped: the same model, at
/// the same time, and all that is told on the way.
class GoesOn : public Circulating {
  protected:
    void SetUp() override { on("{ list = [\"fast\", \"slow\", \"fast\"] }"); }
    void on(const std::string& clients) {
        on_devices(R"(
format = "trama-devices 1"
[class.server]
source = "assumed"
overhead = 0.05
down = 1000
[class.fast]
source = "assumed"
overhead = 0.3
up = 100
down = 150
latency = 0.01
jitter = 0.09
[class.slow]
source = "assumed"
like = "fast"
overhead = 2.1
loss = 0.3
[machines]
server = "server"
clients = )" + clients +
                   "\n");
    }
    struct Run {
        Outcome outcome;
        Heard heard;
        std::vector<std::size_t> at;  ///< what had been told at each checkpoint
    };
    void run_from(const std::string& text, unsigned threads, Run& made) {
        saved_.clear();
        how_.save = [&](const Checkpoint& checkpoint) -> core::Result<void> {
            saved_.push_back(checkpoint);
            made.at.push_back(made.heard.all.size());
            return {};
        };
        how_.threads = threads;
        const auto source = std::make_shared<const lang::Source>("test.trama", text);
        const auto checked = lang::check(source, fakes_.library.registry(), {});
        ASSERT_TRUE(checked.scheme) << lang::render(checked.diagnostics);
        const auto network = network::expand(*checked.scheme).value();
        learn::Resources resources(fakes_.library, 0, {});
        auto outcome = make_simulated_engine()->run(network, resources, made.heard, how_, {});
        ASSERT_TRUE(outcome) << outcome.error().message << " at " << outcome.error().where;
        made.outcome = std::move(*outcome);
    }
    void survives(const std::string& text, std::size_t checkpoints) {
        how_.resume.clear();
        Run whole;
        run_from(text, 3, whole);
        const auto all = saved_;
        ASSERT_EQ(all.size(), checkpoints);
        bool at_work = false, on_the_way = false;
        for (std::size_t i = 0; i < all.size(); ++i) {
            ASSERT_TRUE(all[i].circulation->moment);
            at_work = at_work || !all[i].circulation->moment->jobs.empty();
            on_the_way = on_the_way || !all[i].circulation->moment->arrivals.empty();
            how_.resume = {all[i]};
            for (const unsigned threads : {1u, 3u}) {
                Run again;
                run_from(text, threads, again);
                EXPECT_EQ(again.heard.warnings, std::vector<std::string>());
                EXPECT_EQ(again.outcome.seconds, whole.outcome.seconds);
                ASSERT_EQ(again.outcome.results.size(), 1u);
                const auto *a = whole.outcome.results[0].value.model(),
                           *b = again.outcome.results[0].value.model();
                EXPECT_EQ(a->params, b->params);
                EXPECT_EQ(a->version, b->version);
                EXPECT_EQ(a->metrics, b->metrics);
                const std::vector rest(whole.heard.all.begin() + static_cast<std::ptrdiff_t>(whole.at[i]),
                                       whole.heard.all.end());
                EXPECT_EQ(again.heard.all, rest) << "from " << all[i].round;
                ASSERT_EQ(saved_.size(), all.size() - i - 1);
                for (std::size_t k = 0; k < saved_.size(); ++k) {
                    EXPECT_EQ(saved_[k].circulation->moment->now, all[i + 1 + k].circulation->moment->now);
                    EXPECT_EQ(saved_[k].circulation->under_way, all[i + 1 + k].circulation->under_way);
                }
            }
        }
        EXPECT_TRUE(at_work);
        EXPECT_TRUE(on_the_way);
    }
};

TEST_F(GoesOn, FedAsync) {
    survives(scheme("fedasync(alpha: 0.5, staleness: polynomial(1.0))", 24, 3, "count >> train"), 8);
}

TEST_F(GoesOn, FedBuff) {
    survives(scheme("fedbuff(k: 4)", 22, 2, "count >> train"), 11);
}

TEST_F(GoesOn, InTurnAtRandomWithListsAndSideBranches) {
    const auto with = [](const std::string& policy, const std::string& order) {
        return "client = train\nscheme = init(size: 4) >> feedback(updates: 14, inflight: 4, checkpoint: 3) "
               "{ "
               "unicast(" +
               policy + ") >> [| count >> client |]^3 >> gather" + order +
               " >> mix(fedasync) >> tap(every: 2) { broadcast >> [| test |]^3 >> reduce(mean) } }\n";
    };
    survives(with("rr", "(rr)"), 4);
    survives(with("random", ""), 4);
    on("{ mix = { fast = 0.5, slow = 0.5 } }");
    survives(
        "client = train\nscheme = init(size: 4) >> feedback(updates: 12, checkpoint: 2) { unicast(auto) >> "
        "[| "
        "broadcast >> [| count >> client |]^2 >> gatherall >> fold(mean), client, broadcast >> [| client "
        "|]^2 >> reduce(mean) |] >> gather >> mix(fedasync) }\n",
        6);
}

/// Clients that have worked in another feedback before.
TEST_F(GoesOn, BehindAFeedbackOfRounds) {
    survives(
        "client = count >> train\nscheme = init(size: 4) >> feedback(rounds: 3) { broadcast >> [| client "
        "|]^3 >> reduce(mean) } >> feedback(updates: 9, checkpoint: 2) { unicast(auto) >> [| client |]^3 >> "
        "gather >> mix(fedbuff(k: 2)) } >> test\n",
        4);
}

TEST_F(GoesOn, OnlyWhereAllIsInTheFeedback) {
    // The other branch has its own time.
    on("\"fast\"");
    done(
        "scheme = init(size: 4) >> broadcast >> [| feedback(updates: 9, checkpoint: 3) { unicast(auto) >> [| "
        "train |]^3 >> gather >> mix(fedasync) }, train >> train |] >> gatherall\n");
    ASSERT_EQ(saved_.size(), 3u);
    for (const auto& one : saved_)
        EXPECT_FALSE(one.circulation->moment);
}

}  // namespace
}  // namespace trama::engine
