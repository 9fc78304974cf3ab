#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "support.hpp"

namespace trama {
namespace {

using learn::Split;
using test::number;
using testing::ElementsAre;
using testing::HasSubstr;
using Parts = std::vector<learn::Part>;

core::Call partition_rule(const std::string& name, const test::Arguments& arguments = {}) {
    return test::call(test::builtins(), name, arguments);
}

/// A data set of which nothing but the sizes, and labels drawn at random, matters.
learn::Dataset labelled(std::int64_t train, std::int64_t test, std::int64_t classes, core::Call partition,
                        std::uint64_t seed = 1) {
    learn::Dataset data;
    data.name = "labelled";
    data.classes = classes;
    data.partition = std::move(partition);
    core::Stream stream(seed, 0);
    for (auto* side : {&data.train, &data.test}) {
        side->count = side == &data.train ? train : test;
        for (std::int64_t i = 0; i < side->count; ++i)
            side->labels.push_back(
                static_cast<std::int32_t>(stream.below(static_cast<std::uint64_t>(classes))));
    }
    return data;
}

learn::Dataset grouped(std::int64_t samples, std::int64_t groups) {
    auto data = labelled(samples, samples, 2, partition_rule("natural"));
    for (std::int64_t i = 0; i < groups; ++i)
        data.group_names.push_back("writer " + std::to_string(i));
    for (auto* side : {&data.train, &data.test}) {
        for (std::int64_t i = 0; i < samples; ++i)
            side->groups.push_back(static_cast<std::int32_t>(i % groups));
    }
    return data;
}

core::Result<Parts> deal(const learn::Dataset& data, std::int64_t parts, std::uint64_t seed = 3,
                         Split split = Split::train) {
    return learn::partition(test::builtins(), {data, split, parts, seed});
}

/// Every sample once, and no part empty.
void expect_whole(const Parts& parts, std::int64_t count) {
    std::vector<std::uint32_t> all, expected(static_cast<std::size_t>(count));
    for (const auto& part : parts) {
        EXPECT_FALSE(part.empty());
        all.insert(all.end(), part.begin(), part.end());
    }
    std::ranges::sort(all);
    std::iota(expected.begin(), expected.end(), 0U);
    EXPECT_EQ(all, expected);
}

/// counts[part][class]
std::vector<std::vector<double>> counts(const learn::Dataset& data, const Parts& parts,
                                        Split split = Split::train) {
    std::vector<std::vector<double>> out;
    for (const auto& part : parts) {
        out.emplace_back(static_cast<std::size_t>(data.classes));
        for (auto sample : part)
            ++out.back()[static_cast<std::size_t>(
                (split == Split::train ? data.train : data.test).labels[sample])];
    }
    return out;
}

RC_GTEST_PROP(Partition, EverySampleIsInExactlyOnePart, ()) {
    auto classes = *rc::gen::inRange<std::int64_t>(1, 12);
    auto parts = *rc::gen::inRange<std::int64_t>(1, 20);
    auto test = *rc::gen::inRange<std::int64_t>(200, 900);
    auto k = *rc::gen::inRange<std::int64_t>(1, 5);
    auto seed = *rc::gen::arbitrary<std::uint64_t>();
    auto real = static_cast<double>(*rc::gen::inRange(1, 50)) / 10;
    for (const auto& one : {partition_rule("iid"), partition_rule("dirichlet", {{"alpha", number(real)}}),
                            partition_rule("shards", {{"k", number(k)}}),
                            partition_rule("quantity", {{"sigma", number(real / 3)}}),
                            partition_rule("feature_noise", {{"sigma", number(real)}})}) {
        auto data = labelled(*rc::gen::inRange<std::int64_t>(200, 900), test, classes, one, seed);
        for (auto split : {Split::train, Split::test}) {
            auto dealt = deal(data, parts, seed, split);
            // A strong draw may leave nothing for one part: said, never dealt.
            if (!dealt) {
                RC_ASSERT(dealt.error().kind == core::ErrorKind::data);
                continue;
            }
            RC_ASSERT(dealt->size() == static_cast<std::size_t>(parts));
            expect_whole(*dealt, split == Split::train ? data.train.count : data.test.count);
            RC_ASSERT(*dealt == *deal(data, parts, seed, split));
        }
    }
}

TEST(Partition, IidDealsEqualPartsInRandomOrder) {
    auto data = labelled(1003, 57, 3, partition_rule("iid"));
    for (std::int64_t parts : {1, 2, 4, 10, 1003}) {
        auto dealt = deal(data, parts);
        ASSERT_TRUE(dealt);
        ASSERT_EQ(dealt->size(), static_cast<std::size_t>(parts));
        expect_whole(*dealt, 1003);
        for (const auto& part : *dealt) {
            EXPECT_GE(static_cast<std::int64_t>(part.size()), 1003 / parts);
            EXPECT_LE(static_cast<std::int64_t>(part.size()), (1003 + parts - 1) / parts);
        }
        EXPECT_FALSE(std::ranges::is_sorted(dealt->front()) && parts < 1003);
    }
}

TEST(Partition, SeedNameAndSplitDecide) {
    auto data = labelled(100, 100, 2, partition_rule("iid"));
    auto first = *deal(data, 4, 1);
    EXPECT_EQ(first, *deal(data, 4, 1));
    EXPECT_NE(first, *deal(data, 4, 2));
    EXPECT_NE(first, *deal(data, 4, 1, Split::test));
    data.name = "other";
    EXPECT_NE(first, *deal(data, 4, 1));
}

TEST(Partition, TooFewSamplesAreAnErrorWithSizes) {
    auto data = labelled(3, 2, 2, partition_rule("iid"));
    auto dealt = deal(data, 5);
    ASSERT_FALSE(dealt);
    EXPECT_EQ(dealt.error().kind, core::ErrorKind::data);
    EXPECT_EQ(dealt.error().message,
              "`labelled` has 3 train samples, which is too few for 5 parts: 2 of them would be empty");
    EXPECT_EQ(deal(data, 3, 0, Split::test).error().message,
              "`labelled` has 2 test samples, which is too few for 3 parts: 1 of them would be empty");
    EXPECT_FALSE(deal(data, 0));
    data.partition.function = "by_the_moon";
    EXPECT_EQ(deal(data, 1).error().kind, core::ErrorKind::scheme);
}

// The share of one class in one part is a Beta(alpha, (n - 1) alpha): mean 1/n, variance (n-1)/n² / (n alpha
// + 1).
TEST(Dirichlet, SharesHaveTheMeanAndVarianceOfTheory) {
    const std::int64_t parts = 5;
    for (double alpha : {0.1, 0.5, 2.0, 100.0}) {
        double sum = 0, square = 0;
        int drawn = 0;
        for (std::uint64_t seed = 0; seed < 60; ++seed) {
            auto data = labelled(5000, 0, 10, partition_rule("dirichlet", {{"alpha", number(alpha)}}));
            auto dealt = deal(data, parts, seed);
            ASSERT_TRUE(dealt) << dealt.error().message;
            auto by_part = counts(data, *dealt);
            for (std::size_t label = 0; label < 10; ++label) {
                double total = 0;
                for (const auto& part : by_part)
                    total += part[label];
                auto share = by_part.front()[label] / total;
                sum += share;
                square += (share - 0.2) * (share - 0.2);
                ++drawn;
            }
        }
        const double n = parts, variance = (n - 1) / (n * n) / (n * alpha + 1);
        EXPECT_NEAR(sum / drawn, 0.2, 4 * std::sqrt(variance / drawn)) << alpha;
        EXPECT_NEAR(square / drawn / variance, 1, 0.3) << alpha;
    }
}

TEST(Dirichlet, TestSamplesHaveTheSharesOfTraining) {
    auto data = labelled(20000, 20000, 10, partition_rule("dirichlet", {{"alpha", number(0.5)}}));
    auto train = counts(data, *deal(data, 8)),
         test = counts(data, *deal(data, 8, 3, Split::test), Split::test);
    for (std::size_t part = 0; part < 8; ++part) {
        for (std::size_t label = 0; label < 10; ++label)
            EXPECT_NEAR(train[part][label], test[part][label], 0.1 * train[part][label] + 3);
    }
}

TEST(Dirichlet, MinSamplesHoldOrTheErrorNamesTheParts) {
    auto data = labelled(1000, 100, 10,
                         partition_rule("dirichlet", {{"alpha", number(0.3)}, {"min_samples", number(20)}}));
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        auto dealt = deal(data, 10, seed);
        ASSERT_TRUE(dealt) << dealt.error().message;
        for (const auto& part : *dealt)
            EXPECT_GE(part.size(), 20U);
    }
    data.partition = partition_rule("dirichlet", {{"alpha", number(0.001)}});
    auto failed = deal(data, 100);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, core::ErrorKind::data);
    EXPECT_THAT(
        failed.error().message,
        testing::AllOf(
            HasSubstr(
                "`labelled`, cut by dirichlet(alpha: 0.001, min_samples: 1) into 100 parts, has 89 with no"),
            HasSubstr(" has 0, part "), HasSubstr("parts have 0 to ")));
    EXPECT_THAT(failed.error().hint, HasSubstr("larger alpha, fewer copies"));
    data.partition = partition_rule("dirichlet", {{"alpha", number(1.0)}, {"min_samples", number(11)}});
    EXPECT_EQ(
        deal(data, 100).error().message,
        "`labelled` has 1000 train samples, which is too few for 100 parts of 11 (`min_samples:`) or more");
}

TEST(Dirichlet, AnAlphaThatVanishesGivesEachClassToOnePart) {
    auto data = labelled(1000, 100, 10, partition_rule("dirichlet", {{"alpha", number(1e-6)}}));
    for (const auto& part : counts(data, *deal(data, 3))) {
        for (auto count : part)
            EXPECT_TRUE(count == 0 || count > 60) << count;
    }
}

TEST(Dirichlet, ARegressionHasNoClasses) {
    auto data = labelled(100, 10, 1, partition_rule("dirichlet", {{"alpha", number(1.0)}}));
    data.classes = 0;
    data.train.targets.assign(100, 1.0F);
    data.train.labels.clear();
    auto dealt = deal(data, 2);
    ASSERT_FALSE(dealt);
    EXPECT_EQ(dealt.error().kind, core::ErrorKind::scheme);
    EXPECT_THAT(dealt.error().message, HasSubstr("the targets of a regression"));
}

TEST(Shards, FewLabelsInPartsOfOneSize) {
    for (std::int64_t k : {1, 2, 3}) {
        auto data = labelled(6000, 1000, 10, partition_rule("shards", {{"k", number(k)}}));
        auto dealt = deal(data, 20);
        ASSERT_TRUE(dealt);
        expect_whole(*dealt, 6000);
        double labels = 0;
        for (const auto& part : counts(data, *dealt)) {
            auto some = std::ranges::count_if(part, [](double count) { return count > 0; });
            EXPECT_LE(some, 2 * k);
            labels += static_cast<double>(some);
            EXPECT_NEAR(std::accumulate(part.begin(), part.end(), 0.0), 300, static_cast<double>(k));
        }
        EXPECT_LE(labels / 20, static_cast<double>(k) + 1);
    }
}

TEST(Shards, AlignedClassesGiveOneLabelPerShardAndTheSameForTesting) {
    auto data = labelled(1000, 200, 10, partition_rule("shards", {{"k", number(2)}}));
    for (auto* side : {&data.train, &data.test}) {
        for (std::size_t i = 0; i < side->labels.size(); ++i)
            side->labels[i] = static_cast<std::int32_t>(i % 10);
    }
    auto train = counts(data, *deal(data, 10)),
         test = counts(data, *deal(data, 10, 3, Split::test), Split::test);
    for (std::size_t part = 0; part < 10; ++part) {
        for (std::size_t label = 0; label < 10; ++label) {
            EXPECT_EQ(std::fmod(train[part][label], 50), 0);
            EXPECT_EQ(train[part][label], 5 * test[part][label]);
        }
    }
}

TEST(Shards, MoreThanThereAreSamples) {
    auto data = labelled(100, 10, 2, partition_rule("shards", {{"k", number(6)}}));
    EXPECT_EQ(deal(data, 20).error().message,
              "`labelled` has 100 train samples, which is too few for 20 parts of 6 shards");
}

TEST(Quantity, SizesAreLogNormal) {
    double sum = 0, square = 0;
    int pairs = 0;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        auto data = labelled(30000, 3000, 1, partition_rule("quantity", {{"sigma", number(0.7)}}));
        data.classes = 0;
        auto dealt = deal(data, 30, seed);
        ASSERT_TRUE(dealt);
        // The log of the ratio of two sizes is normal with variance 2 sigma².
        for (std::size_t i = 0; i + 1 < 30; i += 2, ++pairs) {
            auto ratio = std::log(static_cast<double>((*dealt)[i].size()) /
                                  static_cast<double>((*dealt)[i + 1].size()));
            sum += ratio;
            square += ratio * ratio;
        }
        if (seed > 0) continue;
        expect_whole(*dealt, 30000);
        auto test = *deal(data, 30, seed, Split::test);
        for (std::size_t i = 0; i < 30; ++i)
            EXPECT_NEAR(static_cast<double>((*dealt)[i].size()) / 10, static_cast<double>(test[i].size()), 2);
    }
    EXPECT_NEAR(square / pairs, 2 * 0.7 * 0.7, 0.15);
    EXPECT_NEAR(sum / pairs, 0, 0.16);
}

TEST(Quantity, SigmaNothingIsEqualAndMuchIsSaid) {
    auto data = labelled(100, 10, 2, partition_rule("quantity", {{"sigma", number(0.0)}}));
    const auto dealt_part = *deal(data, 10);
    for (const auto& part : dealt_part)
        EXPECT_EQ(part.size(), 10U);
    data.partition = partition_rule("quantity", {{"sigma", number(900.0)}});
    auto failed = deal(data, 10);
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message, HasSubstr("has 9 with no samples: part "));
    EXPECT_THAT(failed.error().message, HasSubstr("and 4 more parts; parts have 0 to 100 train samples"));
    EXPECT_THAT(failed.error().hint, HasSubstr("smaller sigma"));
}

TEST(Natural, PartsAreDealtWholeInTurn) {
    auto data = grouped(30, 5);
    auto dealt = deal(data, 2);
    ASSERT_TRUE(dealt);
    expect_whole(*dealt, 30);
    for (std::uint32_t i = 0; i < 30; ++i)
        EXPECT_TRUE(std::ranges::count((*dealt)[i % 5 % 2], i)) << i;
    auto more = deal(data, 6);
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().kind, core::ErrorKind::scheme);
    EXPECT_EQ(more.error().message,
              "`labelled`, cut by natural, has 5 parts of its own, which is too few for 6 copies");
}

TEST(Natural, NeedsADataSetThatKnowsThem) {
    auto data = labelled(100, 10, 2, partition_rule("natural"));
    EXPECT_THAT(deal(data, 2).error().message, HasSubstr("has no natural parts"));
    data.partition = partition_rule("by", {{"column", test::text("ward")}});
    EXPECT_THAT(deal(data, 2).error().message, HasSubstr("has no columns"));
}

TEST(Natural, APartWithoutTestSamplesIsSaid) {
    auto data = grouped(30, 5);
    data.test.groups.assign(30, 1);
    EXPECT_TRUE(deal(data, 5));
    auto test = deal(data, 5, 3, Split::test);
    ASSERT_FALSE(test);
    EXPECT_EQ(test.error().message,
              "`labelled`, cut by natural into 5 parts, has 4 with no samples: part 0 has 0, part 2 has 0, "
              "part 3 has 0, part 4 has 0; parts have 0 to 30 test samples");
}

TEST(FeatureNoise, GrowsFromPartToPartAndLeavesTheDataAlone) {
    test::Bench bench;
    auto call =
        test::call(test::builtins(), "synthetic",
                   {{"samples", number(4000)},
                    {"partition", test::value(partition_rule("feature_noise", {{"sigma", number(0.8)}}))}});
    auto data = *bench.resources.data(call);
    auto clean = data->train.floats;
    auto seen = bench.resources.seen(*data, Split::train, 4);
    ASSERT_TRUE(seen);
    EXPECT_NE(*seen, data.get());
    EXPECT_EQ(data->train.floats, clean);
    EXPECT_EQ((*seen)->train.labels, data->train.labels);
    for (std::int64_t part = 0; part < 4; ++part) {
        double sum = 0, square = 0, n = 0;
        const auto dealt_sample = *bench.resources.part(*data, Split::train, part, 4);
        for (auto sample : dealt_sample) {
            for (std::size_t f = 0; f < 20; ++f, ++n) {
                auto noise = double{(*seen)->train.floats[sample * 20 + f]} - clean[sample * 20 + f];
                sum += noise;
                square += noise * noise;
            }
        }
        auto deviation = 0.2 * static_cast<double>(part + 1);
        EXPECT_NEAR(sum / n, 0, 4 * deviation / std::sqrt(n));
        EXPECT_NEAR(std::sqrt(square / n), deviation, 0.02 * deviation);
    }
    EXPECT_EQ(*bench.resources.seen(*data, Split::train, 4), *seen);
}

TEST(FeatureNoise, IsInTheUnitsThatANetSees) {
    test::Bench bench;
    auto call =
        test::call(test::builtins(), "digits",
                   {{"partition", test::value(partition_rule("feature_noise", {{"sigma", number(0.5)}}))}});
    auto data = *bench.resources.data(call);
    auto seen = *bench.resources.seen(*data, Split::test, 4);
    EXPECT_TRUE(seen->train.floats.empty());
    ASSERT_EQ(seen->test.floats.size(), data->test.bytes.size());
    EXPECT_EQ(seen->scale, data->scale);
    double square = 0, n = 0;
    const auto last = *bench.resources.part(*data, Split::test, 3, 4);
    for (auto sample : last) {
        for (std::size_t f = 0; f < 64; ++f, ++n) {
            auto at = sample * 64 + f;
            auto noise = (double{seen->test.floats[at]} - data->test.bytes[at]) / 16;
            square += noise * noise;
        }
    }
    EXPECT_NEAR(std::sqrt(square / n), 0.5, 0.02);
}

TEST(Partition, OthersSeeTheDataAsTheyAre) {
    test::Bench bench;
    auto data = *bench.resources.data(test::call(test::builtins(), "digits"));
    EXPECT_EQ(*bench.resources.seen(*data, Split::train, 4), data.get());
}

}  // namespace
}  // namespace trama
