#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "support.hpp"
#include "trama/core/safetensors.hpp"

namespace trama {
namespace {

using test::Bench;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

core::Call small_data(int samples = 100) {
    return test::call(
        test::builtins(), "synthetic",
        {{"samples", test::number(samples)}, {"features", test::number(4)}, {"classes", test::number(2)}});
}

core::Call small_net() {
    return test::call(test::builtins(), "linear", {{"in", test::number(4)}, {"out", test::number(2)}});
}

core::Call sgd(core::Constant lr = test::number(0.1), bool nesterov = false) {
    return test::call(test::builtins(), "sgd", {{"lr", std::move(lr)}, {"nesterov", {nesterov}}});
}

core::Call train(test::Arguments more = {}, core::Call optimizer = sgd(), int samples = 100) {
    more.insert(more.begin(), {{"data", test::value(small_data(samples))},
                               {"optimizer", test::value(std::move(optimizer))}});
    return test::call(test::builtins(), "train", more);
}

core::Call tested(test::Arguments more = {}) {
    more.insert(more.begin(), {"data", test::value(small_data())});
    return test::call(test::builtins(), "test", more);
}

core::Call init(test::Arguments more = {}) {
    more.insert(more.begin(), {"net", test::value(small_net())});
    return test::call(test::builtins(), "init", more);
}

core::Value fresh(Bench& bench) {
    return *bench.fire(init());
}

TEST(Train, MakesAnUpdateOfTheModelThatCame) {
    Bench bench;
    auto model = fresh(bench);
    auto made = bench.fire(train({{"batch", test::number(10)}}), model);
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_NE(made->update(), nullptr);
    EXPECT_EQ(made->update()->base.get(), model.model());
    EXPECT_EQ(made->model()->params.floats()[0], model.model()->params.floats()[0] + 1);
    EXPECT_EQ(made->model()->architecture, model.model()->architecture);
    EXPECT_EQ(made->model()->weight, 20);  // 80 samples in 4 parts
    EXPECT_EQ(made->model()->metrics.at("train_loss"), (core::Metric{0.5, 20}));
    ASSERT_EQ(bench.notes.metrics.size(), 1U);
    EXPECT_EQ(bench.notes.metrics[0].first, "scheme/feedback/[1]/client");
    EXPECT_THAT(bench.notes.warnings, IsEmpty());
}

TEST(Train, KeepsTheMassOfPushSumAndNoOtherFact) {
    Bench bench;
    auto model = *fresh(bench).model();
    model.facts = {{"mass", 0.25}, {"steps", 99}, {"other", 1}};
    const auto made = bench.fire(train(), core::Value(model));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->model()->facts.at("mass"), 0.25);
    EXPECT_EQ(made->model()->facts.at("steps"), 4);
    EXPECT_EQ(made->model()->facts.count("other"), 0U);
}

TEST(Train, HandsItsOptionsOn) {
    Bench bench;
    auto decay =
        test::value(test::call(test::builtins(), "exponential",
                               {{"start", test::number(0.4)}, {"by", test::number(0.5)}}, "schedule"));
    auto made = bench.fire(train({{"batch", test::number(8)}, {"epochs", test::number(2.5)}}, sgd(decay)),
                           fresh(bench));
    ASSERT_TRUE(made);
    const auto& asked = bench.backend.asked.at(0);
    EXPECT_DOUBLE_EQ(asked.lr, 0.1);  // round 3
    EXPECT_EQ(asked.batch, 8);
    EXPECT_EQ(asked.epochs, 2.5);
    core::Stream expected(core::StreamName{7, "client", 0, bench.actor.copy, bench.round, "shuffle"});
    EXPECT_EQ(asked.first_random, expected.bits64());
}

TEST(Train, PartsAreOwnAllOrGiven) {
    Bench bench;
    std::set<std::uint32_t> seen;
    for (std::int64_t rank = 0; rank < 4; ++rank) {
        bench.actor.rank = rank;
        ASSERT_TRUE(bench.fire(train({{"batch", test::number(5)}}), fresh(bench)));
        auto& part = bench.backend.asked.back().part;
        EXPECT_EQ(part.size(), 20U);
        seen.insert(part.begin(), part.end());
    }
    EXPECT_EQ(seen.size(), 80U);
    ASSERT_TRUE(bench.fire(train({{"part", test::symbol("all")}}), fresh(bench)));
    EXPECT_EQ(bench.backend.asked.back().part.size(), 80U);
    ASSERT_TRUE(
        bench.fire(train({{"part", test::number(7)}, {"parts", test::number(8)}, {"batch", test::number(1)}}),
                   fresh(bench)));
    EXPECT_EQ(bench.backend.asked.back().part.size(), 10U);
    EXPECT_EQ(bench.fire(train({{"part", test::number(8)}, {"parts", test::number(8)}}), fresh(bench))
                  .error()
                  .message,
              "`synthetic` has 8 parts, there is no part 8");
    EXPECT_THAT(bench.fire(train({{"part", test::number(1)}}), fresh(bench)).error().message,
                HasSubstr("needs `parts:`"));
    bench.actor.copies = 81;
    EXPECT_THAT(bench.fire(train(), fresh(bench)).error().message,
                HasSubstr("80 train samples, which is too few for 81 parts"));
}

TEST(Train, FullBatchIsTheWholePart) {
    Bench bench;
    ASSERT_TRUE(bench.fire(train({{"batch", test::symbol("full")}}), fresh(bench)));
    EXPECT_EQ(bench.backend.asked.back().batch, 20);
    EXPECT_THAT(bench.notes.warnings, IsEmpty());
}

TEST(Train, WarnsOnceOfPartsThatAreShorterThanABatch) {
    Bench bench;
    auto call = train({{"batch", test::number(64)}});
    auto function = *(*test::builtins().function("train"))(call, bench.resources);
    auto model = fresh(bench);
    for (int i = 0; i < 3; ++i) {
        core::State state;
        ASSERT_TRUE(function->apply(bench.context(), state, model));
    }
    EXPECT_THAT(bench.notes.warnings, ElementsAre("4 of 4 parts of `synthetic` have fewer samples than one "
                                                  "batch of 64 (the smallest has 20): each trains on "
                                                  "one short batch"));
}

TEST(Train, DivergenceIsAnErrorAtActorAndRound) {
    Bench bench;
    bench.backend.loss = nan_value;
    auto made = bench.fire(train(), fresh(bench));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, core::ErrorKind::run);
    EXPECT_EQ(made.error().message, "training diverged: loss is nan");
    EXPECT_EQ(made.error().where, "scheme/feedback/[1]/client, round 3");
    EXPECT_THAT(made.error().hint, HasSubstr("lower the learning rate (now 0.1)"));
    bench.backend.loss = -std::numeric_limits<double>::infinity();
    EXPECT_EQ(bench.fire(train(), fresh(bench)).error().message, "training diverged: loss is -inf");
    bench.backend.loss = 1;
    bench.backend.finite = false;
    EXPECT_THAT(bench.fire(train(), fresh(bench)).error().message,
                HasSubstr("a parameter is no longer a finite number"));
    EXPECT_TRUE(bench.fire(train({{"on_nan", test::symbol("continue")}}), fresh(bench)));
}

TEST(Train, TrainingTwiceIsOneUpdate) {
    Bench bench;
    auto model = fresh(bench);
    auto once = bench.fire(train(), model);
    auto twice = bench.fire(train(), *once);
    ASSERT_TRUE(twice);
    EXPECT_EQ(twice->update()->base.get(), model.model());
    EXPECT_EQ(twice->model()->params.floats()[0], once->model()->params.floats()[0] + 1);
}

TEST(Train, SkipsPassAndStopsReturnTheInput) {
    Bench bench;
    EXPECT_TRUE(bench.fire(train(), core::Skip{})->is_skip());
    EXPECT_THAT(bench.backend.asked, IsEmpty());
    auto model = fresh(bench);
    bench.backend.during = [&] { bench.stop.request_stop(); };
    auto made = bench.fire(train(), model);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->model(), model.model());
    EXPECT_EQ(made->update(), nullptr);
}

TEST(Train, RefusesWhatDoesNotFit) {
    Bench bench;
    auto other = test::call(test::builtins(), "linear", {{"in", test::number(5)}, {"out", test::number(2)}});
    auto model = *bench.fire(test::call(test::builtins(), "init", {{"net", test::value(other)}}));
    auto made = bench.fire(train(), model);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, core::ErrorKind::scheme);
    EXPECT_EQ(made.error().message,
              "`linear(in: 5, out: 2)` takes samples of 5 numbers, those of `synthetic` have 4");
    other = test::call(test::builtins(), "linear", {{"in", test::number(4)}, {"out", test::number(1)}});
    model = *bench.fire(test::call(test::builtins(), "init", {{"net", test::value(other)}}));
    EXPECT_EQ(bench.fire(tested(), model).error().message,
              "`linear(in: 4, out: 1)` gives 1 outputs, `synthetic` needs 2 (its classes)");
    EXPECT_THAT(bench.fire(train({}, sgd(test::number(0.1), true)), model).error().message,
                HasSubstr("Nesterov"));
}

TEST(Test, AddsMetricsAndSharesParameters) {
    Bench bench;
    auto model = fresh(bench);
    auto made = bench.fire(tested(), model);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->model()->metrics.at("loss"), (core::Metric{0.5, 20}));
    EXPECT_EQ(made->model()->metrics.at("accuracy"), (core::Metric{0.75, 20}));
    EXPECT_EQ(made->model()->params.floats().data(), model.model()->params.floats().data());
    EXPECT_THAT(bench.backend.asked.back().part, IsEmpty());
    EXPECT_EQ(bench.notes.metrics.at(0).second.size(), 2U);
    EXPECT_EQ(made->type(), "Model");

    auto update = bench.fire(train(), model);
    auto after = bench.fire(tested(), *update);
    ASSERT_NE(after->update(), nullptr);
    EXPECT_EQ(after->update()->base, update->update()->base);
    EXPECT_EQ(after->model()->metrics.size(), 3U);
}

TEST(Test, OwnPartAndTrainingSplit) {
    Bench bench;
    ASSERT_TRUE(bench.fire(tested({{"part", test::symbol("own")}}), fresh(bench)));
    EXPECT_EQ(bench.backend.asked.back().part.size(), 5U);
    EXPECT_EQ(bench.backend.asked.back().split, learn::Split::test);
    ASSERT_TRUE(bench.fire(tested({{"split", test::symbol("train")}}), fresh(bench)));
    EXPECT_EQ(bench.backend.asked.back().split, learn::Split::train);
}

TEST(Test, NanAndRegression) {
    Bench bench;
    bench.backend.accuracy = nan_value;
    auto made = bench.fire(tested(), fresh(bench));
    EXPECT_EQ(made->model()->metrics.count("accuracy"), 0U);
    bench.backend.loss = nan_value;
    made = bench.fire(tested(), fresh(bench));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().where, "scheme/feedback/[1]/client, round 3");
    EXPECT_TRUE(bench.fire(tested({{"on_nan", test::symbol("continue")}}), fresh(bench)));
}

TEST(Init, IsTheSameInEveryCopyUnlessAskedOtherwise) {
    Bench bench;
    auto call = init(), per_copy = init({{"per_copy", {true}}});
    auto at = [&](const core::Call& what, std::int64_t copy) {
        bench.actor.copy = {copy};
        return *bench.fire(what);
    };
    EXPECT_EQ(at(call, 0).model()->params, at(call, 1).model()->params);
    EXPECT_FALSE(at(per_copy, 0).model()->params == at(per_copy, 1).model()->params);
    EXPECT_EQ(at(per_copy, 1).model()->params, at(per_copy, 1).model()->params);
    auto before = at(call, 0);
    bench.seed = 8;
    EXPECT_FALSE(before.model()->params == at(call, 0).model()->params);
}

TEST(Init, CopiesShareOneBuffer) {
    Bench bench;
    auto function = *(*test::builtins().function("init"))(init(), bench.resources);
    core::State state;
    auto a = function->apply(bench.context(), state, {}), b = function->apply(bench.context(), state, {});
    EXPECT_EQ(a->model(), b->model());
    bench.actor.name = "init.2";
    auto c = function->apply(bench.context(), state, {});
    EXPECT_FALSE(a->model()->params == c->model()->params);
}

TEST(Init, FromSafetensors) {
    test::Folder folder;
    Bench bench(folder.path);
    auto model = fresh(bench);
    ASSERT_TRUE(core::write_safetensors(folder.path / "w.safetensors", model.model()->params));
    bench.seed = 99;
    auto loaded = bench.fire(init({{"from", test::text("w.safetensors")}}));
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->model()->params, model.model()->params);
    EXPECT_EQ(core::to_text(*loaded->model()->architecture), "linear(in: 4, out: 2)");
}

core::ParameterSet tensors(std::vector<core::Entry> entries) {
    core::ParameterBuffer buffer(std::make_shared<const core::Layout>(std::move(entries)));
    std::ranges::fill(buffer.bytes(), std::byte{0});
    return std::move(buffer).freeze();
}

TEST(Init, FromAFileWithWhatAnAlgorithmHasAdded) {
    test::Folder folder;
    Bench bench(folder.path);
    const auto model = fresh(bench);
    const auto& params = model.model()->params;
    const std::vector<core::Prefixed> sets{{"", &params}, {"control.", &params}};
    ASSERT_TRUE(core::write_safetensors(folder.path / "w.safetensors", core::join(sets)));
    const auto loaded = bench.fire(init({{"from", test::text("w.safetensors")}}));
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->model()->params, params);
    EXPECT_EQ(loaded->model()->extra.at("control"), params);

    auto half = tensors({{"control.layers.0.bias", core::DType::f32, {2}, 0}});
    const std::vector<core::Prefixed> some{{"", &params}, {"", &half}};
    ASSERT_TRUE(core::write_safetensors(folder.path / "w.safetensors", core::join(some)));
    EXPECT_THAT(bench.fire(init({{"from", test::text("w.safetensors")}})).error().message,
                HasSubstr("`layers.0.weight` is missing"));
}

TEST(Init, FromScriptByNameWhateverTheOrder) {
    test::Folder folder;
    Bench bench(folder.path);
    folder.write("m.pt", "a script");
    bench.backend.script = tensors(
        {{"layers.0.bias", core::DType::f32, {2}, 0}, {"layers.0.weight", core::DType::f32, {2, 4}, 0}});
    auto loaded = bench.fire(init({{"from", test::text("m.pt")}}));
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->model()->params.layout().entries()[0].name, "layers.0.weight");
}

TEST(Init, FromFilesThatDoNotFit) {
    test::Folder folder;
    Bench bench(folder.path);
    folder.write("m.pt", "a script");
    auto file = (folder.path / "m.pt").string();
    auto error = [&](const std::string& from) {
        return bench.fire(init({{"from", test::text(from)}})).error();
    };
    bench.backend.script =
        tensors({{"layers.0.weight", core::DType::f32, {2, 5}, 0}, {"other", core::DType::f32, {2}, 0}});
    EXPECT_EQ(error("m.pt").message,
              "`" + file +
                  "` does not fit linear(in: 4, out: 2): `layers.0.weight` is F32 2×5 instead of F32 2×4, "
                  "`layers.0.bias` is missing, `other` (F32 2) has no place in the net");
    EXPECT_EQ(error("m.pt").kind, core::ErrorKind::data);
    std::vector<core::Entry> many;
    for (int i = 0; i < 9; ++i)
        many.push_back({"t" + std::to_string(i), core::DType::f32, {1}, 0});
    bench.backend.script = tensors(many);
    EXPECT_THAT(error("m.pt").message, HasSubstr(", and 7 more"));
    EXPECT_THAT(error("none.pt").message,
                HasSubstr("there is no file `" + (folder.path / "none.pt").string()));
    folder.write("m.txt", "");
    EXPECT_THAT(error("m.txt").message, HasSubstr("is neither .safetensors nor .pt"));
    folder.write("bad.safetensors", "short");
    EXPECT_EQ(error("bad.safetensors").kind, core::ErrorKind::data);
}

}  // namespace
}  // namespace trama
