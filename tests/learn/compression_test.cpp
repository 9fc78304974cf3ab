#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support.hpp"
#include "trama/core/delta.hpp"
#include "trama/core/random.hpp"

namespace trama {
namespace {

using test::Bench;
using test::builtins;
using test::call;
using test::number;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr bool off = false;

std::shared_ptr<const core::Model> zeros(std::size_t n) {
    return std::make_shared<const core::Model>(test::model(std::vector<float>(n)));
}

core::Update update_of(const std::shared_ptr<const core::Model>& base, const std::vector<float>& delta) {
    auto result = *base;
    auto params = base->params.copy();
    for (std::size_t i = 0; i < delta.size(); ++i)
        params.floats()[i] += delta[i];
    result.params = std::move(params).freeze();
    result.weight = 20;
    return {result, base};
}

core::Update update_of(const std::vector<float>& delta) {
    return update_of(zeros(delta.size()), delta);
}

std::vector<float> normals(std::size_t n, std::uint64_t key = 1) {
    core::Stream random(key, 0);
    std::vector<float> all(n);
    for (auto& one : all)
        one = static_cast<float>(random.normal());
    return all;
}

std::vector<float> floats(const core::Value& value) {
    const auto all = value.model()->params.floats();
    return {all.begin(), all.end()};
}

/// One client that fires one block after another, each with a state of its own.
struct Client {
    explicit Client(const std::vector<core::Call>& calls) : states(calls.size()) {
        for (const auto& one : calls)
            blocks.push_back(*(*builtins().function(one.function))(one, bench.resources));
    }
    core::Value send(core::Value value, std::int64_t round = 1) {
        bench.round = {round};
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            auto made = blocks[i]->apply(bench.context(), states[i], value);
            if (!made) throw std::runtime_error(made.error().message);
            value = *made;
        }
        return value;
    }
    Bench bench;
    std::vector<std::shared_ptr<const learn::Function>> blocks;
    std::vector<core::State> states;
};

core::Call topk(core::Constant keep, bool feedback = true) {
    return call(builtins(), "topk", {{"keep", std::move(keep)}, {"error_feedback", {feedback}}});
}
core::Call randk(core::Constant keep, bool feedback) {
    return call(builtins(), "randk", {{"keep", std::move(keep)}, {"error_feedback", {feedback}}});
}
core::Call quantize(int bits, int bucket = 512) {
    return call(builtins(), "quantize", {{"bits", number(bits)}, {"bucket", number(bucket)}});
}

TEST(TopK, KeepsTheLargestAndTheFirstOfEqualOnes) {
    Client client({topk(number(3), off)});
    const auto sent = client.send(update_of({1, -5, 2, 0, -2, 4, 2}));
    EXPECT_THAT(floats(sent), ElementsAre(0, -5, 2, 0, 0, 4, 0));
    EXPECT_EQ(sent.model()->weight, 20);
    EXPECT_TRUE(client.states[0].empty());
    // Version, shape, coding, 7 elements, 3 indices as gaps of one byte, 3 floats.
    EXPECT_EQ(core::payload_bytes(sent), 4 + 1 + 3 + 12U);
}

TEST(TopK, SharesAreRoundedAndNeverNothing) {
    const auto kept = [](core::Constant keep, std::size_t n) {
        const auto sent = floats(Client({topk(std::move(keep), off)}).send(update_of(normals(n))));
        return std::ranges::count_if(sent, [](float value) { return value != 0; });
    };
    EXPECT_EQ(kept({core::Fraction{0.07}}, 100), 7);
    EXPECT_EQ(kept({core::Fraction{0.01}}, 20), 1);
    EXPECT_EQ(kept({core::Fraction{1.0}}, 20), 20);
    EXPECT_EQ(kept(number(30), 20), 20);
}

TEST(TopK, SendsLaterWhatWasLost) {
    Client client({topk(number(1))});
    EXPECT_THAT(floats(client.send(update_of({3, 2, 0}))), ElementsAre(3, 0, 0));
    EXPECT_THAT(floats(client.send(update_of({1, 0, 0}))), ElementsAre(0, 2, 0));
    EXPECT_THAT(floats(client.send(update_of({0, 0, 0}))), ElementsAre(1, 0, 0));
    EXPECT_THAT(client.states[0].sets.at("error").floats(), ElementsAre(0, 0, 0));
}

TEST(RandK, WithoutFeedbackTheMeanIsRight) {
    const std::vector<float> delta{1, -2, 3, 4, 0.5F, -6, 7, 8, -9, 10};
    Client client({randk(number(3), off)});
    constexpr int trials = 20000;
    std::vector<double> sums(delta.size());
    for (int round = 1; round <= trials; ++round) {
        const auto sent = floats(client.send(update_of(delta), round));
        EXPECT_EQ(std::ranges::count_if(sent, [](float value) { return value != 0; }), 3);
        for (std::size_t i = 0; i < sums.size(); ++i)
            sums[i] += sent[i];
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
        // Each is 10/3 of itself with p = 0.3: its deviation is |d|·√(0.7/0.3).
        const double deviation = std::abs(delta[i]) * std::sqrt(0.7 / 0.3 / trials);
        EXPECT_NEAR(sums[i] / trials, delta[i], 4 * deviation) << i;
    }
}

TEST(RandK, WithFeedbackNothingIsScaled) {
    Client client({randk(number(2), true)});
    for (const auto value : floats(client.send(update_of({5, 5, 5, 5}))))
        EXPECT_TRUE(value == 0 || value == 5) << value;
}

TEST(Quantize, TheMeanIsRight) {
    const std::vector<float> delta{0.9F, -1, 0.1F, 0, 0.33F};
    Client client({quantize(3)});  // levels −1, −2/3, ..., 1
    constexpr int trials = 20000;
    std::vector<double> sums(delta.size());
    for (int round = 1; round <= trials; ++round) {
        const auto sent = floats(client.send(update_of(delta), round));
        for (std::size_t i = 0; i < sums.size(); ++i) {
            EXPECT_LT(std::abs(sent[i] - delta[i]), 1.0 / 3);
            sums[i] += sent[i];
        }
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
        // Two levels at a distance of 1/3, with p the place between them: the deviation is √(p(1 − p))/3.
        const double place = delta[i] * 3.0 - std::floor(delta[i] * 3.0);
        const double deviation = std::sqrt(place * (1 - place) / trials) / 3;
        EXPECT_NEAR(sums[i] / trials, delta[i], 4 * deviation + 1e-7) << i;
    }
    EXPECT_NEAR(sums[1] / trials, -1, 1e-9);
    EXPECT_EQ(sums[3], 0);
}

TEST(Quantize, HasTheSizeComputedByHand) {
    const auto bytes = [](int bits, int bucket, std::size_t n) {
        return core::payload_bytes(Client({quantize(bits, bucket)}).send(update_of(normals(n))));
    };
    // Version, shape, coding, elements (varint), bits, bucket (varint); a scale per bucket; the codes.
    EXPECT_EQ(bytes(8, 512, 1000), 3 + 2 + 1 + 2 + 2 * 4 + 1000U);
    EXPECT_EQ(bytes(4, 100, 101), 3 + 1 + 1 + 1 + 2 * 4 + 51U);
    EXPECT_EQ(bytes(3, 512, 1000), 3 + 2 + 1 + 2 + 2 * 4 + 375U);
}

TEST(Quantize, ADeltaOfNothingStaysNothing) {
    EXPECT_THAT(floats(Client({quantize(8)}).send(update_of({0, 0, 0}))), ElementsAre(0, 0, 0));
}

TEST(Quantize, AfterTopkKeepsThePlacesAndRoundsTheValues) {
    const auto delta = normals(1000);
    const auto kept = floats(Client({topk(number(50), off)}).send(update_of(delta)));
    const auto sent = Client({topk(number(50), off), quantize(8)}).send(update_of(delta));
    float largest = 0;
    for (const auto value : kept)
        largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < kept.size(); ++i) {
        EXPECT_NEAR(floats(sent)[i], kept[i], largest / 127) << i;
        if (kept[i] == 0) {
            EXPECT_EQ(floats(sent)[i], 0);
        }
    }
    // Gaps of 50 among 1000 take a byte each unless they reach 128; one scale; a byte per value.
    const auto decoded = *core::decode(sent.update()->encoded->bytes);
    const auto& shape = std::get<core::Delta::Sparse>(decoded.shape).indices;
    std::size_t gaps = shape.front() < 128 ? 1 : 2;
    for (std::size_t i = 1; i < shape.size(); ++i)
        gaps += shape[i] - shape[i - 1] - 1 < 128 ? 1 : 2;
    EXPECT_EQ(core::payload_bytes(sent), 3 + 2 + 1 + gaps + 1 + 2 + 4 + 50U);
}

core::Call sign(bool feedback) {
    return call(builtins(), "sign", {{"error_feedback", {feedback}}});
}

TEST(Sign, SendsTheMeanSizeWithEachSign) {
    Client client({sign(true)});
    const auto sent = client.send(update_of({1, -2, 0, 5}));
    EXPECT_THAT(floats(sent), ElementsAre(2, -2, 2, 2));
    EXPECT_THAT(client.states[0].sets.at("error").floats(), ElementsAre(-1, 0, -2, 3));
    EXPECT_EQ(core::payload_bytes(sent), 4 + 4 + 1U);
    // The error goes on: −1 + 0, 0 − 2, −2 + 0, 3 + 2 have the mean size 10/4.
    EXPECT_THAT(floats(client.send(update_of({0, -2, 0, 2}))), ElementsAre(-2.5, -2.5, -2.5, 2.5));
}

TEST(Sign, AfterTopkScalesWhatIsSentOnly) {
    const auto sent = Client({topk(number(2), off), sign(off)}).send(update_of({1, -4, 0, 6}));
    EXPECT_THAT(floats(sent), ElementsAre(0, -5, 0, 5));
    EXPECT_EQ(core::payload_bytes(sent), 4 + 1 + 2 + 4 + 1U);
}

TEST(Float16, RoundsToTheNearestAndStaysFinite) {
    const auto sent = Client({call(builtins(), "float16")}).send(update_of({1, 1.0004F, -1e6F, 1e-9F}));
    EXPECT_THAT(floats(sent), ElementsAre(1, 1, -65504, 0));
    EXPECT_EQ(core::payload_bytes(sent), 4 + 4 * 2U);
}

TEST(Bfloat16, RoundsToTheNearestAndStaysFinite) {
    const auto sent = Client({call(builtins(), "bfloat16")}).send(update_of({1, 1.003F, -1e6F, 3.4028e38F}));
    EXPECT_THAT(floats(sent), ElementsAre(1, 1, -999424, 0x1.fep127F));
    EXPECT_EQ(core::payload_bytes(sent), 4 + 4 * 2U);
}

core::Call lowrank(int rank, bool feedback = true) {
    return call(builtins(), "lowrank", {{"rank", number(rank)}, {"error_feedback", {feedback}}});
}

/// A matrix of 20 × 25, a vector of 20 and a matrix of 1 × 20 that factors would not make smaller.
std::shared_ptr<const core::Model> layered() {
    core::ParameterBuffer buffer(
        std::make_shared<const core::Layout>(std::vector<core::Entry>{{"w", core::DType::f32, {20, 5, 5}, 0},
                                                                      {"b", core::DType::f32, {20}, 0},
                                                                      {"v", core::DType::f32, {1, 20}, 0}}));
    std::ranges::fill(buffer.floats(), 0.0F);
    core::Model made;
    made.params = std::move(buffer).freeze();
    return std::make_shared<const core::Model>(made);
}

/// Random values whose matrix has that rank.
std::vector<float> of_rank(std::size_t rank, std::uint64_t key) {
    const auto left = normals(20 * rank, key), right = normals(25 * rank, key + 1);
    auto all = normals(540, key + 2);
    for (std::size_t row = 0; row < 20; ++row) {
        for (std::size_t column = 0; column < 25; ++column) {
            double sum = 0;
            for (std::size_t k = 0; k < rank; ++k)
                sum += static_cast<double>(left[row * rank + k]) * right[column * rank + k];
            all[row * 25 + column] = static_cast<float>(sum);
        }
    }
    return all;
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += (static_cast<double>(a[i]) - b[i]) * (static_cast<double>(a[i]) - b[i]);
    return std::sqrt(sum);
}

TEST(LowRank, IsExactWhenTheRankIsEnough) {
    for (const int rank : {3, 4, 5}) {
        Client client({lowrank(rank, off)});
        for (std::int64_t round = 1; round <= 2; ++round) {  // the second starts from the first's
            const auto delta = of_rank(3, static_cast<std::uint64_t>(10 * round));
            const auto sent = client.send(update_of(layered(), delta), round);
            EXPECT_LT(distance(floats(sent), delta), 1e-5) << rank << " in round " << round;
            // Version, shape, coding, elements (2), tensors; extents and rank of three; the values.
            const auto values = static_cast<std::size_t>(rank) * (20 + 25) + 20 + 20;
            EXPECT_EQ(core::payload_bytes(sent), 6 + 3 * 3 + 4 * values);
        }
    }
}

TEST(LowRank, TheWarmStartFindsTheLargestDirection) {
    // 10·u·vᵀ + a little: with rank 1 the best is that product, and each round starts nearer to it.
    auto delta = of_rank(1, 5);
    auto noise = normals(540, 50);
    std::vector<float> main = delta;
    for (std::size_t i = 0; i < 500; ++i) {
        main[i] *= 10;
        delta[i] = main[i] + 2 * noise[i];
    }
    Client client({lowrank(1, off)});
    const auto first = distance(floats(client.send(update_of(layered(), delta), 1)), delta);
    double last = 0;
    for (std::int64_t round = 2; round <= 12; ++round)
        last = distance(floats(client.send(update_of(layered(), delta), round)), delta);
    EXPECT_LT(last, first);
    // Another step changes nothing more: the best approximation of rank 1 has been found.
    EXPECT_NEAR(distance(floats(client.send(update_of(layered(), delta), 13)), delta), last, 1e-3);
    EXPECT_LT(last, distance(main, delta));
}

TEST(LowRank, NothingStaysNothingAndRecovers) {
    Client client({lowrank(2, off)});
    EXPECT_EQ(
        distance(floats(client.send(update_of(layered(), std::vector<float>(540)))), std::vector<float>(540)),
        0);
    const auto delta = of_rank(2, 7);
    EXPECT_LT(distance(floats(client.send(update_of(layered(), delta), 2)), delta), 1e-5);
}

/// Every way of sending less.
std::vector<std::vector<core::Call>> ways() {
    return {{topk({core::Fraction{0.1}})},
            {topk({core::Fraction{0.1}}), quantize(4)},
            {randk({core::Fraction{0.1}}, true)},
            {randk({core::Fraction{0.1}}, off)},
            {quantize(8)},
            {sign(true)},
            {topk({core::Fraction{0.5}}), sign(off)},
            {call(builtins(), "float16")},
            {topk({core::Fraction{0.1}}), call(builtins(), "bfloat16")},
            {lowrank(3)},
            {lowrank(3), call(builtins(), "float16")}};
}

/// `layered` with these parameters.
std::shared_ptr<const core::Model> layered(const std::vector<float>& values) {
    auto made = *layered();
    auto params = made.params.copy();
    std::ranges::copy(values, params.floats().begin());
    made.params = std::move(params).freeze();
    return std::make_shared<const core::Model>(made);
}

TEST(Compression, TheBytesGiveTheResultBitForBit) {
    const auto base = layered(normals(540, 2));
    for (const auto& way : ways()) {
        Client client(way), again(way);
        for (std::int64_t round = 1; round <= 3; ++round) {
            const auto update = update_of(base, normals(540, 10 + static_cast<std::uint64_t>(round)));
            const auto sent = client.send(update, round);
            ASSERT_NE(sent.update()->encoded, nullptr);
            EXPECT_EQ(sent.update()->base, base);
            const auto delta = core::decode(sent.update()->encoded->bytes);
            ASSERT_TRUE(delta) << delta.error().message;
            EXPECT_EQ(*core::add(base->params, *delta), sent.model()->params);
            EXPECT_LT(core::payload_bytes(sent), 540 * 4U);
            EXPECT_EQ(again.send(update, round).model()->params, sent.model()->params) << "not reproducible";
        }
        EXPECT_EQ(client.states, again.states);
    }
}

TEST(Compression, WhatWasSentAndTheLastErrorAreTheTruth) {
    const auto base = layered();
    for (const auto& way : ways()) {
        Client client({way.front()});
        std::vector<double> truth(540), sent(540);
        for (std::int64_t round = 1; round <= 20; ++round) {
            const auto delta = normals(540, 100 + static_cast<std::uint64_t>(round));
            const auto decoded = floats(client.send(update_of(base, delta), round));
            for (std::size_t i = 0; i < delta.size(); ++i) {
                truth[i] += delta[i];
                sent[i] += decoded[i];
            }
        }
        if (client.states[0].empty()) continue;  // without feedback
        const auto error = client.states[0].sets.at("error").floats();
        for (std::size_t i = 0; i < truth.size(); ++i)
            EXPECT_NEAR(sent[i] + error[i], truth[i], 1e-4) << way.front().function << ' ' << i;
    }
}

TEST(Compression, ASkipPassesAndBuffersTravelAsTheyAre) {
    auto update = update_of(normals(100));
    update.result.buffers = test::model({1, 2, 3}).params;
    for (const auto& way : ways()) {
        Client client(way);
        EXPECT_TRUE(client.send(core::Skip{}).is_skip());
        const auto sent = client.send(update);
        EXPECT_EQ(sent.model()->buffers, update.result.buffers);
        EXPECT_EQ(core::payload_bytes(sent), sent.update()->encoded->bytes.size() + 3 * sizeof(float));
    }
}

TEST(Compression, RefusesWhatIsNoNumberOrNoUpdate) {
    Bench bench;
    const auto bad = bench.fire(topk(number(1)), update_of({0, std::numeric_limits<float>::infinity()}));
    EXPECT_THAT(bad.error().message, HasSubstr("the value inf at element 1"));
    EXPECT_THROW((void)bench.fire(topk(number(1)), test::model({1})), std::invalid_argument);
}

}  // namespace
}  // namespace trama
