#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>

#include "support.hpp"

namespace trama {
namespace {

using test::Bench;
using test::Folder;
using testing::ElementsAre;
using testing::HasSubstr;

std::string digits_text() {
    gzFile file = ::gzopen(TRAMA_SOURCE_DIR "/data/digits/digits.csv.gz", "rb");
    std::string text(1 << 20, '\0');
    text.resize(static_cast<std::size_t>(::gzread(file, text.data(), 1 << 20)));
    ::gzclose(file);
    return text;
}

TEST(Digits, AreFoundAndEveryFifthIsForTesting) {
    Bench bench;
    auto data = bench.resources.data(test::call(test::builtins(), "digits"));
    ASSERT_TRUE(data) << data.error().message;
    const auto& digits = **data;
    EXPECT_EQ(digits.train.count, 1438);
    EXPECT_EQ(digits.test.count, 359);
    EXPECT_THAT(digits.shape, ElementsAre(1, 8, 8));
    EXPECT_EQ(digits.class_names.size(), 10U);
    EXPECT_THAT(digits.scale, ElementsAre(1.0F / 16.0F));

    std::istringstream lines(digits_text());
    std::string line;
    std::size_t train = 0, test = 0;
    for (int number = 0; std::getline(lines, line); ++number) {
        const auto& side = number % 5 == 4 ? digits.test : digits.train;
        auto& at = number % 5 == 4 ? test : train;
        std::istringstream fields(line);
        std::string field;
        for (std::size_t i = 0; i < 64; ++i) {
            std::getline(fields, field, ',');
            ASSERT_EQ(side.bytes[at * 64 + i], std::stoi(field)) << number;
        }
        std::getline(fields, field, ',');
        ASSERT_EQ(side.labels[at], std::stoi(field)) << number;
        ++at;
    }
    EXPECT_EQ(train + test, 1797U);
    auto facts = test::builtins().probe_data(test::call(test::builtins(), "digits"));
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->samples, digits.train.count);
}

TEST(Digits, DamagedOrMissing) {
    Folder folder;
    auto call = test::call(test::builtins(), "digits", {{"dir", test::text(folder.path.string())}});
    auto error = [&](const std::string& content) {
        folder.write("digits.csv.gz", content);
        return Bench().resources.data(call).error().message;
    };
    EXPECT_THAT(
        Bench().resources.data(call).error().message,
        HasSubstr("the digits are not here: there is no `" + (folder.path / "digits.csv.gz").string()));
    EXPECT_FALSE(test::builtins().probe_data(call));
    auto text = digits_text();
    EXPECT_THAT(error(text.substr(0, text.size() / 2)), HasSubstr("fields in line"));
    EXPECT_THAT(error(text.substr(0, text.find('\n') + 1)), HasSubstr("has 1 images, the data set has 1797"));
    text[0] = '9', text[1] = '9';
    EXPECT_THAT(error(text), HasSubstr("fields in line 1"));
    EXPECT_THAT(error("17" + digits_text().substr(1)),
                HasSubstr("has `17` in line 1, column 0, where 0 to 16 is expected"));
    EXPECT_THAT(error(test::gzip(digits_text()).substr(0, 1000)), HasSubstr("is cut short"));
}

TEST(Synthetic, BalancedClassesAroundTheirCentres) {
    Bench bench;
    auto made = test::call(test::builtins(), "synthetic",
                           {{"samples", test::number(4000)},
                            {"features", test::number(5)},
                            {"classes", test::number(4)},
                            {"separation", test::number(6.0)}});
    auto data = bench.resources.data(made);
    ASSERT_TRUE(data);
    const auto& train = (*data)->train;
    EXPECT_EQ(train.count, 3200);
    EXPECT_EQ((*data)->test.count, 800);
    for (int label = 0; label < 4; ++label)
        EXPECT_EQ(std::ranges::count(train.labels, label), 800);

    // Deviation from the class mean is 1 in each feature; test samples have the same centres.
    std::vector<double> mean(20), test_mean(20);
    for (std::size_t i = 0; i < 3200; ++i) {
        for (std::size_t f = 0; f < 5; ++f)
            mean[static_cast<std::size_t>(train.labels[i]) * 5 + f] += train.floats[i * 5 + f] / 800.0;
    }
    double square = 0;
    for (std::size_t i = 0; i < 3200; ++i) {
        for (std::size_t f = 0; f < 5; ++f) {
            auto off = train.floats[i * 5 + f] - mean[static_cast<std::size_t>(train.labels[i]) * 5 + f];
            square += off * off;
        }
    }
    EXPECT_NEAR(square / 16000, 1, 0.05);
    for (std::size_t i = 0; i < 800; ++i) {
        for (std::size_t f = 0; f < 5; ++f) {
            test_mean[static_cast<std::size_t>((*data)->test.labels[i]) * 5 + f] +=
                (*data)->test.floats[i * 5 + f] / 200.0;
        }
    }
    for (std::size_t i = 0; i < 20; ++i)
        EXPECT_NEAR(mean[i], test_mean[i], 0.4);
    EXPECT_TRUE(test::builtins().probe_data(made));
}

TEST(Synthetic, SeparationIsTheDistanceOfTheCentres) {
    Bench bench;
    auto data = *bench.resources.data(test::call(test::builtins(), "synthetic",
                                                 {{"samples", test::number(100)},
                                                  {"features", test::number(400)},
                                                  {"classes", test::number(50)},
                                                  {"separation", test::number(3.0)},
                                                  {"noise", test::number(0.0)}}));
    double square = 0;
    int pairs = 0;
    for (std::size_t a = 0; a < 50; ++a) {
        for (std::size_t b = 0; b < a; ++b, ++pairs) {
            for (std::size_t f = 0; f < 400; ++f) {
                auto off = double{data->train.floats[a * 400 + f]} - data->train.floats[b * 400 + f];
                square += off * off;
            }
        }
    }
    EXPECT_NEAR(std::sqrt(square / pairs), 3.0, 0.1);
}

TEST(Synthetic, SeedAndSizeDecideAllAndTheRunsSeedNothing) {
    auto read = [](int samples, int seed) {
        Bench bench;
        return *bench.resources.data(
            test::call(test::builtins(), "synthetic",
                       {{"samples", test::number(samples)}, {"seed", test::number(seed)}}));
    };
    auto a = read(100, 0);
    EXPECT_EQ(a->train.floats, read(100, 0)->train.floats);
    EXPECT_NE(a->train.floats, read(100, 1)->train.floats);
    auto longer = read(1000, 0);  // a sample does not depend on how many there are
    EXPECT_TRUE(std::equal(a->train.floats.begin(), a->train.floats.end(), longer->train.floats.begin()));
}

learn::Dataset counted(std::int64_t train, std::int64_t test) {
    learn::Dataset data;
    data.name = "counted";
    data.train.count = train;
    data.test.count = test;
    return data;
}

TEST(Partition, IidDealsEverySampleOnceInEqualParts) {
    auto data = counted(1003, 57);
    for (std::int64_t parts : {1, 2, 4, 10, 1003}) {
        auto dealt = learn::partition(data, learn::Split::train, parts, 3);
        ASSERT_TRUE(dealt);
        ASSERT_EQ(dealt->size(), static_cast<std::size_t>(parts));
        std::vector<std::uint32_t> all;
        for (const auto& part : *dealt) {
            EXPECT_GE(static_cast<std::int64_t>(part.size()), 1003 / parts);
            EXPECT_LE(static_cast<std::int64_t>(part.size()), (1003 + parts - 1) / parts);
            all.insert(all.end(), part.begin(), part.end());
        }
        EXPECT_FALSE(std::ranges::is_sorted(all));
        std::ranges::sort(all);
        std::vector<std::uint32_t> expected(1003);
        std::iota(expected.begin(), expected.end(), 0U);
        EXPECT_EQ(all, expected);
    }
}

TEST(Partition, SeedNameAndSplitDecide) {
    auto data = counted(100, 100);
    auto deal = [&](learn::Split split, std::uint64_t seed) {
        return *learn::partition(data, split, 4, seed);
    };
    auto first = deal(learn::Split::train, 1);
    EXPECT_EQ(first, deal(learn::Split::train, 1));
    EXPECT_NE(first, deal(learn::Split::train, 2));
    EXPECT_NE(first, deal(learn::Split::test, 1));
    data.name = "other";
    EXPECT_NE(first, deal(learn::Split::train, 1));
}

TEST(Partition, EmptyPartsAreAnErrorWithSizes) {
    auto data = counted(3, 2);
    auto dealt = learn::partition(data, learn::Split::train, 5, 0);
    ASSERT_FALSE(dealt);
    EXPECT_EQ(dealt.error().kind, core::ErrorKind::data);
    EXPECT_EQ(dealt.error().message,
              "`counted` has 3 train samples, which is too few for 5 parts: 2 of them would be empty");
    EXPECT_EQ(learn::partition(data, learn::Split::test, 3, 0).error().message,
              "`counted` has 2 test samples, which is too few for 3 parts: 1 of them would be empty");
    EXPECT_FALSE(learn::partition(data, learn::Split::train, 0, 0));
    data.partition = "dirichlet";
    EXPECT_EQ(learn::partition(data, learn::Split::train, 1, 0).error().kind, core::ErrorKind::scheme);
}

}  // namespace
}  // namespace trama
