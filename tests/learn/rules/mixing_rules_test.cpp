// Rules of an asynchronous server, worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learn/folding/staleness.hpp"
#include "support.hpp"

namespace trama {
namespace {

using test::number;
using testing::ElementsAre;

core::Constant staleness(const std::string& name, const test::Arguments& arguments = {}) {
    return test::value(test::call(test::builtins(), name, arguments, "staleness"));
}

/// A server with its model and version, as the engine keeps them.
struct Mixer {
    Mixer(const std::string& name, const test::Arguments& arguments, const core::Model& entering)
        : server(name, arguments), current(std::make_shared<const core::Model>(entering)) {
        server.state = server.rule->init(entering);
    }

    /// What the client made of the version that it was sent.
    const core::Model& mix(const std::shared_ptr<const core::Model>& base, core::Model result) {
        result.version = base->version;
        const core::Values one{test::update(result, base)};
        auto context = server.bench.context();
        context.current = current;
        context.staleness = current->version - base->version;
        auto made = server.rule->apply(context, server.state, one);
        if (!made) throw std::runtime_error(made.error().message);
        current = made->shared_model();
        return *current;
    }

    test::Server server;
    std::shared_ptr<const core::Model> current;
};

core::Model measured(std::vector<float> values, double weight, double loss) {
    auto model = test::model(values, weight);
    model.metrics["train_loss"] = {loss, weight};
    model.facts["steps"] = 4;
    return model;
}

TEST(Staleness, DiscountsAsInThePaper) {
    const auto constant = staleness("constant");
    const auto root = staleness("polynomial");
    const auto hinge = staleness("hinge", {{"a", number(0.5)}, {"b", number(2)}});
    EXPECT_EQ(learn::discount(constant, 100), 1);
    EXPECT_EQ(learn::discount(root, 0), 1);
    EXPECT_DOUBLE_EQ(learn::discount(root, 3), 0.5);
    EXPECT_DOUBLE_EQ(learn::discount(staleness("polynomial", {{"a", number(2)}}), 1), 0.25);
    EXPECT_EQ(learn::discount(hinge, 0), 1);
    EXPECT_EQ(learn::discount(hinge, 2), 1);
    EXPECT_DOUBLE_EQ(learn::discount(hinge, 4), 0.5);
    EXPECT_DOUBLE_EQ(learn::discount(hinge, 8), 0.25);
    EXPECT_DOUBLE_EQ(learn::discount(staleness("hinge"), 5), 1.0 / 11);
}

TEST(FedAsync, MixesEachUpdateByItsAge) {
    Mixer mixer("fedasync", {{"alpha", number(0.5)}, {"staleness", staleness("polynomial")}},
                test::model({0, 8}));
    const auto first = mixer.current;
    auto made = mixer.mix(first, measured({4, 8}, 10, 0.75));
    EXPECT_THAT(test::floats(made), ElementsAre(2, 8));
    EXPECT_EQ(made.version, 1);
    EXPECT_EQ(made.weight, 10);
    EXPECT_EQ(made.metrics.at("train_loss").value, 0.75);
    EXPECT_TRUE(made.facts.empty());
    made = mixer.mix(mixer.current, measured({6, 0}, 20, 0.5));
    EXPECT_THAT(test::floats(made), ElementsAre(4, 4));
    made = mixer.mix(mixer.current, measured({4, 4}, 20, 0.5));
    // Three versions old: 0.5 / √4.
    made = mixer.mix(first, measured({8, 0}, 30, 0.25));
    EXPECT_THAT(test::floats(made), ElementsAre(5, 3));
    EXPECT_EQ(made.version, 4);
    EXPECT_EQ(made.metrics.at("train_loss").value, 0.25);
}

TEST(FedAsync, MixesBuffersToo) {
    auto entering = test::model({0});
    entering.buffers = test::set({1});
    Mixer mixer("fedasync", {{"alpha", number(0.25)}, {"staleness", staleness("constant")}}, entering);
    auto update = test::model({4});
    update.buffers = test::set({5});
    EXPECT_THAT(mixer.mix(mixer.current, update).buffers.floats(), ElementsAre(2));
}

TEST(FedAsync, RefusesAnotherNet) {
    Mixer mixer("fedasync", {{"staleness", staleness("polynomial")}}, test::model({0}));
    EXPECT_THROW((void)mixer.mix(mixer.current, test::model({1, 2})), std::runtime_error);
}

TEST(FedBuff, MakesAVersionOfEveryK) {
    Mixer mixer("fedbuff", {{"k", number(3)}, {"staleness", staleness("constant")}}, test::model({10}));
    const auto first = mixer.current;
    auto made = mixer.mix(first, measured({13}, 10, 0.75));
    EXPECT_THAT(test::floats(made), ElementsAre(10));
    EXPECT_EQ(made.version, 0);
    EXPECT_EQ(made.metrics.at("train_loss").value, 0.75);
    mixer.mix(first, measured({16}, 20, 0.5));
    made = mixer.mix(first, measured({7}, 30, 0.25));
    // All from one model: FedAvg's (13 + 16 + 7) / 3.
    EXPECT_THAT(test::floats(made), ElementsAre(12));
    EXPECT_EQ(made.version, 1);
    EXPECT_EQ(made.weight, 60);
    // Deltas count from where each began: +4 from 10, +1 and −2 from 12.
    const auto second = mixer.current;
    mixer.mix(first, measured({14}, 10, 0.5));
    mixer.mix(second, measured({13}, 10, 0.5));
    made = mixer.mix(second, measured({10}, 10, 0.5));
    EXPECT_THAT(test::floats(made), ElementsAre(13));
    EXPECT_EQ(made.version, 2);
    EXPECT_EQ(made.weight, 30);
}

TEST(FedBuff, ScalesStepsByRateAndAge) {
    Mixer mixer(
        "fedbuff",
        {{"k", number(2)}, {"lr", number(0.5)}, {"staleness", staleness("polynomial", {{"a", number(1)}})}},
        test::model({0}));
    const auto first = mixer.current;
    mixer.mix(first, test::model({4}));
    EXPECT_THAT(test::floats(mixer.mix(first, test::model({8}))), ElementsAre(3));
    mixer.mix(mixer.current, test::model({4}));
    // 0.5 × (1 + 6 / 2) / 2
    EXPECT_THAT(test::floats(mixer.mix(first, test::model({6}))), ElementsAre(4));
}

TEST(FedBuff, AveragesBuffers) {
    auto entering = test::model({0});
    entering.buffers = test::set({9});
    Mixer mixer("fedbuff", {{"k", number(2)}, {"staleness", staleness("constant")}}, entering);
    auto update = test::model({1});
    update.buffers = test::set({2});
    mixer.mix(mixer.current, update);
    update.buffers = test::set({4});
    EXPECT_THAT(mixer.mix(mixer.current, update).buffers.floats(), ElementsAre(3));
}

}  // namespace
}  // namespace trama
