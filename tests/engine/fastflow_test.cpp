// The engine on FastFlow: what threads of its own, its patterns and its global state make different.

#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include <sched.h>
#include <sys/resource.h>

#include "engine/fastflow/build.hpp"
#include "engine/fastflow/fit.hpp"
#include "engine/run_scheme.hpp"

namespace trama::engine {
namespace {

using fastflow::Expression;
using fastflow::FastFlowHost;
using fastflow::Plan;
using fastflow::Shape;
using testing::HasSubstr;

class FastFlow : public RunScheme {
  protected:
    FastFlow() { engine_ = "fastflow"; }

    std::vector<core::ParameterSet> models(const NodePtr& root, unsigned threads = 2) {
        std::vector<core::ParameterSet> all;
        for (const auto& token : done(root, threads).results)
            all.push_back(token.value.model()->params);
        return all;
    }
    std::vector<core::ParameterSet> on_threads(const NodePtr& root) {
        engine_ = "threads";
        auto all = models(root);
        engine_ = "fastflow";
        return all;
    }
    NodePtr some_rounds(std::int64_t n, std::int64_t clients, Build::Arguments how = {}) {
        return b_.pipe({init(), b_.feedback(rounds(n), star(clients, std::move(how))), on("test")});
    }
};

TEST_F(FastFlow, OneRunAfterTheOtherGivesTheSame) {
    const auto scheme = some_rounds(5, 4);
    const auto reference = on_threads(scheme);
    EXPECT_EQ(models(scheme), reference);
    EXPECT_EQ(models(scheme), reference);
}

TEST_F(FastFlow, RunsSideBySideDoNotMeet) {
    const auto scheme = some_rounds(30, 5, {{"sleep", Build::integer(50)}});
    const auto reference = on_threads(scheme);
    std::vector<std::vector<core::ParameterSet>> given(3);
    std::vector<std::jthread> all;
    for (auto& one : given)
        all.emplace_back([&] { one = models(scheme); });
    all.clear();
    for (const auto& one : given)
        EXPECT_EQ(one, reference);
}

TEST_F(FastFlow, NeitherSpinningNorPinnedThreadsChangeAnything) {
    const auto scheme = some_rounds(10, 3);
    const auto reference = on_threads(scheme);
    how_.spin = true;
    EXPECT_EQ(models(scheme), reference);
    how_.pin = true;
    EXPECT_EQ(models(scheme), reference);
}

TEST_F(FastFlow, ThreadsArePinnedWhenAskedFor) {
    const auto cores = [&] {
        std::atomic<int> most{0};
        fakes_.on_call = [&](const learn::Context&) {
            cpu_set_t mine;
            CPU_ZERO(&mine);
            sched_getaffinity(0, sizeof mine, &mine);
            if (CPU_COUNT(&mine) > most) most = CPU_COUNT(&mine);
        };
        done(b_.pipe(
            {init(), b_.broadcast(3), b_.copies(3, b_.f("call", model_, model_)), b_.gatherall(3, model_)}));
        return most.load();
    };
    cpu_set_t all;
    CPU_ZERO(&all);
    sched_getaffinity(0, sizeof all, &all);
    EXPECT_EQ(cores(), CPU_COUNT(&all));
    how_.pin = true;
    EXPECT_EQ(cores(), 1);
}

TEST_F(FastFlow, SmallSchemesAlwaysEnd) {
    const auto scheme = some_rounds(3, 3);
    const auto reference = on_threads(scheme);
    for (int repetition = 0; repetition < 50; ++repetition)
        ASSERT_EQ(models(scheme), reference) << repetition;
}

TEST_F(FastFlow, FiveHundredClients) {
    const auto scheme = some_rounds(3, 500);
    EXPECT_EQ(models(scheme), on_threads(scheme));
}

TEST_F(FastFlow, FeedbackInFeedback) {
    const auto inner = b_.feedback(rounds(3), star(3, {}, 2));
    const auto scheme = b_.pipe({init(), b_.feedback(rounds(2), b_.pipe({b_.broadcast(3), b_.copies(3, inner),
                                                                         b_.reduce(3, mean(), 2)}))});
    EXPECT_EQ(models(scheme), on_threads(scheme));
}

TEST_F(FastFlow, AnExceptionEndsTheRun) {
    fakes_.on_call = [](const learn::Context& context) {
        if (context.round.back() == 2 && context.actor.rank == 1) throw std::runtime_error("on purpose");
    };
    const auto body =
        b_.pipe({b_.broadcast(4), b_.copies(4, b_.pipe({client(), on("call")})), b_.reduce(4, mean())});
    for (int repetition = 0; repetition < 20; ++repetition) {
        const auto outcome = run(b_.pipe({init(), b_.feedback(rounds(9), body)}));
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().message, "on purpose");
        EXPECT_EQ(outcome.error().where, "scheme/feedback/[1]/call, round 2");
    }
}

/// Under ASan nothing is left behind.
TEST_F(FastFlow, InterruptedAtAnyMoment) {
    for (int moment = 1; moment < 40; moment += 3) {
        std::stop_source stop;
        std::atomic<int> calls{0};
        fakes_.on_call = [&](const learn::Context&) {
            if (++calls == moment) stop.request_stop();
        };
        const auto body = b_.pipe(
            {b_.broadcast(4), b_.copies(4, b_.pipe({client(), on("call")})), b_.reduce(4, mean(), 2)});
        const auto outcome = run(b_.pipe({init(), b_.feedback(rounds(1000), body)}), 2, stop.get_token());
        ASSERT_TRUE(outcome) << outcome.error().message;
        EXPECT_EQ(outcome->status, Outcome::Status::interrupted);
        EXPECT_EQ(outcome->results.size(), 1u);
    }
    std::stop_source before;
    before.request_stop();
    const auto outcome = run(some_rounds(3, 3), 2, before.get_token());
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->status, Outcome::Status::interrupted);
}

/// A notice of every update that the server has mixed.
class UpdatesMixed final : public measure::Observer {
  public:
    void mixed(const measure::Place&, std::int64_t) override { ++count; }
    std::atomic<int> count{0};
};

TEST_F(FastFlow, AsynchronousFeedbacksLoseNoToken) {
    const auto text = [](int updates) {
        return "scheme = init() >> feedback(updates: " + std::to_string(updates) +
               ") { unicast(auto) >> [| train() |]^6 >> gather >> mix(mixing) }";
    };
    for (const int updates : {1, 7, 200}) {
        const auto source = std::make_shared<const lang::Source>("test.trama", text(updates));
        const auto checked = lang::check(source, fakes_.library.registry(), {});
        ASSERT_TRUE(checked.scheme) << lang::render(checked.diagnostics);
        const auto network = network::expand(*checked.scheme);
        ASSERT_TRUE(network);
        for (int repetition = 0; repetition < 10; ++repetition) {
            UpdatesMixed mixed;
            learn::Resources resources(fakes_.library, 0, {});
            const auto outcome = (*make_engine(engine_))->run(*network, resources, mixed, how_, {});
            ASSERT_TRUE(outcome) << outcome.error().message;
            ASSERT_EQ(outcome->results.size(), 1u);
            EXPECT_EQ(outcome->results[0].value.model()->version, updates);
            EXPECT_GE(mixed.count, updates);
            EXPECT_LE(mixed.count, updates + 6);
        }
    }
}

TEST_F(FastFlow, AlarmsGoOffWhileAllWait) {
    how_.faults = {*parse_fault("delay:client[2]@round=2,seconds=5")};
    const auto begin = std::chrono::steady_clock::now();
    const auto outcome = done(
        "client = train\nscheme = init() >> feedback(rounds: 3) { broadcast >> [| client |]^4 >> "
        "reduce(mean, quorum: 3, timeout: 0.2s) }\n",
        4);
    EXPECT_EQ(outcome.results.size(), 1u);
    const auto took = std::chrono::steady_clock::now() - begin;
    EXPECT_GE(took, std::chrono::milliseconds(200));
    EXPECT_LT(took, std::chrono::seconds(4));
}

TEST_F(FastFlow, MoreNodesThanFastFlowTakes) {
    const auto outcome = run(some_rounds(1, 1200));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, core::ErrorKind::scheme);
    EXPECT_THAT(outcome.error().message, HasSubstr("each of which is a thread"));
    EXPECT_THAT(outcome.error().hint, HasSubstr("threads"));
}

TEST_F(FastFlow, MoreThreadsThanTheSystemGives) {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const auto now = pages * 4096;
    if (now > std::size_t{1} << 40) GTEST_SKIP() << "a sanitizer's memory has no limit";
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
    const auto scheme = some_rounds(2, 200);
    auto less = before;
    less.rlim_cur = now + (std::size_t{300} << 20);  // stacks of some thirty threads
    ASSERT_EQ(setrlimit(RLIMIT_AS, &less), 0);
    const auto outcome = run(scheme);
    ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, core::ErrorKind::run);
    EXPECT_THAT(outcome.error().message, HasSubstr("could not start"));
    EXPECT_EQ(models(scheme), on_threads(scheme));  // nothing is left of it
}

/// How shapes become FastFlow's patterns.
class Shapes : public testing::Test {
  protected:
    Shape node() {
        Shape shape;
        shape.actors = {actors_++};
        return shape;
    }
    Shape of(Shape::Kind kind, std::vector<Shape> parts, std::size_t left = 0, bool wraps = false) {
        Shape shape;
        shape.kind = kind;
        shape.parts = std::move(parts);
        shape.left = left;
        shape.wraps_around = wraps;
        return shape;
    }
    Shape pipeline(std::vector<Shape> parts, bool wraps = false) {
        return of(Shape::Kind::pipeline, std::move(parts), 0, wraps);
    }
    Shape farm(std::size_t workers, bool wraps = false) {
        std::vector<Shape> parts{node()};
        for (std::size_t i = 0; i < workers; ++i)
            parts.push_back(node());
        parts.push_back(node());
        return of(Shape::Kind::farm, std::move(parts), 0, wraps);
    }
    Shape all_to_all(std::size_t left, std::size_t right, bool wraps = false) {
        std::vector<Shape> parts;
        for (std::size_t i = 0; i < left + right; ++i)
            parts.push_back(node());
        return of(Shape::Kind::all_to_all, std::move(parts), left, wraps);
    }
    /// From which actor's node a queue leads to which one's: "0>1 1>2".
    std::string queues(const Plan& plan) {
        measure::Observer nobody;
        FastFlowHost host(actors_, nobody, {});
        Expression expression(plan, host, false);
        std::string text;
        for (std::size_t from = 0; from < host.nodes().size(); ++from) {
            for (std::size_t to = 0; to < host.nodes().size(); ++to) {
                if (!host.nodes()[from]->leads(*host.nodes()[to])) continue;
                text += (text.empty() ? "" : " ") + std::to_string(from) + ">" + std::to_string(to);
            }
        }
        // Its threads begin, have nothing to do, and end.
        expression.run([&] { host.run(); });
        return text;
    }
    std::string queues(Shape shape) { return queues(Plan{{std::move(shape)}, {}}); }

    network::ActorId actors_ = 0;
};

TEST_F(Shapes, Pipelines) {
    EXPECT_EQ(queues(node()), "");
    actors_ = 0;
    EXPECT_EQ(queues(pipeline({node(), node(), node()})), "0>1 1>2");
    actors_ = 0;
    EXPECT_EQ(queues(pipeline({node(), node(), node()}, true)), "0>1 1>2 2>0");
}

TEST_F(Shapes, Farms) {
    EXPECT_EQ(queues(farm(2)), "0>1 0>2 1>3 2>3");
    actors_ = 0;
    EXPECT_EQ(queues(farm(2, true)), "0>1 0>2 1>3 2>3 3>0");
    actors_ = 0;
    EXPECT_EQ(queues(pipeline({node(), farm(1), node()})), "0>1 1>2 2>3 3>4");
    actors_ = 0;
    std::vector<Shape> parts{node(), pipeline({node(), node()}), pipeline({node(), node()}), node()};
    EXPECT_EQ(queues(of(Shape::Kind::farm, parts)), "0>1 0>3 1>2 2>5 3>4 4>5");
}

TEST_F(Shapes, FarmsOfFarms) {
    std::vector<Shape> parts{node(), farm(2), farm(1), node()};
    EXPECT_EQ(queues(of(Shape::Kind::farm, parts, 0, true)), "0>1 0>5 1>2 1>3 2>4 3>4 4>8 5>6 6>7 7>8 8>0");
}

TEST_F(Shapes, AllToAlls) {
    EXPECT_EQ(queues(all_to_all(2, 2)), "0>2 0>3 1>2 1>3");
    actors_ = 0;
    EXPECT_EQ(queues(all_to_all(2, 2, true)), "0>2 0>3 1>2 1>3 2>0 3>1");
    actors_ = 0;
    EXPECT_EQ(queues(pipeline({node(), all_to_all(2, 1), node()})), "0>1 0>2 1>3 2>3 3>4");
    actors_ = 0;
    EXPECT_EQ(queues(pipeline({all_to_all(1, 2), all_to_all(2, 1)})), "0>1 0>2 1>3 2>4 3>5 4>5");
    actors_ = 0;
    EXPECT_EQ(queues(pipeline({all_to_all(1, 2), farm(1)})), "0>1 0>2 1>3 2>3 3>4 4>5");
}

TEST_F(Shapes, SeveralRunSideBySide) {
    EXPECT_EQ(queues(Plan{{pipeline({node(), node()}), node(), farm(1)}, {}}), "0>1 3>4 4>5");
}

TEST_F(Shapes, WhatFastFlowCannotComposeIsTakenApart) {
    // A feedback's only output leads back.
    auto plan = fastflow::fit({{pipeline({node(), farm(2, true), node()})}, {}});
    EXPECT_EQ(plan.shapes.size(), 3u);
    EXPECT_EQ(plan.notes.size(), 1u);
    EXPECT_EQ(queues(plan), "1>2 1>3 2>4 3>4 4>1");
    actors_ = 0;
    // A node between two all-to-alls has many inputs and many outputs.
    plan = fastflow::fit({{pipeline({all_to_all(1, 2), node(), all_to_all(2, 1)})}, {}});
    EXPECT_EQ(plan.shapes.size(), 2u);
    EXPECT_EQ(queues(plan), "0>1 0>2 1>3 2>3 4>6 5>6");
    actors_ = 0;
    // What can be composed stays as it is.
    plan = fastflow::fit({{pipeline({pipeline({node(), node()}), farm(2)}, true)}, {}});
    EXPECT_EQ(plan.shapes.size(), 1u);
    EXPECT_TRUE(plan.notes.empty());
    EXPECT_EQ(queues(plan), "0>1 1>2 2>3 2>4 3>5 4>5 5>0");
}

TEST_F(Shapes, WhateverItIsGivenFitMakesSomethingThatRuns) {
    std::mt19937 random(7);
    const auto below = [&](unsigned n) { return random() % n; };
    const std::function<Shape(int)> shape = [&](int depth) {
        const auto parts = [&](unsigned n) {
            std::vector<Shape> made;
            for (unsigned i = 0; i < n; ++i)
                made.push_back(shape(depth - 1));
            return made;
        };
        const bool wraps = below(4) == 0;
        switch (depth == 0 ? 0 : below(5)) {
            case 1:
            case 4:
                return pipeline(parts(1 + below(4)), wraps);
            case 2:
                return of(Shape::Kind::farm, parts(3 + below(2)), 0, wraps);
            case 3: {
                const auto left = 1 + below(2);
                return of(Shape::Kind::all_to_all, parts(left + 1 + below(2)), left, wraps);
            }
            default:
                return node();
        }
    };
    for (int i = 0; i < 300; ++i) {
        actors_ = 0;
        const auto plan = fastflow::fit({{shape(1 + i % 3)}, {}});
        if (actors_ > 60) continue;
        ASSERT_NO_THROW(queues(plan)) << i;
    }
}

}  // namespace
}  // namespace trama::engine
