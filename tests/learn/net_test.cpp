#include "trama/learn/net.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support.hpp"

namespace trama {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<const learn::Net> net(const std::string& name, const test::Arguments& arguments) {
    auto made = test::builtins().net(test::call(test::builtins(), name, arguments));
    if (!made) throw std::runtime_error(made.error().message);
    return *made;
}

std::int64_t parameters(const learn::Net& net) {
    return static_cast<std::int64_t>(net.params->bytes() / sizeof(float));
}

std::vector<std::string> names(const core::Layout& layout) {
    std::vector<std::string> all;
    for (const auto& entry : layout.entries())
        all.push_back(entry.name);
    return all;
}

TEST(Nets, Linear) {
    auto made = net("linear", {{"in", test::number(4)}, {"out", test::number(3)}});
    EXPECT_THAT(made->input, ElementsAre(4));
    EXPECT_EQ(made->outputs, 3);
    EXPECT_THAT(names(*made->params), ElementsAre("layers.0.weight", "layers.0.bias"));
    EXPECT_THAT(made->params->find("layers.0.weight")->shape, ElementsAre(3, 4));
    EXPECT_THAT(made->params->find("layers.0.bias")->shape, ElementsAre(3));
    EXPECT_EQ(made->call->function, "linear");
}

TEST(Nets, Mlp) {
    auto made = net("mlp", {{"sizes", test::numbers({784, 64, 32, 10})}});
    EXPECT_EQ(parameters(*made), 784 * 64 + 64 + 64 * 32 + 32 + 32 * 10 + 10);
    EXPECT_THAT(names(*made->params), ElementsAre("layers.0.weight", "layers.0.bias", "layers.2.weight",
                                                  "layers.2.bias", "layers.4.weight", "layers.4.bias"));
    EXPECT_EQ(made->layers[1].kind, learn::Layer::Kind::relu);
    EXPECT_EQ(made->layers.size(), 5U);
}

TEST(Nets, CnnOfTheFedAvgPaperHas1663370Parameters) {
    auto made = net("cnn", {});
    EXPECT_EQ(parameters(*made), 1663370);
    EXPECT_THAT(made->input, ElementsAre(1, 28, 28));
    EXPECT_EQ(made->outputs, 10);
    EXPECT_THAT(made->params->find("layers.3.weight")->shape, ElementsAre(64, 32, 5, 5));
    EXPECT_THAT(made->params->find("layers.7.weight")->shape, ElementsAre(512, 3136));
}

TEST(Nets, CnnOfOtherShapes) {
    auto digits = net("cnn", {{"input", test::numbers({1, 8, 8})}});
    EXPECT_THAT(digits->params->find("layers.7.weight")->shape, ElementsAre(512, 256));
    auto odd = net("cnn", {{"classes", test::number(7)}, {"input", test::numbers({3, 33, 30})}});
    EXPECT_THAT(odd->params->find("layers.0.weight")->shape, ElementsAre(32, 3, 5, 5));
    EXPECT_THAT(odd->params->find("layers.7.weight")->shape, ElementsAre(512, 64 * 8 * 7));
    auto call = test::call(test::builtins(), "cnn", {{"input", test::numbers({28, 28})}});
    EXPECT_EQ(test::builtins().net(call).error().message,
              "cnn takes images of at least 4×4 pixels as [channels, rows, columns], not [28, 28]");
    EXPECT_FALSE(test::builtins().probe_net(
        test::call(test::builtins(), "cnn", {{"input", test::numbers({1, 3, 8})}})));
}

TEST(Nets, LeNet5Has61706ParametersForMnist) {
    auto made = net("lenet5", {});
    EXPECT_EQ(parameters(*made), 61706);
    EXPECT_THAT(made->input, ElementsAre(1, 28, 28));
    EXPECT_THAT(made->params->find("layers.7.weight")->shape, ElementsAre(120, 400));
}

TEST(Nets, LeNet5OfOtherShapes) {
    // 32×32 as in the paper, without a border: as many numbers reach the 120 neurons; two channels more go
    // in.
    auto colours = net("lenet5", {{"input", test::numbers({3, 32, 32})}});
    EXPECT_EQ(parameters(*colours), 61706 + 2 * 6 * 25);
    EXPECT_EQ(net("lenet5", {{"classes", test::number(62)}})->outputs, 62);
    EXPECT_THAT(
        net("lenet5", {{"input", test::numbers({1, 12, 14})}})->params->find("layers.7.weight")->shape,
        ElementsAre(120, 16 * 1 * 1));
    auto call = test::call(test::builtins(), "lenet5", {{"input", test::numbers({1, 8, 8})}});
    EXPECT_THAT(test::builtins().net(call).error().message,
                HasSubstr("at least 12×12 pixels as [channels, rows, columns], not [1, 8, 8]"));
}

TEST(Nets, ResNet20Has269722ParametersForCifar) {
    for (const char* norm : {"group", "batch"}) {
        auto made = net("resnet20", {{"norm", test::symbol(norm)}});
        EXPECT_EQ(parameters(*made), 269722) << norm;
        EXPECT_EQ(std::ranges::count(made->layers, learn::Layer::Kind::conv2d, &learn::Layer::kind), 19);
        EXPECT_EQ(std::ranges::count_if(made->layers, learn::is_normalisation), 19);
        // 7 convolutions of 16 channels, 6 of 32, 6 of 64; a mean and a variance each
        EXPECT_EQ(made->buffers->bytes() / sizeof(float),
                  norm == std::string("batch") ? 2 * (7 * 16 + 6 * 32 + 6 * 64) : 0);
    }
    EXPECT_EQ(parameters(*net("resnet20", {{"input", test::numbers({1, 28, 28})}})), 269722 - 2 * 16 * 9);
    auto call = test::call(test::builtins(), "resnet20", {{"input", test::numbers({3, 3, 8})}});
    EXPECT_THAT(test::builtins().net(call).error().message, HasSubstr("at least 4×4 pixels"));
}

TEST(Nets, CharLstmHasTheShapeOfTheFedAvgPaper) {
    auto made = net("char_lstm", {});
    EXPECT_EQ(parameters(*made), 819920);
    EXPECT_THAT(made->input, ElementsAre(80));
    EXPECT_EQ(made->outputs, 80);
    // The paper counts 866,578: that is 258 characters (bytes, begin and end), in cells with one bias instead
    // of libtorch's two, and with peepholes (three weights a cell).
    auto bytes = net("char_lstm", {{"characters", test::number(258)}});
    EXPECT_EQ(parameters(*bytes) - 2 * 4 * 256 + 2 * 3 * 256, 866578);
}

TEST(Nets, ProbeSaysShapes) {
    auto facts =
        test::builtins().probe_net(test::call(test::builtins(), "mlp", {{"sizes", test::numbers({64, 10})}}));
    ASSERT_TRUE(facts);
    EXPECT_THAT(facts->input, ElementsAre(64));
    EXPECT_EQ(facts->classes, 10);

    auto shape = [](const char* net) {
        return test::builtins().probe_net(test::call(test::builtins(), net))->input;
    };
    EXPECT_THAT(shape("lenet5"), ElementsAre(1, 28, 28));
    EXPECT_THAT(shape("resnet20"), ElementsAre(3, 32, 32));
    EXPECT_THAT(shape("char_lstm"), ElementsAre(80));
}

TEST(Nets, ScriptsStartFromWhatTheyHold) {
    auto start = std::make_shared<core::Model>();
    start->params = test::model({1, 2}).params;
    learn::Net script;
    script.start = start;
    script.call = std::make_shared<const core::Call>(core::Call{"model", {}, {}});
    core::Stream stream(1, 2);
    auto model = learn::initialise(script, stream);
    EXPECT_THAT(model.params.floats(), ElementsAre(1, 2));
    EXPECT_EQ(model.architecture, script.call);
}

learn::Layer layer(learn::Layer::Kind kind, std::int64_t in = 0, std::int64_t out = 0) {
    learn::Layer made;
    made.kind = kind;
    made.in = in;
    made.out = out;
    return made;
}

TEST(Nets, AssembleFindsSizesThatDoNotFit) {
    using Kind = learn::Layer::Kind;
    EXPECT_EQ(learn::assemble({4}, {layer(Kind::linear, 4, 3), layer(Kind::linear, 2, 1)}).error().message,
              "layers.1 takes 2 features, but 3 comes in");
    EXPECT_EQ(learn::assemble({2, 4, 4}, {layer(Kind::linear, 32, 3)}).error().message,
              "layers.0 takes 32 features, but 2×4×4 comes in");
    EXPECT_EQ(learn::assemble({2, 4, 4}, {layer(Kind::relu)}).error().message,
              "a net must end in one number per class, this one gives 2×4×4");
    auto pool = layer(Kind::max_pool2d);
    pool.kernel = pool.stride = 5;
    EXPECT_THAT(learn::assemble({2, 4, 4}, {pool}).error().message,
                HasSubstr("at least 5×5 pixels, but 2×4×4 comes in"));
    EXPECT_TRUE(learn::assemble({2, 4, 4}, {layer(Kind::flatten), layer(Kind::linear, 32, 3)}));
}

TEST(Initialise, IsUniformWithinTheBoundOfEachLayer) {
    auto made = net("mlp", {{"sizes", test::numbers({400, 50, 10})}});
    core::Stream stream(1, 2);
    auto model = learn::initialise(*made, stream);
    EXPECT_EQ(model.params.layout(), *made->params);
    EXPECT_EQ(model.architecture, made->call);
    for (auto [name, fan_in] : {std::pair("layers.0", 400.0), std::pair("layers.2", 50.0)}) {
        auto bound = 1 / std::sqrt(fan_in);
        double square = 0, highest = 0;
        auto values = model.params.floats(*made->params->find(std::string(name) + ".weight"));
        for (auto value : values) {
            square += double{value} * value;
            highest = std::max(highest, std::abs(double{value}));
        }
        EXPECT_LE(highest, bound * (1 + 1e-7));
        EXPECT_GT(highest, bound * 0.95);
        EXPECT_NEAR(square / static_cast<double>(values.size()), bound * bound / 3, bound * bound * 0.1);
        for (auto value : model.params.floats(*made->params->find(std::string(name) + ".bias")))
            EXPECT_LE(std::abs(value), bound);
    }
}

TEST(Initialise, StartsOtherLayersAsLibtorchDoes) {
    auto residual = net("resnet20", {{"norm", test::symbol("batch")}});
    core::Stream stream(1, 2);
    auto model = learn::initialise(*residual, stream);
    EXPECT_THAT(model.params.floats(*residual->params->find("layers.1.weight")), Each(1.0F));
    EXPECT_THAT(model.params.floats(*residual->params->find("layers.1.bias")), Each(0.0F));
    EXPECT_THAT(model.buffers.floats(*residual->buffers->find("layers.1.running_mean")), Each(0.0F));
    EXPECT_THAT(model.buffers.floats(*residual->buffers->find("layers.1.running_var")), Each(1.0F));

    auto text = net("char_lstm", {{"hidden", test::number(64)}});
    model = learn::initialise(*text, stream);
    double square = 0;
    auto embedding = model.params.floats(*text->params->find("layers.0.weight"));
    for (auto value : embedding)
        square += double{value} * value;
    EXPECT_NEAR(square / static_cast<double>(embedding.size()), 1, 0.25);
    for (const char* name : {"layers.1.weight_ih", "layers.1.weight_hh", "layers.2.bias_hh"}) {
        auto values = model.params.floats(*text->params->find(name));
        EXPECT_LE(std::ranges::max(values), 0.125F) << name;  // 1/√64, although 8 features come in
        EXPECT_GT(std::ranges::max(values), 0.11F) << name;
    }
}

TEST(Initialise, DrawsInTheOrderOfTheLayout) {
    auto made = net("linear", {{"in", test::number(4)}, {"out", test::number(2)}});
    core::Stream stream(5, 6), again(5, 6);
    auto model = learn::initialise(*made, stream);
    for (auto value : model.params.floats())
        EXPECT_EQ(value, static_cast<float>(again.uniform(-0.5, 0.5)));
}

}  // namespace
}  // namespace trama
