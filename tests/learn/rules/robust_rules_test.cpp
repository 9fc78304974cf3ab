// Each rule against its definition, written out in plain doubles on small random inputs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "learn/folding/order_statistics.hpp"
#include "support.hpp"

namespace trama {
namespace {

using test::number;
using test::Server;
using test::symbol;
using testing::ElementsAre;
using testing::HasSubstr;

using Points = std::vector<std::vector<double>>;
constexpr auto nan = std::numeric_limits<float>::quiet_NaN();
constexpr auto infinity = std::numeric_limits<float>::infinity();

Points draw(core::Stream& stream, std::size_t count, std::size_t size) {
    Points points(count, std::vector<double>(size));
    for (auto& point : points)
        for (auto& value : point)
            value = static_cast<double>(static_cast<float>(stream.normal()));
    return points;
}

core::Values values_of(const Points& points, std::shared_ptr<const core::Model> base = nullptr) {
    core::Values values;
    for (std::size_t i = 0; i < points.size(); ++i) {
        auto model = test::model({points[i].begin(), points[i].end()}, static_cast<double>(1 + 10 * i));
        if (base == nullptr)
            values.emplace_back(std::move(model));
        else
            values.push_back(test::update(model, base));
    }
    return values;
}

std::vector<double> fold(const std::string& rule, const test::Arguments& arguments,
                         const core::Values& values) {
    auto folded = Server(rule, arguments).fold(values);
    if (!folded) throw std::runtime_error(folded.error().message);
    const auto all = folded->model()->params.floats();
    return {all.begin(), all.end()};
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
    double all = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        all += (a[i] - b[i]) * (a[i] - b[i]);
    return std::sqrt(all);
}

std::vector<double> column(const Points& points, std::size_t at) {
    std::vector<double> values;
    for (const auto& point : points)
        values.push_back(point[at]);
    std::ranges::sort(values);
    return values;
}

std::vector<double> mean(const Points& points) {
    std::vector<double> made(points.front().size());
    for (std::size_t i = 0; i < made.size(); ++i) {
        for (const auto& point : points)
            made[i] += point[i] / static_cast<double>(points.size());
    }
    return made;
}

double median(const std::vector<double>& sorted) {
    return (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
}

std::vector<double> median(const Points& points) {
    std::vector<double> made;
    for (std::size_t i = 0; i < points.front().size(); ++i)
        made.push_back(median(column(points, i)));
    return made;
}

/// Scores of krum among these points; of equal ones (each other's nearest) the sum of all distances decides.
std::vector<std::pair<double, double>> krum_scores(const Points& points, int neighbours) {
    std::vector<std::pair<double, double>> scores;
    for (std::size_t i = 0; i < points.size(); ++i) {
        std::vector<double> near;
        for (std::size_t k = 0; k < points.size(); ++k)
            if (k != i) near.push_back(distance(points[i], points[k]) * distance(points[i], points[k]));
        std::ranges::sort(near);
        double score = 0;
        for (int k = 0; k < std::min<int>(neighbours, static_cast<int>(near.size())); ++k)
            score += near[static_cast<std::size_t>(k)];
        scores.emplace_back(score, std::accumulate(near.begin(), near.end(), 0.0));
    }
    return scores;
}

std::vector<std::size_t> order(const std::vector<std::pair<double, double>>& scores) {
    std::vector<std::size_t> all(scores.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    std::ranges::stable_sort(all, {}, [&](std::size_t one) { return scores[one]; });
    return all;
}

struct Drawn {
    Drawn(int least, int most)
        : stream(*rc::gen::arbitrary<std::uint64_t>(), 1),
          points(draw(stream, static_cast<std::size_t>(*rc::gen::inRange(least, most)), 33)) {}
    core::Stream stream;
    Points points;
    int count() const { return static_cast<int>(points.size()); }
};

RC_GTEST_PROP(RobustRules, MedianIsItsDefinition, ()) {
    const Drawn drawn(1, 70);
    RC_ASSERT(distance(fold("median", {}, values_of(drawn.points)), median(drawn.points)) < 1e-6);
}

RC_GTEST_PROP(RobustRules, TrimmedMeanIsItsDefinition, ()) {
    const Drawn drawn(1, 70);
    const auto f = *rc::gen::inRange(0, (drawn.count() - 1) / 2 + 1);
    std::vector<double> expected;
    for (std::size_t i = 0; i < drawn.points.front().size(); ++i) {
        const auto sorted = column(drawn.points, i);
        expected.push_back(std::accumulate(sorted.begin() + f, sorted.end() - f, 0.0) /
                           (drawn.count() - 2 * f));
    }
    RC_ASSERT(distance(fold("trimmed_mean", {{"f", number(f)}}, values_of(drawn.points)), expected) < 1e-6);
}

RC_GTEST_PROP(RobustRules, KrumAndMultiKrumAreTheirDefinitions, ()) {
    const Drawn drawn(3, 20);
    const auto f = *rc::gen::inRange(0, (drawn.count() - 3) / 2 + 1);
    const auto best = order(krum_scores(drawn.points, drawn.count() - f - 2));
    const auto values = values_of(drawn.points);
    RC_ASSERT(fold("krum", {{"f", number(f)}}, values) == drawn.points[best.front()]);
    const auto m = *rc::gen::inRange(1, drawn.count() + 1);
    Points chosen;
    for (int i = 0; i < m; ++i)
        chosen.push_back(drawn.points[best[static_cast<std::size_t>(i)]]);
    RC_ASSERT(distance(fold("multi_krum", {{"f", number(f)}, {"m", number(m)}}, values), mean(chosen)) <
              1e-6);
}

RC_GTEST_PROP(RobustRules, BulyanIsItsDefinition, ()) {
    const Drawn drawn(3, 20);
    const auto f = *rc::gen::inRange(0, (drawn.count() - 3) / 4 + 1);
    Points left = drawn.points, chosen;
    while (static_cast<int>(chosen.size()) < drawn.count() - 2 * f) {
        const auto best =
            order(krum_scores(left, std::max(1, static_cast<int>(left.size()) - f - 2))).front();
        chosen.push_back(left[best]);
        left.erase(left.begin() + static_cast<std::ptrdiff_t>(best));
    }
    std::vector<double> expected;
    for (std::size_t i = 0; i < drawn.points.front().size(); ++i) {
        auto values = column(chosen, i);
        const double middle = median(values);
        std::ranges::stable_sort(values, {}, [&](double value) { return std::abs(value - middle); });
        values.resize(values.size() - 2 * static_cast<std::size_t>(f));
        expected.push_back(std::accumulate(values.begin(), values.end(), 0.0) /
                           static_cast<double>(values.size()));
    }
    RC_ASSERT(distance(fold("bulyan", {{"f", number(f)}}, values_of(drawn.points)), expected) < 1e-5);
}

double sum_of_distances(const Points& points, const std::vector<double>& from) {
    double all = 0;
    for (const auto& point : points)
        all += distance(point, from);
    return all;
}

RC_GTEST_PROP(RobustRules, GeometricMedianHasTheLeastSumOfDistances, ()) {
    Drawn drawn(1, 12);
    const auto found = fold("geometric_median", {{"iterations", number(200)}}, values_of(drawn.points));
    const double least = sum_of_distances(drawn.points, found);
    for (int attempt = 0; attempt < 50; ++attempt) {
        auto other = found;
        const double size = attempt % 2 == 0 ? 0.3 : 0.003;
        for (auto& value : other)
            value += size * drawn.stream.normal();
        RC_ASSERT(sum_of_distances(drawn.points, other) > least - 1e-4);
    }
    for (const auto& point : drawn.points)
        RC_ASSERT(sum_of_distances(drawn.points, point) > least - 1e-4);
}

TEST(RobustRules, GeometricMedianOfKnownPoints) {
    // Of the corners of a convex quadrilateral it is where the diagonals cross.
    const Points corners{{0, 0}, {4, 0}, {3, 3}, {0, 2}};
    const auto found = fold("geometric_median", {{"iterations", number(300)}}, values_of(corners));
    EXPECT_NEAR(found[0], 4.0 / 3, 1e-5);  // y = x meets y = 2 - x/2
    EXPECT_NEAR(found[1], 4.0 / 3, 1e-5);
}

RC_GTEST_PROP(RobustRules, NormBoundIsItsDefinition, ()) {
    Drawn drawn(1, 10);
    const auto base = draw(drawn.stream, 1, 33).front();
    const double bound = 0.5 + static_cast<double>(*rc::gen::inRange(0, 30)) / 2;
    for (const bool by_samples : {false, true}) {
        auto expected = base;
        double total = 0;
        for (std::size_t k = 0; k < drawn.points.size(); ++k)
            total += by_samples ? static_cast<double>(1 + 10 * k) : 1.0;
        for (std::size_t k = 0; k < drawn.points.size(); ++k) {
            const double weight = by_samples ? static_cast<double>(1 + 10 * k) : 1.0;
            const double factor = std::min(1.0, bound / distance(drawn.points[k], base));
            for (std::size_t i = 0; i < base.size(); ++i)
                expected[i] += weight / total * factor * (drawn.points[k][i] - base[i]);
        }
        const auto values = values_of(
            drawn.points, std::make_shared<const core::Model>(test::model({base.begin(), base.end()})));
        const auto found =
            fold("norm_bound",
                 {{"bound", number(bound)}, {"weights", symbol(by_samples ? "samples" : "uniform")}}, values);
        RC_ASSERT(distance(found, expected) < 1e-5);
    }
}

RC_GTEST_PROP(RobustRules, CenteredClipIsItsDefinitionOverRounds, ()) {
    Drawn drawn(1, 10);
    const double radius = 1 + static_cast<double>(*rc::gen::inRange(0, 12));
    const auto iterations = *rc::gen::inRange(1, 4);
    Server server("centered_clip", {{"radius", number(radius)}, {"iterations", number(iterations)}});
    std::vector<double> x(33), centre(33);
    for (int round = 0; round < 3; ++round) {
        const auto points = draw(drawn.stream, drawn.points.size(), 33);
        const auto base = std::make_shared<const core::Model>(test::model({x.begin(), x.end()}));
        auto folded = server.fold(values_of(points, base));
        RC_ASSERT(static_cast<bool>(folded));
        for (int iteration = 0; iteration < iterations; ++iteration) {
            auto next = centre;
            for (const auto& point : points) {
                double norm = 0;
                for (std::size_t i = 0; i < 33; ++i)
                    norm += std::pow(point[i] - x[i] - centre[i], 2);
                const double factor = std::min(1.0, radius / std::sqrt(norm));
                for (std::size_t i = 0; i < 33; ++i)
                    next[i] += factor * (point[i] - x[i] - centre[i]) / static_cast<double>(points.size());
            }
            centre = next;
        }
        for (std::size_t i = 0; i < 33; ++i) {
            RC_ASSERT(std::abs(static_cast<double>(folded->model()->params.floats()[i]) - x[i] - centre[i]) <
                      1e-5);
            x[i] += centre[i];
        }
    }
}

TEST(Sorter, SortsEveryNumberOfInputsByTheZeroOnePrinciple) {
    // A network that sorts all zeros and ones sorts everything (Knuth); 12 inputs have 4096 such columns.
    for (std::size_t inputs = 1; inputs <= 12; ++inputs) {
        const auto columns = std::size_t{1} << inputs;
        std::vector<std::vector<float>> rows(inputs, std::vector<float>(columns));
        for (std::size_t i = 0; i < inputs; ++i)
            for (std::size_t j = 0; j < columns; ++j)
                rows[i][j] = static_cast<float>(j >> i & 1U);
        const std::vector<std::span<const float>> spans(rows.begin(), rows.end());
        learn::for_sorted(
            spans, 0, inputs, [&](std::size_t begin, std::size_t count, const learn::Sorter& sorter) {
                for (std::size_t j = 0; j < count; ++j) {
                    const auto ones = static_cast<std::size_t>(std::popcount(begin + j));
                    for (std::size_t rank = 0; rank < inputs; ++rank)
                        ASSERT_EQ(sorter.rank(rank)[j], rank >= inputs - ones ? 1 : 0) << inputs;
                }
            });
    }
}

TEST(RobustRules, WhatIsNoNumberDoesNotSpoilTheResult) {
    const Points good{{1, 2}, {1.5, 2.5}, {2, 3}, {1, 3}, {2, 2}, {1.5, 2}, {1.5, 3}};
    for (const float bad : {nan, infinity, -infinity, -nan}) {
        auto points = good;
        points[2] = {static_cast<double>(bad), static_cast<double>(bad)};
        const auto base = std::make_shared<const core::Model>(test::model({0, 0}));
        for (const auto& [rule, arguments] : std::vector<std::pair<std::string, test::Arguments>>{
                 {"median", {}},
                 {"trimmed_mean", {{"f", number(1)}}},
                 {"krum", {{"f", number(1)}}},
                 {"multi_krum", {{"f", number(1)}, {"m", number(4)}}},
                 {"bulyan", {{"f", number(1)}}},
                 {"geometric_median", {}}}) {
            const auto found = fold(rule, arguments, values_of(points));
            EXPECT_TRUE(found[0] >= 1 && found[0] <= 2 && found[1] >= 2 && found[1] <= 3)
                << rule << " " << bad << ": " << found[0] << " " << found[1];
        }
        for (const auto& [rule, bound] :
             {std::pair("norm_bound", "bound"), std::pair("centered_clip", "radius")}) {
            const auto found = fold(rule, {{bound, number(10)}}, values_of(points, base));
            EXPECT_NEAR(found[0], 8.5 / 7, 1e-6) << rule;  // six deltas, and one that counts nothing
        }
    }
}

TEST(RobustRules, AllBadIsAnErrorOrNothingMoves) {
    const Points bad(3, {static_cast<double>(nan), 1});
    EXPECT_THAT(Server("geometric_median").fold(values_of(bad)).error().message,
                HasSubstr("none of the 3 models is finite"));
    const auto base = std::make_shared<const core::Model>(test::model({4, 5}));
    EXPECT_THAT(fold("norm_bound", {{"bound", number(1)}}, values_of(bad, base)), ElementsAre(4, 5));
    EXPECT_THAT(fold("centered_clip", {{"radius", number(1)}}, values_of(bad, base)), ElementsAre(4, 5));
}

TEST(RobustRules, TooManyBadClientsAreAnErrorWithTheBound) {
    const Points points(6, {1, 2});
    const auto error = [&](const char* rule, const test::Arguments& arguments) {
        auto folded = Server(rule, arguments).fold(values_of(points));
        EXPECT_FALSE(folded) << rule;
        return folded ? "" : folded.error().message + " / " + folded.error().hint;
    };
    EXPECT_EQ(
        error("krum", {{"f", number(2)}}),
        "krum: to bear f = 2 bad clients it needs 7 models (2f + 3), and got 6 / lower `f`, or let more "
        "clients take part");
    EXPECT_THAT(error("multi_krum", {{"f", number(2)}, {"m", number(1)}}), HasSubstr("7 models (2f + 3)"));
    EXPECT_THAT(error("multi_krum", {{"f", number(1)}, {"m", number(7)}}), HasSubstr("the m = 7 best of 6"));
    EXPECT_THAT(error("bulyan", {{"f", number(1)}}), HasSubstr("7 models (4f + 3)"));
    EXPECT_THAT(error("trimmed_mean", {{"f", number(3)}}), HasSubstr("7 models (2f + 1)"));
}

TEST(RobustRules, BearOneThatIsFarOff) {
    core::Stream stream(4, 5);
    for (const double far : {1e3, 1e20, -1e30}) {
        auto points = draw(stream, 11, 40);
        points[3].assign(40, far);
        points[7].assign(40, far);
        for (const auto& [rule, arguments] : std::vector<std::pair<std::string, test::Arguments>>{
                 {"median", {}},
                 {"trimmed_mean", {{"f", number(2)}}},
                 {"krum", {{"f", number(2)}}},
                 {"multi_krum", {{"f", number(2)}, {"m", number(5)}}},
                 {"bulyan", {{"f", number(2)}}},
                 {"geometric_median", {}}}) {
            for (const double value : fold(rule, arguments, values_of(points)))
                EXPECT_LT(std::abs(value), 4) << rule << " " << far;
        }
    }
}

struct Named {
    const char* rule;
    test::Arguments arguments;
    bool exact;  ///< an order of the clients changes no bit; else rounding only
};

class EachRobustRule : public testing::TestWithParam<Named> {
  protected:
    static core::Value client(const std::vector<double>& params, double buffer,
                              const std::shared_ptr<const core::Model>& base) {
        auto made = test::model({params.begin(), params.end()}, 1 + buffer);
        made.buffers = test::set({static_cast<float>(buffer)}, "running");
        return test::update(made, base);
    }
};

TEST_P(EachRobustRule, DoesNotSeeTheOrderOfTheClients) {
    core::Stream stream(6, 7);
    for (int attempt = 0; attempt < 20; ++attempt) {
        auto points = draw(stream, 7, 50);
        auto start = test::model(std::vector<float>(50));
        start.buffers = test::set({0}, "running");
        const auto base = std::make_shared<const core::Model>(start);
        core::Values values;
        for (std::size_t i = 0; i < points.size(); ++i)
            values.push_back(client(points[i], static_cast<double>(i), base));
        values[1] = client(std::vector<double>(50, attempt % 2 == 0 ? 0.0 : -0.0), 1, base);
        const auto first = Server(GetParam().rule, GetParam().arguments).fold(values);
        std::ranges::reverse(values);
        std::rotate(values.begin(), values.begin() + 2, values.end());
        const auto second = Server(GetParam().rule, GetParam().arguments).fold(values);
        ASSERT_TRUE(first && second);
        EXPECT_TRUE(first->model()->buffers == second->model()->buffers);
        EXPECT_EQ(first->model()->weight, 28);
        const auto a = first->model()->params.floats(), b = second->model()->params.floats();
        if (GetParam().exact) {
            EXPECT_TRUE(first->model()->params == second->model()->params);
        }
        for (std::size_t i = 0; i < a.size(); ++i)
            EXPECT_NEAR(a[i], b[i], 1e-5);
    }
}

INSTANTIATE_TEST_SUITE_P(All, EachRobustRule,
                         testing::Values(Named{"median", {}, true},
                                         Named{"trimmed_mean", {{"f", number(2)}}, true},
                                         Named{"krum", {{"f", number(2)}}, true},
                                         Named{"multi_krum", {{"f", number(2)}, {"m", number(4)}}, false},
                                         Named{"bulyan", {{"f", number(1)}}, true},
                                         Named{"geometric_median", {}, false},
                                         Named{"centered_clip", {{"radius", number(5)}}, false},
                                         Named{"norm_bound", {{"bound", number(5)}}, false}),
                         [](const auto& info) { return std::string(info.param.rule); });

}  // namespace
}  // namespace trama
