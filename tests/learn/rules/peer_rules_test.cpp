// Rules behind an `exchange`, against W x in double and against what their papers promise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "learn/local/method.hpp"
#include "support.hpp"

namespace trama {
namespace {

using test::number;
using test::Server;
using testing::ElementsAre;

using WeightRows = std::vector<std::vector<double>>;  ///< [receiver][sender]

/// A ring: everyone hears the two beside it and itself.
WeightRows ring(std::size_t n) {
    WeightRows made(n, std::vector<double>(n));
    for (std::size_t i = 0; i < n; ++i)
        made[i][i] = made[i][(i + 1) % n] = made[i][(i + n - 1) % n] = 1.0 / 3;
    return made;
}

/// i sends to i + 1, and those with an even number to i + 2 too: strongly connected, unequal degrees. Gives
/// the shares; weights are those of the in-neighbours.
WeightRows directed_shares(std::size_t n) {
    WeightRows made(n, std::vector<double>(n));
    for (std::size_t j = 0; j < n; ++j) {
        const double part = j % 2 == 0 ? 1.0 / 3 : 1.0 / 2;
        made[j][j] = made[(j + 1) % n][j] = part;
        if (j % 2 == 0) made[(j + 2) % n][j] = part;
    }
    return made;
}

/// One round of the nodes: each folds what it hears.
core::Values exchanged(Server& server, const WeightRows& weights, const WeightRows& shares,
                       const core::Values& all) {
    core::Values made;
    for (std::size_t i = 0; i < all.size(); ++i) {
        core::Neighbours heard;
        for (std::size_t j = 0; j < all.size(); ++j) {
            if (weights[i][j] == 0 && shares[i][j] == 0) continue;
            if (i == j) heard.own = heard.values.size();
            heard.values.push_back(all[j]);
            heard.edges.push_back({static_cast<std::int64_t>(j), weights[i][j], shares[i][j]});
        }
        auto context = server.bench.context();
        context.edges = heard.edges;
        context.own = heard.own;
        auto folded = server.rule->apply(context, server.state, heard.values);
        if (!folded) throw std::runtime_error(folded.error().message);
        made.push_back(std::move(*folded));
    }
    return made;
}

core::Values exchanged(Server& server, const WeightRows& weights, const core::Values& all) {
    return exchanged(server, weights, weights, all);
}

float first(const core::Value& value) {
    return value.model()->params.floats().front();
}

core::Values numbered(const std::vector<float>& values) {
    core::Values all;
    for (const auto value : values)
        all.push_back(test::model({value}));
    return all;
}

core::Value with_mass(const core::Value& value, double mass) {
    auto model = *value.model();
    model.facts["mass"] = mass;
    return model;
}

const std::vector<float> start{3, -1, 4, 1.5F, -9, 2.6F, 5, 3.5F};

TEST(Gossip, IsTheProductWithTheWeights) {
    Server server("gossip");
    const auto weights = ring(start.size());
    auto all = numbered(start);
    std::vector<double> exact(start.begin(), start.end());
    for (int round = 0; round < 40; ++round) {
        all = exchanged(server, weights, all);
        std::vector<double> next;
        for (const auto& row : weights)
            next.push_back(std::inner_product(row.begin(), row.end(), exact.begin(), 0.0));
        exact = next;
        for (std::size_t i = 0; i < exact.size(); ++i)
            EXPECT_NEAR(first(all[i]), exact[i], 1e-5) << "round " << round << ", node " << i;
    }
    EXPECT_EQ(all[0].model()->version, 40);
}

TEST(Gossip, MixesAllThatAModelCarriesButWhatIsPrivate) {
    Server server("gossip");
    auto one = test::model({1}, 10), two = test::model({2}, 30);
    one.buffers = test::set({4});
    two.buffers = test::set({8});
    one.extra["tracker"] = test::set({5});
    one.extra["private"] = two.extra["private"] = test::set({7});
    one.facts["steps"] = 3;
    const core::Values both{one, test::update(two, std::make_shared<const core::Model>(test::model({9})))};
    const auto made = exchanged(server, {{0.25, 0.75}, {0, 1}}, both);
    EXPECT_EQ(made[0].update(), nullptr);
    const auto& model = *made[0].model();
    EXPECT_THAT(test::floats(model), ElementsAre(1.75F));
    EXPECT_THAT(model.buffers.floats(), ElementsAre(7.0F));
    EXPECT_THAT(model.extra.at("tracker").floats(), ElementsAre(1.25F)) << "zero where there is none";
    EXPECT_EQ(model.extra.count("private"), 0U);
    EXPECT_TRUE(model.facts.empty());
}

TEST(Gossip, RefusesTrackersOfAnotherShapeAndListsWithoutWeights) {
    Server server("gossip");
    auto one = test::model({1}), two = test::model({2});
    one.extra["tracker"] = test::set({5});
    two.extra["tracker"] = test::set({5, 6});
    EXPECT_THROW(exchanged(server, {{0.5, 0.5}, {0.5, 0.5}}, {one, two}), std::runtime_error);
    EXPECT_THROW((void)server.fold({one, one}), std::invalid_argument);
}

TEST(PushSum, FindsTheMeanOnADirectedGraph) {
    Server server("push_sum");
    const auto shares = directed_shares(7);
    const std::vector<float> values(start.begin(), start.begin() + 7);
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 7;
    auto all = numbered(values);
    double least = 1;
    for (int round = 0; round < 150; ++round) {
        all = exchanged(server, shares, all);
        double masses = 0;
        for (const auto& value : all) {
            masses += value.model()->facts.at("mass");
            least = std::min(least, value.model()->facts.at("mass"));
        }
        ASSERT_NEAR(masses, 7, 1e-9);
    }
    for (const auto& value : all)
        EXPECT_NEAR(first(value), mean, 1e-5);
    EXPECT_LT(least, 0.8) << "the graph would do without push-sum";
}

TEST(PushSum, StepsAreNotScaledByTheMass) {
    Server server("push_sum");
    // z = 4 of mass 0.5 stands for x = 2; training takes z to 3, so x to 1.
    const auto base = std::make_shared<const core::Model>(test::model({4}));
    const auto trained = with_mass(test::model({3}), 0.5);
    const core::Values both{test::update(*trained.model(), base), with_mass(test::model({10}), 1.5)};
    const auto made = exchanged(server, {{0.5, 0.2}, {0.5, 0.8}}, both);
    const double mass = 0.5 * 0.5 + 0.2 * 1.5;
    EXPECT_DOUBLE_EQ(made[0].model()->facts.at("mass"), mass);
    EXPECT_FLOAT_EQ(first(made[0]), static_cast<float>((0.5 * 1 + 0.2 * 15) / mass));
    EXPECT_TRUE(server.rule->reads_bases());
}

TEST(PushSum, NeedsMass) {
    Server server("push_sum");
    const core::Values one{test::model({1})};
    const std::vector<core::Edge> edges{{0, 1, 0}};
    auto context = server.bench.context();
    context.edges = edges;
    const auto made = server.rule->apply(context, server.state, one);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, core::ErrorKind::run);
}

core::Constant calls(std::vector<core::Call> all) {
    core::List list;
    for (auto& one : all)
        list.push_back(test::value(std::move(one)));
    return {list};
}

core::Call difference(const std::string& compressor, const test::Arguments& arguments) {
    return test::call(test::builtins(), "difference",
                      {{"compressor", calls({test::call(test::builtins(), compressor, arguments)})}});
}

TEST(Difference, SendsTheChangeOfAPublicCopy) {
    test::Bench bench;
    core::State state;
    const auto call = difference("topk", {{"keep", number(1)}});
    auto made = bench.fire(call, state, test::model({3, -5, 1}));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_THAT(test::floats(*made->model()), ElementsAre(0, -5, 0));
    EXPECT_THAT(made->model()->extra.at("private").floats(), ElementsAre(3, -5, 1));
    EXPECT_THAT(test::floats(*made->update()->base), ElementsAre(0, 0, 0));
    ASSERT_NE(made->update()->encoded, nullptr);
    EXPECT_EQ(core::payload_bytes(*made), made->update()->encoded->bytes.size());
    // Next, 3 − 0 is the largest; had the lost 3 been added once more, 6 would be sent.
    made = bench.fire(call, state, test::model({3, -5, 1}));
    EXPECT_THAT(test::floats(*made->model()), ElementsAre(3, -5, 0));
    EXPECT_THAT(test::floats(*made->update()->base), ElementsAre(0, -5, 0));
    EXPECT_THAT(state.sets, testing::SizeIs(1)) << "the public copy alone";
    EXPECT_TRUE(bench.fire(call, state, core::Skip{})->is_skip());
}

TEST(Difference, CallsOneCompressorAfterTheOther) {
    test::Bench bench;
    const auto call =
        test::call(test::builtins(), "difference",
                   {{"compressor", calls({test::call(test::builtins(), "topk", {{"keep", number(2)}}),
                                          test::call(test::builtins(), "sign")})}});
    const auto made = bench.fire(call, test::model({3, -5, 1}));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_THAT(test::floats(*made->model()), ElementsAre(4, -4, 0));
}

/// The greatest distance of an element from its mean over the nodes.
double spread(const core::Values& all, const std::vector<double>& mean) {
    double most = 0;
    for (const auto& value : all)
        for (std::size_t i = 0; i < mean.size(); ++i)
            most = std::max(most, std::abs(value.model()->params.floats()[i] - mean[i]));
    return most;
}

TEST(Choco, AgreesOnTheMeanThoughOneEntryOfFourIsSent) {
    Server server("choco", {{"gamma", number(0.2)}});
    const auto weights = ring(8);
    const auto call = difference("topk", {{"keep", {core::Fraction{0.25}}}});
    std::vector<core::State> states(8);
    core::Values all;
    std::vector<double> mean(4);
    for (std::size_t i = 0; i < 8; ++i) {
        std::vector<float> values;
        for (std::size_t k = 0; k < 4; ++k) {
            values.push_back(start[(i + 3 * k) % 8] + static_cast<float>(k));
            mean[k] += values.back() / 8;
        }
        all.emplace_back(test::model(values));
    }
    const double before = spread(all, mean);
    for (int round = 0; round < 300; ++round) {
        for (std::size_t i = 0; i < 8; ++i)
            all[i] = *server.bench.fire(call, states[i], all[i]);
        all = exchanged(server, weights, all);
    }
    EXPECT_LT(spread(all, mean), 1e-4 * before);
}

TEST(Choco, NeedsWhatIsPrivate) {
    Server server("choco", {{"gamma", number(0.2)}});
    EXPECT_THROW(exchanged(server, ring(8), numbered(start)), std::runtime_error);
}

/// Least squares of one number at each node, (a_i / 2) (w − b_i)², and five steps of gradient descent between
/// rounds of gossip on a ring. Gives how far the worst node ends from the optimum of all.
double error_after(int rounds, const learn::LocalMethod& method) {
    constexpr double rate = 0.02;
    constexpr int steps = 5;
    const std::vector<double> a{0.5, 2, 1, 1.5, 0.7, 1.2, 1.8, 0.6};
    double top = 0, bottom = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        top += a[i] * start[i];
        bottom += a[i];
    }
    Server server("gossip");
    const auto weights = ring(8);
    const learn::Dataset data;
    std::vector<core::State> states(8);
    auto all = numbered(std::vector<float>(8, 0.0F));
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < 8; ++i) {
            const auto context = server.bench.context();
            learn::LocalRun run{.context = context,
                                .backend = server.bench.backend,
                                .data = data,
                                .received = all[i].shared_model(),
                                .net = {},
                                .state = std::move(states[i]),
                                .start = *all[i].model()};
            if (auto ready = method.before(run); !ready) throw std::runtime_error(ready.error().message);
            const double pull = run.correction.empty() ? 0 : run.correction.front();
            double w = first(all[i]);
            for (int step = 0; step < steps; ++step)
                w -= rate * (a[i] * (w - start[i]) + pull);
            run.trained.params = test::set({static_cast<float>(w)});
            run.trained.steps = steps;
            run.trained.rates = steps * rate;
            run.result = *run.received;
            run.result.params = run.trained.params;
            if (auto done = method.after(run); !done) throw std::runtime_error(done.error().message);
            states[i] = std::move(run.state);
            all[i] = std::move(run.result);
        }
        all = exchanged(server, weights, all);
    }
    double worst = 0;
    for (const auto& value : all)
        worst = std::max(worst, std::abs(first(value) - top / bottom));
    return worst;
}

TEST(GradientTracking, ReachesTheOptimumOfAllWithAConstantStepAndDpsgdDoesNot) {
    EXPECT_LT(error_after(400, *learn::gradient_tracking()), 1e-4);
    EXPECT_GT(error_after(400, learn::LocalMethod()), 0.1);
}

TEST(GradientTracking, NeedsItsNeighboursTrackers) {
    Server server("gossip");
    const auto method = learn::gradient_tracking();
    const auto context = server.bench.context();
    const learn::Dataset data;
    const auto received = std::make_shared<const core::Model>(test::model({1}));
    learn::LocalRun run{.context = context,
                        .backend = server.bench.backend,
                        .data = data,
                        .received = received,
                        .net = {},
                        .state = {},
                        .start = *received};
    EXPECT_TRUE(method->before(run)) << "there are none in the first round";
    run.state.sets["tracker"] = test::set({2});
    const auto second = method->before(run);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().hint, testing::HasSubstr("fold(gossip)"));
}

}  // namespace
}  // namespace trama
