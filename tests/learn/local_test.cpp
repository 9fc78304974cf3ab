#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "learn/local/method.hpp"
#include "support.hpp"

// The client sides of algorithms and what stays personal, with a backend that adds one to every parameter in
// four steps.
namespace trama {
namespace {

using test::Bench;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

core::Constant built(const std::string& function, const test::Arguments& arguments = {},
                     const std::string& sort = {}) {
    return test::value(test::call(test::builtins(), function, arguments, sort));
}

core::Constant data() {
    return built(
        "synthetic",
        {{"samples", test::number(100)}, {"features", test::number(4)}, {"classes", test::number(2)}});
}

core::Constant client_sgd(core::Constant lr = test::number(0.1), double momentum = 0) {
    return built("sgd", {{"lr", std::move(lr)}, {"momentum", test::number(momentum)}});
}

core::Call train_client(test::Arguments more = {}, core::Constant optimizer = client_sgd()) {
    more.insert(more.begin(), {{"data", data()}, {"optimizer", std::move(optimizer)}});
    if (std::ranges::find(more, "batch", &test::Arguments::value_type::first) == more.end())
        more.emplace_back("batch", test::number(10));
    return test::call(test::builtins(), "train", more);
}

core::Value initial(Bench& bench) {
    auto net = built("mlp", {{"sizes", test::numbers({4, 3, 2})}});
    return *bench.fire(test::call(test::builtins(), "init", {{"net", net}}));
}

core::ParameterSet filled(const core::ParameterSet& like, float value) {
    core::ParameterBuffer buffer(like.shared_layout());
    std::ranges::fill(buffer.floats(), value);
    return std::move(buffer).freeze();
}

core::Value with(const core::Value& value, const std::function<void(core::Model&)>& change) {
    core::Model model = *value.model();
    change(model);
    return model;
}

double fact(const core::Value& value, const std::string& name) {
    return value.model()->facts.at(name);
}

TEST(Local, OptionsReachTheBackend) {
    Bench bench;
    ASSERT_TRUE(bench.fire(train_client({{"proximal", test::number(0.3)},
                                         {"max_grad_norm", test::number(2.5)},
                                         {"label_smoothing", test::number(0.1)},
                                         {"max_batches", test::number(7)}}),
                           initial(bench)));
    const auto& asked = bench.backend.asked.at(0);
    EXPECT_EQ(asked.pull, 0.3);
    EXPECT_THAT(asked.anchor, IsEmpty()) << "the received model";
    EXPECT_EQ(asked.clip_norm, 2.5);
    EXPECT_EQ(asked.label_smoothing, 0.1);
    EXPECT_EQ(asked.max_batches, 7);
    EXPECT_FALSE(asked.flip_labels);
    EXPECT_FALSE(asked.memory);
    EXPECT_THAT(asked.rates, IsEmpty());
}

TEST(Local, SchedulesCountStepsFromTheFirstOfTheRound) {
    Bench bench;
    auto by_step = built(
        "exponential",
        {{"start", test::number(0.8)}, {"by", test::number(0.5)}, {"per", test::symbol("step")}}, "schedule");
    for (int round = 0; round < 2; ++round) {
        ASSERT_TRUE(bench.fire(train_client({}, client_sgd(by_step)), initial(bench)));
        EXPECT_THAT(bench.backend.asked.back().rates, ElementsAre(0.8, 0.4, 0.2, 0.1));
    }
}

TEST(Local, AKeptOptimizerGoesOnInTheClientsState) {
    Bench bench;
    auto by_step = built(
        "exponential",
        {{"start", test::number(0.8)}, {"by", test::number(0.5)}, {"per", test::symbol("step")}}, "schedule");
    core::State state;
    const auto call = train_client({{"keep", {true}}}, client_sgd(by_step));
    auto made = bench.fire(call, state, initial(bench));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_TRUE(bench.backend.asked.at(0).memory->empty());
    made = bench.fire(call, state, initial(bench));
    EXPECT_EQ(bench.backend.asked.at(1).memory->numbers.at("steps"), 4);
    EXPECT_THAT(bench.backend.asked.at(1).rates, ElementsAre(0.05, 0.025, 0.0125, 0.00625));
    EXPECT_EQ(state.numbers.at("optimizer steps"), 8);
    // In units of the first rate of the run, which all clients have alike.
    EXPECT_NEAR(fact(*made, "normaliser"), (0.05 + 0.025 + 0.0125 + 0.00625) / 0.8, 1e-12);
}

TEST(Local, NothingIsRememberedOfARoundThatFailsOrStops) {
    Bench bench;
    core::State state;
    bench.backend.finite = false;
    EXPECT_FALSE(bench.fire(train_client({{"keep", {true}}}), state, initial(bench)));
    EXPECT_TRUE(state.empty());
    bench.backend.finite = true;
    bench.backend.during = [&] { bench.stop.request_stop(); };
    EXPECT_TRUE(bench.fire(train_client({{"keep", {true}}}), state, initial(bench)));
    EXPECT_TRUE(state.empty());
}

TEST(Local, EveryClientTellsItsSteps) {
    Bench bench;
    const auto plain = *bench.fire(train_client(), initial(bench));
    EXPECT_EQ(fact(plain, "steps"), 4);
    EXPECT_EQ(fact(plain, "normaliser"), 4);
    // The paper's formula for momentum.
    const double rho = 0.9;
    const double expected = (4 - rho * (1 - std::pow(rho, 4)) / (1 - rho)) / (1 - rho);
    EXPECT_NEAR(
        fact(*bench.fire(train_client({}, client_sgd(test::number(0.1), rho)), initial(bench)), "normaliser"),
        expected, 1e-12);
    // And for FedProx.
    const double shrink = 0.1 * 0.3;
    EXPECT_NEAR(
        fact(*bench.fire(train_client({{"proximal", test::number(0.3)}}), initial(bench)), "normaliser"),
        (1 - std::pow(1 - shrink, 4)) / shrink, 1e-12);
    auto adam = bench.fire(train_client({}, built("adam")), initial(bench));
    EXPECT_EQ(fact(*adam, "steps"), 4);
    EXPECT_FALSE(adam->model()->facts.contains("normaliser"));
    auto kept =
        bench.fire(train_client({{"keep", {true}}}, client_sgd(test::number(0.1), rho)), initial(bench));
    EXPECT_FALSE(kept->model()->facts.contains("normaliser")) << "its velocity is from earlier rounds";
}

TEST(Local, AMarkedModelIsTrainedOnFlippedLabels) {
    Bench bench;
    const auto marked = with(initial(bench), [](core::Model& model) { model.facts["label_flip"] = 1; });
    auto made = bench.fire(train_client(), marked);
    ASSERT_TRUE(made);
    EXPECT_TRUE(bench.backend.asked.at(0).flip_labels);
    EXPECT_FALSE(made->model()->facts.contains("label_flip"));
}

TEST(Local, RegressionHasNoLabelsToSmoothOrFlip) {
    test::Folder folder;
    Bench bench(folder.path);
    folder.write("t.csv", "1,2,0.5\n3,4,1.5\n5,6,2.5\n7,8,3.5\n9,1,4.5\n2,2,5.5\n");
    bench.actor.rank = 0;
    bench.actor.copies = 1;
    const auto table = built("csv", {{"file", test::text("t.csv")}, {"task", test::symbol("regression")}});
    const auto net = built("linear", {{"in", test::number(2)}, {"out", test::number(1)}});
    const auto model = *bench.fire(test::call(test::builtins(), "init", {{"net", net}}));
    auto call = train_client();
    call.arguments[0].value = table;
    ASSERT_TRUE(bench.fire(call, model)) << bench.fire(call, model).error().message;
    const auto marked = with(model, [](core::Model& one) { one.facts["label_flip"] = 1; });
    EXPECT_THAT(bench.fire(call, marked).error().message, HasSubstr("no labels that an attack could flip"));
    call = train_client({{"label_smoothing", test::number(0.1)}});
    call.arguments[0].value = table;
    EXPECT_THAT(bench.fire(call, model).error().message, HasSubstr("`label_smoothing` is for classes"));
}

TEST(Scaffold, CorrectsByControlVariates) {
    Bench bench;
    core::State state;
    const auto call = train_client({{"algorithm", test::symbol("scaffold")}});
    auto made = bench.fire(call, state, initial(bench));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_THAT(bench.backend.asked.at(0).correction, Each(0.0F));
    // c_i = 0 − 0 + (x − y)/(4 × 0.1) = −2.5, for the backend adds one.
    EXPECT_THAT(made->model()->extra.at("control").floats(), Each(testing::FloatNear(-2.5F, 1e-5F)));
    EXPECT_THAT(state.sets.at("control").floats(), Each(testing::FloatNear(-2.5F, 1e-5F)));

    const auto received = with(
        initial(bench), [](core::Model& model) { model.extra["control"] = filled(model.params, 0.75F); });
    made = bench.fire(call, state, received);
    EXPECT_THAT(bench.backend.asked.at(1).correction, Each(testing::FloatNear(3.25F, 1e-5F)));  // c − c_i
    // c_i = −2.5 − 0.75 − 2.5.
    EXPECT_THAT(state.sets.at("control").floats(), Each(testing::FloatNear(-5.75F, 1e-5F)));
    EXPECT_THAT(made->model()->extra.at("control").floats(), Each(testing::FloatNear(-3.25F, 1e-5F)));
}

TEST(Scaffold, IsForPlainSgd) {
    Bench bench;
    const test::Arguments scaffold{{"algorithm", test::symbol("scaffold")}};
    EXPECT_THAT(bench.fire(train_client(scaffold, client_sgd(test::number(0.1), 0.5)), initial(bench))
                    .error()
                    .message,
                HasSubstr("for sgd without momentum, not for sgd(lr: 0.1, momentum: 0.5"));
    EXPECT_EQ(bench.fire(train_client(scaffold, built("adam")), initial(bench)).error().kind,
              core::ErrorKind::scheme);
    const auto update = *bench.fire(train_client(), initial(bench));
    EXPECT_THAT(bench.fire(train_client(scaffold), update).error().message,
                HasSubstr("here comes a client's Update"));
    auto more = scaffold;
    more.emplace_back("personal", test::symbol("norm"));
    EXPECT_THAT(bench.fire(train_client(more), initial(bench)).error().message, HasSubstr("only ditto(...)"));
}

TEST(Feddyn, PullsAndRemembers) {
    Bench bench;
    core::State state;
    const auto call =
        train_client({{"algorithm", test::symbol("feddyn")}, {"feddyn_alpha", test::number(0.5)}});
    ASSERT_TRUE(bench.fire(call, state, initial(bench)));
    EXPECT_EQ(bench.backend.asked.at(0).pull, 0.5);
    EXPECT_THAT(bench.backend.asked.at(0).correction, IsEmpty());
    EXPECT_THAT(state.sets.at("pull").floats(), Each(testing::FloatNear(-0.5F, 1e-6F)));  // 0 − 0.5 × 1
    ASSERT_TRUE(bench.fire(call, state, initial(bench)));
    EXPECT_THAT(bench.backend.asked.at(1).correction, Each(testing::FloatNear(0.5F, 1e-6F)));
    EXPECT_THAT(state.sets.at("pull").floats(), Each(testing::FloatNear(-1.0F, 1e-6F)));
}

TEST(QFedavg, TellsTheLossOfTheReceivedModel) {
    Bench bench;
    const auto model = initial(bench);
    auto made = bench.fire(train_client({{"algorithm", test::symbol("q_fedavg")}}), model);
    ASSERT_TRUE(made);
    EXPECT_EQ(fact(*made, "start_loss"), 0.5);
    const auto& asked = bench.backend.asked.at(1);
    EXPECT_EQ(asked.split, learn::Split::train);
    EXPECT_THAT(asked.part, SizeIs(20));
    EXPECT_EQ(asked.params[0], model.model()->params.floats()[0]);
}

TEST(Personal, LayersStayAtTheClient) {
    Bench bench;
    core::State state;
    const core::Constant patterns{core::List{test::text("layers.2.*")}};
    const auto call = train_client({{"personal", patterns}, {"test", test::symbol("own")}});
    const auto received =
        with(initial(bench), [](core::Model& model) { model.params = filled(model.params, 10); });
    auto made = bench.fire(call, state, received);
    ASSERT_TRUE(made) << made.error().message;
    const auto by_name = [](const core::ParameterSet& set, const std::string& name) {
        return set.floats(*set.layout().find(name));
    };
    EXPECT_THAT(by_name(made->model()->params, "layers.0.weight"), Each(11.0F));
    EXPECT_THAT(by_name(made->model()->params, "layers.2.weight"), Each(10.0F)) << "as it came";
    EXPECT_THAT(by_name(made->model()->params, "layers.2.bias"), Each(10.0F));
    EXPECT_THAT(state.sets.at("personal").floats(), Each(11.0F));
    EXPECT_THAT(state.sets.at("personal").floats(), SizeIs(2 * 3 + 2));
    EXPECT_THAT(bench.backend.asked.at(1).params, Each(11.0F)) << "its own model is tested whole";
    EXPECT_THAT(bench.backend.asked.at(1).part, SizeIs(5));
    EXPECT_EQ(bench.backend.asked.at(1).split, learn::Split::test);
    EXPECT_EQ(made->model()->metrics.at("personal_accuracy"), (core::Metric{0.75, 5}));
    EXPECT_EQ(made->model()->metrics.at("personal_loss"), (core::Metric{0.5, 5}));

    made = bench.fire(call, state,
                      with(received, [](core::Model& model) { model.params = filled(model.params, 20); }));
    const auto& started = bench.backend.asked.at(2).params;
    EXPECT_EQ(started.front(), 20);
    EXPECT_EQ(started.back(), 11);
    EXPECT_THAT(state.sets.at("personal").floats(), Each(12.0F));
    EXPECT_THAT(by_name(made->model()->params, "layers.0.bias"), Each(21.0F));
    EXPECT_THAT(by_name(made->model()->params, "layers.2.bias"), Each(20.0F));
}

TEST(Personal, NamesThatMatchNothingAreAnError) {
    Bench bench;
    const core::Constant patterns{core::List{test::text("layers.0.*"), test::text("head.*")}};
    const auto error = bench.fire(train_client({{"personal", patterns}}), initial(bench)).error();
    EXPECT_EQ(error.kind, core::ErrorKind::scheme);
    EXPECT_EQ(error.message, "no parameter of `mlp(4, 3, 2)` has a name like `head.*`");
    EXPECT_EQ(error.hint, "there are `layers.0.weight`, `layers.0.bias`, `layers.2.weight`, `layers.2.bias`");
    EXPECT_THAT(
        bench.fire(train_client({{"personal", test::symbol("norm")}}), initial(bench)).error().message,
        HasSubstr("`mlp(4, 3, 2)` has none"));
}

TEST(Personal, DittoTrainsASecondModelBesideTheCommonOne) {
    Bench bench;
    core::State state;
    const auto call = train_client({{"personal", built("ditto", {{"lambda", test::number(0.2)}})},
                                    {"test", test::symbol("own")},
                                    {"keep", {true}}});
    const auto received =
        with(initial(bench), [](core::Model& model) { model.params = filled(model.params, 10); });
    ASSERT_TRUE(bench.fire(call, state, received));
    const auto later = with(received, [](core::Model& model) { model.params = filled(model.params, 20); });
    auto made = bench.fire(call, state, later);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_THAT(made->model()->params.floats(), Each(21.0F));
    const auto& common = bench.backend.asked.at(3);
    const auto& own = bench.backend.asked.at(4);
    EXPECT_EQ(common.pull, 0);
    EXPECT_THAT(own.params, Each(11.0F));
    EXPECT_EQ(own.pull, 0.2);
    EXPECT_THAT(own.anchor, Each(20.0F));
    EXPECT_NE(own.first_random, common.first_random);
    EXPECT_EQ(own.memory->numbers.at("steps"), 4) << "each has an optimizer of its own";
    EXPECT_THAT(bench.backend.asked.at(5).params, Each(12.0F));
    EXPECT_THAT(state.sets.at("personal").floats(), Each(12.0F));
}

TEST(Personal, PerFedavgTrainsForTheModelAfterOneStep) {
    Bench bench;
    const auto call = train_client(
        {{"personal", built("per_fedavg", {{"alpha", test::number(0.05)}})}, {"test", test::symbol("own")}});
    const auto received =
        with(initial(bench), [](core::Model& model) { model.params = filled(model.params, 10); });
    ASSERT_TRUE(bench.fire(call, received));
    EXPECT_EQ(bench.backend.asked.at(0).inner_rate, 0.05);
    const auto& adapting = bench.backend.asked.at(1);
    EXPECT_EQ(adapting.inner_rate, 0);
    EXPECT_EQ(adapting.lr, 0.05);
    EXPECT_EQ(adapting.batch, 20) << "one step on the whole part";
    EXPECT_THAT(adapting.params, Each(10.0F));
    EXPECT_THAT(bench.backend.asked.at(2).params, Each(11.0F));
}

TEST(Personal, TestsNeedSamples) {
    Bench bench;
    const auto no_tests = built("synthetic", {{"samples", test::number(100)},
                                              {"features", test::number(4)},
                                              {"classes", test::number(2)},
                                              {"test", {core::Fraction{0}}}});
    auto call = train_client({{"test", test::symbol("own")}});
    call.arguments[0].value = no_tests;
    const auto made = bench.fire(call, initial(bench));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().message, "`synthetic` has no test samples");
    EXPECT_EQ(made.error().kind, core::ErrorKind::data);
}

TEST(State, PartsGoUnderAPrefixAndBack) {
    core::State state;
    state.numbers = {{"a", 1}, {"own a", 2}, {"own b", 3}, {"owner", 4}};
    auto part = learn::taken_out(state, "own ");
    EXPECT_EQ(part.numbers, (core::Numbers{{"a", 2}, {"b", 3}}));
    EXPECT_EQ(state.numbers, (core::Numbers{{"a", 1}, {"owner", 4}}));
    learn::put_back(state, "own ", part);
    EXPECT_EQ(state.numbers.at("own b"), 3);
}

}  // namespace
}  // namespace trama
