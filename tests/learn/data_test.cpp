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

core::Result<std::shared_ptr<const learn::Dataset>> devices(test::Arguments more) {
    Bench bench;
    return bench.resources.data(test::call(test::builtins(), "synthetic", more));
}

TEST(Synthetic, DevicesOfFedProxAreItsNaturalParts) {
    const test::Arguments arguments{{"samples", test::number(3000)},
                                    {"features", test::number(60)},
                                    {"alpha", test::number(1.0)},
                                    {"beta", test::number(1.0)},
                                    {"partition", test::value({"natural", {}, {}})}};
    Bench bench;
    auto call = test::call(test::builtins(), "synthetic", arguments);
    auto data = *bench.resources.data(call);
    EXPECT_EQ(data->train.count + data->test.count, 3000);
    EXPECT_EQ(test::builtins().probe_data(call)->samples, data->train.count);
    ASSERT_EQ(data->group_names.size(), 30U);
    std::size_t least = 3000, most = 0;
    for (std::int64_t device = 0; device < 30; ++device) {
        auto part = *bench.resources.part(*data, learn::Split::train, device, 30);
        least = std::min(least, part.size());
        most = std::max(most, part.size());
        EXPECT_FALSE(bench.resources.part(*data, learn::Split::test, device, 30)->empty());
    }
    EXPECT_LT(least * 5, most) << "sizes differ much";
}

// With alpha = beta = 0 the middle of a device's feature j is normal (0, 1), a sample's deviation is j^-0.6.
TEST(Synthetic, SamplesOfADeviceSpreadAsTheirFeature) {
    auto data = *devices({{"samples", test::number(200000)},
                          {"features", test::number(6)},
                          {"alpha", test::number(0.0)},
                          {"beta", test::number(0.0)},
                          {"devices", test::number(4)},
                          {"test", {core::Fraction{0}}}});
    EXPECT_EQ(data->test.count, 0);
    for (std::size_t f = 0; f < 6; ++f) {
        for (std::int32_t device = 0; device < 4; ++device) {
            double sum = 0, square = 0, n = 0;
            for (std::size_t i = 0; i < data->train.groups.size(); ++i) {
                if (data->train.groups[i] != device) continue;
                double x = data->train.floats[i * 6 + f];
                sum += x, square += x * x, ++n;
            }
            auto deviation = std::sqrt(square / n - sum / n * (sum / n));
            EXPECT_NEAR(deviation * std::pow(f + 1, 0.6), 1, 6 / std::sqrt(n));
            EXPECT_LT(std::abs(sum / n), 5);
        }
    }
}

TEST(Synthetic, DevicesNeedBothNumbersAndSamples) {
    auto half = devices({{"alpha", test::number(1.0)}});
    ASSERT_FALSE(half);
    EXPECT_EQ(half.error().message, "synthetic: `alpha:` without `beta:`");
    auto few =
        devices({{"alpha", test::number(1.0)}, {"beta", test::number(1.0)}, {"samples", test::number(59)}});
    ASSERT_FALSE(few);
    EXPECT_THAT(few.error().message, HasSubstr("59 samples are too few for 30 devices"));
}

}  // namespace
}  // namespace trama
