// Each rule step for step against its formula, written out for one number in plain doubles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <functional>

#include "support.hpp"

namespace trama {
namespace {

using test::number;
using test::Server;
using test::symbol;
using testing::ElementsAre;
using testing::HasSubstr;

/// A drawn round: the clients' results and the samples behind them.
struct Clients {
    std::vector<std::vector<float>> values;
    std::vector<double> weights;

    static Clients draw(core::Stream& stream, std::size_t count, std::size_t size) {
        Clients made;
        for (std::size_t i = 0; i < count; ++i) {
            std::vector<float> one(size);
            for (auto& value : one)
                value = static_cast<float>(stream.normal());
            made.values.push_back(std::move(one));
            made.weights.push_back(static_cast<double>(1 + stream.below(50)));
        }
        return made;
    }
    std::vector<core::Model> models() const {
        std::vector<core::Model> made;
        for (std::size_t i = 0; i < values.size(); ++i)
            made.push_back(test::model(values[i], weights[i]));
        return made;
    }
    double mean(std::size_t at, bool by_samples = true) const {
        double sum = 0, total = 0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double weight = by_samples ? weights[i] : 1;
            sum += weight * static_cast<double>(values[i][at]);
            total += weight;
        }
        return sum / total;
    }
};

/// One coordinate on the server: x, and what the rule remembers of it.
struct Coordinate {
    double x = 0, m = 0, v = 0;
};
using Step = std::function<void(Coordinate&, double delta)>;

void expect_steps(const std::string& rule, const test::Arguments& arguments, Coordinate start,
                  const Step& step, bool by_samples = true) {
    SCOPED_TRACE(rule);
    constexpr std::size_t size = 5000, rounds = 8;  // more than two blocks, the last one short
    core::Stream stream(5, 6);
    Server server(rule, arguments);
    std::vector<Coordinate> coordinates(size, start);
    std::vector<float> first(size);
    for (std::size_t i = 0; i < size; ++i) {
        first[i] = static_cast<float>(stream.normal());
        coordinates[i].x = static_cast<double>(first[i]);
    }
    auto model = test::model(first);
    for (std::size_t round = 0; round < rounds; ++round) {
        const auto clients = Clients::draw(stream, 3, size);
        model = server.round(model, clients.models());
        for (std::size_t i = 0; i < size; ++i) {
            step(coordinates[i], clients.mean(i, by_samples) - coordinates[i].x);
            ASSERT_NEAR(test::floats(model)[i], coordinates[i].x, 1e-5) << "round " << round << ", " << i;
        }
    }
    EXPECT_EQ(model.version, rounds);
}

TEST(ServerRules, FedAvgMIsItsFormula) {
    const Step step = [](Coordinate& one, double delta) {
        one.m = 0.6 * one.m + delta;
        one.x += 0.5 * one.m;
    };
    const test::Arguments arguments{{"lr", number(0.5)}, {"momentum", number(0.6)}};
    expect_steps("fedavgm", arguments, {}, step);
    auto uniform = arguments;
    uniform.emplace_back("weights", symbol("uniform"));
    expect_steps("fedavgm", uniform, {}, step, false);
}

TEST(ServerRules, FedAdagradIsItsFormula) {
    const Step step = [](Coordinate& one, double delta) {
        one.m = 0.2 * one.m + 0.8 * delta;
        one.v += delta * delta;
        one.x += 0.3 * one.m / (std::sqrt(one.v) + 0.01);
    };
    expect_steps("fedadagrad", {{"lr", number(0.3)}, {"beta1", number(0.2)}, {"tau", number(0.01)}},
                 {0, 0, 1e-4}, step);
}

TEST(ServerRules, FedAdamIsItsFormulaWithTheDefaultsOfThePaper) {
    const Step step = [](Coordinate& one, double delta) {
        one.m = 0.9 * one.m + 0.1 * delta;
        one.v = 0.99 * one.v + 0.01 * delta * delta;
        one.x += 0.1 * one.m / (std::sqrt(one.v) + 1e-3);
    };
    expect_steps("fedadam", {}, {0, 0, 1e-6}, step);
    expect_steps("fedadam", {{"weights", symbol("uniform")}}, {0, 0, 1e-6}, step, false);
}

TEST(ServerRules, FedYogiIsItsFormula) {
    const Step step = [](Coordinate& one, double delta) {
        const double square = delta * delta;
        one.m = 0.9 * one.m + 0.1 * delta;
        if (one.v > square) {
            one.v -= 0.05 * square;
        } else if (one.v < square) {
            one.v += 0.05 * square;
        }
        one.x += 0.1 * one.m / (std::sqrt(one.v) + 1e-3);
    };
    expect_steps("fedyogi", {{"beta2", number(0.95)}}, {0, 0, 1e-6}, step);
}

TEST(ServerRules, TheRateMayBeASchedule) {
    const auto lr = test::value(test::call(test::builtins(), "exponential",
                                           {{"start", number(1.0)}, {"by", number(0.5)}}, "schedule"));
    Server server("fedavgm", {{"lr", lr}, {"momentum", number(0)}});
    auto model = test::model({0});
    std::vector<float> steps;
    for (int round = 0; round < 3; ++round) {
        auto next = server.round(model, {test::model({test::floats(model)[0] + 8})});
        steps.push_back(test::floats(next)[0] - test::floats(model)[0]);
        model = next;
    }
    EXPECT_THAT(steps, ElementsAre(8, 4, 2));
}

TEST(ServerRules, FedAvgMWithoutMomentumIsFedAvg) {
    core::Stream stream(1, 2);
    const auto clients = Clients::draw(stream, 5, 1000);
    const auto base = test::model(std::vector<float>(1000, 0.25F));
    const auto expected = Server("fedavg").round(base, clients.models());
    const auto found = Server("fedavgm", {{"momentum", number(0)}}).round(base, clients.models());
    for (std::size_t i = 0; i < 1000; ++i)
        EXPECT_FLOAT_EQ(test::floats(found)[i], test::floats(expected)[i]);
    EXPECT_EQ(found.weight, expected.weight);
}

RC_GTEST_PROP(ServerRules, FedNovaIsItsFormula, ()) {
    core::Stream stream(*rc::gen::arbitrary<std::uint64_t>(), 0);
    const auto count = static_cast<std::size_t>(*rc::gen::inRange(1, 6));
    const auto clients = Clients::draw(stream, count, 7);
    auto models = clients.models();
    double total = 0, effective = 0;
    for (std::size_t i = 0; i < count; ++i) {
        models[i].facts["normaliser"] = static_cast<double>(1 + stream.below(20));
        total += clients.weights[i];
    }
    const auto base = test::model({1, -1, 0.5F, 2, 3, 4, 5});
    const auto found = test::floats(Server("fednova", {{"lr", number(0.5)}}).round(base, models));
    for (std::size_t i = 0; i < count; ++i)
        effective += clients.weights[i] / total * models[i].facts["normaliser"];
    for (std::size_t at = 0; at < found.size(); ++at) {
        const auto x = static_cast<double>(test::floats(base)[at]);
        double step = 0;
        for (std::size_t i = 0; i < count; ++i) {
            step += clients.weights[i] / total * (static_cast<double>(clients.values[i][at]) - x) /
                    models[i].facts["normaliser"];
        }
        RC_ASSERT(std::abs(static_cast<double>(found[at]) - (x + 0.5 * effective * step)) < 1e-5);
    }
}

RC_GTEST_PROP(ServerRules, QFedAvgIsItsFormula, ()) {
    core::Stream stream(*rc::gen::arbitrary<std::uint64_t>(), 0);
    const auto count = static_cast<std::size_t>(*rc::gen::inRange(1, 6));
    const auto q = static_cast<double>(*rc::gen::inRange(0, 6)) / 2;
    const auto clients = Clients::draw(stream, count, 37);
    auto models = clients.models();
    std::vector<double> losses;
    for (auto& model : models) {
        losses.push_back(0.1 + static_cast<double>(stream.below(1000)) / 300);
        model.facts["start_loss"] = losses.back();
    }
    const auto base = test::model(std::vector<float>(37, 0.125F));
    const auto found =
        test::floats(Server("q_fedavg", {{"q", number(q)}, {"lr", number(0.2)}}).round(base, models));
    const double smoothness = 1 / 0.2;
    double below = 0;
    std::vector<double> above(37);
    for (std::size_t i = 0; i < count; ++i) {
        double squares = 0;
        for (std::size_t at = 0; at < 37; ++at) {
            const double gradient = smoothness * (0.125 - static_cast<double>(clients.values[i][at]));
            squares += gradient * gradient;
            above[at] += std::pow(losses[i], q) * gradient;
        }
        below += q * std::pow(losses[i], q - 1) * squares + smoothness * std::pow(losses[i], q);
    }
    for (std::size_t at = 0; at < 37; ++at) {
        const double expected = 0.125 - above[at] / below;
        RC_ASSERT(std::abs(static_cast<double>(found[at]) - expected) < 1e-5);
        if (q == 0) RC_ASSERT(std::abs(expected - clients.mean(at, false)) < 1e-9);
    }
}

TEST(ServerRules, AClientWithoutLossCountsNothingInQFedAvg) {
    auto done = test::model({4}), far = test::model({4});
    done.facts["start_loss"] = 0;
    far.facts["start_loss"] = 2;
    for (double q : {0.5, 1.0, 2.0}) {
        const auto made = Server("q_fedavg", {{"q", number(q)}}).round(test::model({0}), {done, far});
        EXPECT_TRUE(std::isfinite(test::floats(made)[0])) << q;
        EXPECT_GE(test::floats(made)[0], 0) << q;
    }
}

TEST(ServerRules, ScaffoldMovesItsControlByTheShareThatTakesPart) {
    auto a = test::model({3, 3}, 10), b = test::model({5, 1}, 30);
    a.extra["control"] = test::set({1, 2});
    b.extra["control"] = test::set({3, -2});
    auto base = test::model({1, 1});
    Server server("scaffold", {{"lr", number(0.5)}}, 4);
    auto made = server.round(base, {a, b});
    EXPECT_THAT(test::floats(made), ElementsAre(2.5, 1.5));  // halfway to the mean, whatever the samples
    EXPECT_THAT(made.extra.at("control").floats(), ElementsAre(1, 0));  // 2 of 4, mean (2, 0)
    made = server.round(made, {a, b});
    EXPECT_THAT(made.extra.at("control").floats(), ElementsAre(2, 0));
}

TEST(ServerRules, FedDynIsItsFormula) {
    Server server("feddyn", {{"alpha", number(0.5)}}, 4);
    auto made = server.round(test::model({1}), {test::model({2}), test::model({4}, 9)});
    // h = -0.5/4 × (1 + 3) = -0.5; mean 3 + 0.5/0.5
    EXPECT_THAT(test::floats(made), ElementsAre(4));
    made = server.round(made, {test::model({3})});
    // h = -0.5 - 0.5/4 × (-1) = -0.375; 3 + 0.75
    EXPECT_THAT(test::floats(made), ElementsAre(3.75));
}

TEST(ServerRules, TellWhatTheClientsMustDo) {
    const std::vector<core::Model> plain{test::model({1}), test::model({2})};
    const auto error = [&](const char* name, const char* fact = nullptr, double value = 0) {
        auto base = std::make_shared<const core::Model>(test::model({0}));
        core::Values values;
        for (auto model : plain) {
            if (fact != nullptr) model.facts[fact] = value;
            values.push_back(test::update(model, base));
        }
        auto folded = Server(name).fold(values);
        EXPECT_FALSE(folded) << name;
        EXPECT_EQ(folded.error().kind, core::ErrorKind::run);
        return folded.error().message + " / " + folded.error().hint;
    };
    EXPECT_THAT(error("fednova"), HasSubstr("update 1 of 2 does not say its `normaliser`"));
    EXPECT_THAT(error("fednova", "normaliser", 0), HasSubstr("has made no step"));
    EXPECT_THAT(error("q_fedavg"), HasSubstr("algorithm: q_fedavg"));
    EXPECT_THAT(error("q_fedavg", "start_loss", NAN), HasSubstr("nan, not a finite number"));
    EXPECT_THAT(error("q_fedavg", "start_loss", -1), HasSubstr("below 0"));
    EXPECT_THAT(error("scaffold"), HasSubstr("brings no control variate / let the clients run train(..., "
                                             "algorithm: scaffold)"));
    EXPECT_THROW((void)Server("fedadam").fold({test::model({1})}), std::invalid_argument);
}

/// What every rule that steps from the base does alike.
class EachServerRule : public testing::TestWithParam<const char*> {
  protected:
    static core::Model client(std::vector<float> params, std::vector<float> buffers, double weight) {
        auto made = test::model(params, weight);
        made.buffers = test::set(buffers, "running");
        made.facts = {{"normaliser", 2}, {"start_loss", 1.5}};
        made.extra["control"] = test::set(params);
        made.metrics = {{"train_loss", {weight, weight}}};
        return made;
    }
};

TEST_P(EachServerRule, AveragesBuffersBySamplesAndMergesTheRest) {
    Server server(GetParam());
    auto made = server.round(client({0, 0}, {5}, 1), {client({1, 2}, {10}, 1), client({3, 4}, {20}, 3)});
    EXPECT_THAT(made.buffers.floats(), ElementsAre(17.5));
    EXPECT_EQ(made.weight, 4);
    EXPECT_EQ(made.metrics.at("train_loss").value, 2.5);
    EXPECT_TRUE(made.facts.empty());
    EXPECT_EQ(made.version, 1);
}

TEST_P(EachServerRule, GoesOnFromItsStateBitForBit) {
    core::Stream stream(8, 9);
    std::vector<std::vector<core::Model>> rounds(6);
    for (auto& round : rounds)
        for (int i = 0; i < 3; ++i)
            round.push_back(client({static_cast<float>(stream.normal()), static_cast<float>(stream.normal())},
                                   {1}, static_cast<double>(1 + i)));
    Server whole(GetParam());
    auto expected = client({1, 1}, {1}, 1), made = expected;
    for (const auto& round : rounds)
        expected = whole.round(expected, round);
    core::State kept;
    for (std::size_t i = 0; i < rounds.size(); ++i) {
        Server other(GetParam());  // a new process, that has the state alone
        other.started = i > 0;
        other.state = kept;
        made = other.round(made, rounds[i]);
        kept = other.state;
    }
    EXPECT_TRUE(made.params == expected.params);
    EXPECT_EQ(kept, whole.state);
}

INSTANTIATE_TEST_SUITE_P(All, EachServerRule,
                         testing::Values("fedavgm", "fedadagrad", "fedadam", "fedyogi", "fednova", "scaffold",
                                         "feddyn", "q_fedavg"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace trama
