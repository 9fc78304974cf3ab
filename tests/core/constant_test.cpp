#include "trama/core/constant.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include "trama/core/error.hpp"

namespace trama::core {
namespace {

Constant constant(Constant::Data data) {
    return Constant{std::move(data)};
}

Constant integer(std::int64_t value) {
    return constant(value);
}

Constant call(std::string function, std::vector<Argument> arguments = {}, std::string name = {}) {
    return constant(
        std::make_shared<const Call>(Call{std::move(function), std::move(name), std::move(arguments)}));
}

TEST(Constant, PrintsLiterals) {
    EXPECT_EQ(to_text(constant(true)), "true");
    EXPECT_EQ(to_text(constant(false)), "false");
    EXPECT_EQ(to_text(integer(-31)), "-31");
    EXPECT_EQ(to_text(integer(std::numeric_limits<std::int64_t>::min())), "-9223372036854775808");
    EXPECT_EQ(to_text(constant(Symbol{"iid"})), "iid");
    EXPECT_EQ(to_text(constant(std::monostate{})), "none");
}

TEST(Constant, RealsStayReals) {
    const auto real = [](double value) { return to_text(constant(value)); };
    EXPECT_EQ(real(1), "1.0");
    EXPECT_EQ(real(-0.0), "-0.0");
    EXPECT_EQ(real(0.001), "0.001");
    EXPECT_EQ(real(0.1 + 0.2), "0.30000000000000004");
    EXPECT_EQ(real(100000), "100000.0");
    EXPECT_EQ(real(123456.75), "123456.75");
    EXPECT_EQ(real(9007199254740993.0), "9007199254740992.0");
    EXPECT_EQ(real(1e16), "1e16");
    EXPECT_EQ(real(1.5e22), "1.5e22");
    EXPECT_EQ(real(0.000001), "0.000001");
    EXPECT_EQ(real(2.5e-7), "2.5e-7");
    EXPECT_EQ(real(5e-324), "5e-324");
    EXPECT_EQ(real(-std::numeric_limits<double>::infinity()), "-inf");
    EXPECT_EQ(real(std::numeric_limits<double>::quiet_NaN()), "nan");
}

TEST(Constant, EveryRealReadsBack) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 100'000; ++i) {
        const auto value = std::bit_cast<double>(random());
        if (!std::isfinite(value)) {
            continue;
        }
        const auto text = to_text(constant(value));
        ASSERT_EQ(std::strtod(text.c_str(), nullptr), value) << text;
        ASSERT_NE(text.find_first_of(".e"), std::string::npos) << text;
    }
}

TEST(Constant, FractionsPrintInPercent) {
    const auto percent = [](double share) { return to_text(constant(Fraction{share})); };
    EXPECT_EQ(percent(1.0 / 100), "1%");
    EXPECT_EQ(percent(7.0 / 100), "7%");
    EXPECT_EQ(percent(12.345 / 100), "12.345%");
    EXPECT_EQ(percent(0), "0%");
    EXPECT_EQ(percent(1), "100%");
    EXPECT_EQ(percent(0.05 / 100), "0.05%");
    // What a fraction prints is the fraction again when it is read as percent / 100.
    std::mt19937_64 random(2);
    for (int i = 0; i < 100'000; ++i) {
        const double written = static_cast<double>(random() % 1'000'000) / 10'000;
        const auto text = percent(written / 100);
        ASSERT_EQ(std::strtod(text.c_str(), nullptr) / 100, written / 100) << text;
        ASSERT_LE(text.size(), 8U) << text;
    }
}

TEST(Constant, DurationsPrintInSeconds) {
    EXPECT_EQ(to_text(constant(Duration{30})), "30s");
    EXPECT_EQ(to_text(constant(Duration{600})), "600s");
    EXPECT_EQ(to_text(constant(Duration{0.25})), "0.25s");
}

TEST(Constant, StringsAreEscaped) {
    const auto text = [](std::string value) { return to_text(constant(std::move(value))); };
    EXPECT_EQ(text("data/mnist"), R"("data/mnist")");
    EXPECT_EQ(text("a \"b\" \\ c"), R"("a \"b\" \\ c")");
    EXPECT_EQ(text("one\ntwo\tthree"), R"("one\ntwo\tthree")");
    EXPECT_EQ(text("\r\x1b"), R"("\u{d}\u{1b}")");
    EXPECT_EQ(text("caffè"), "\"caffè\"");
}

TEST(Constant, CallsPrintAsWritten) {
    const auto widths = constant(List{integer(784), integer(64), integer(10)});
    EXPECT_EQ(to_text(call("mlp", {{"widths", widths}})), "mlp(784, 64, 10)");
    EXPECT_EQ(to_text(call("fedavg")), "fedavg");
    EXPECT_EQ(to_text(call("adam", {{"lr", constant(0.001)}, {"beta1", constant(0.9)}})),
              "adam(lr: 0.001, beta1: 0.9)");
    EXPECT_EQ(
        to_text(call("f", {{"a", integer(1)}, {"rates", constant(List{constant(0.5), constant(1.0)})}})),
        "f(a: 1, rates: [0.5, 1.0])");
    EXPECT_EQ(to_text(call("train", {{"optimizer", call("sgd", {{"lr", constant(0.1)}})}}, "client")),
              "train(optimizer: sgd(lr: 0.1))");
    EXPECT_EQ(to_text(constant(List{})), "[]");
    EXPECT_EQ(to_text(call("f", {{"items", constant(List{})}})), "f(items: [])");
}

TEST(Constant, ConditionsPrint) {
    EXPECT_EQ(to_text(constant(Condition{"mean", 0, "accuracy", ">=", 0.97})), "accuracy >= 0.97");
    EXPECT_EQ(to_text(constant(Condition{"min", 0, "accuracy", ">=", 1})), "min(accuracy) >= 1.0");
    EXPECT_EQ(to_text(constant(Condition{"stream", 2, "loss", "<", 0.5})), "stream(2, loss) < 0.5");
}

TEST(Constant, ComparesByContent) {
    EXPECT_EQ(call("f", {{"a", integer(1)}}), call("f", {{"a", integer(1)}}));
    EXPECT_FALSE(call("f", {{"a", integer(1)}}) == call("f", {{"a", integer(2)}}));
    EXPECT_FALSE(call("f", {{"a", integer(1)}}) == call("f", {{"a", constant(1.0)}}));
    EXPECT_FALSE(call("f", {}, "x") == call("f", {}, "y"));
    EXPECT_FALSE(constant(Fraction{1}) == constant(1.0));
    EXPECT_EQ(constant(std::shared_ptr<const Call>()), constant(std::shared_ptr<const Call>()));
    EXPECT_FALSE(constant(std::shared_ptr<const Call>()) == call("f"));
}

TEST(Constant, FindsArguments) {
    const auto value = call("adam", {{"lr", constant(0.001)}, {"steps", integer(3)}});
    ASSERT_NE(value.call(), nullptr);
    ASSERT_NE(value.call()->find("lr"), nullptr);
    EXPECT_EQ(value.call()->find("lr")->number(), 0.001);
    EXPECT_EQ(value.call()->find("steps")->number(), 3.0);
    EXPECT_EQ(value.call()->find("beta"), nullptr);
    EXPECT_EQ(constant(true).number(), std::nullopt);
    EXPECT_EQ(integer(1).call(), nullptr);
}

TEST(Error, ExitCodes) {
    EXPECT_EQ(exit_code(ErrorKind::usage), 2);
    EXPECT_EQ(exit_code(ErrorKind::scheme), 3);
    EXPECT_EQ(exit_code(ErrorKind::data), 4);
    EXPECT_EQ(exit_code(ErrorKind::run), 5);
    EXPECT_EQ(exit_code(ErrorKind::interrupted), 130);
}

}  // namespace
}  // namespace trama::core
