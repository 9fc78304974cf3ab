// Who takes part in a round: `sample` and `available`, against the exact probabilities on small cases.
#include "engine/choice.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/check_scheme.hpp"
#include "support/process.hpp"
#include "trama/lang/diagnostic.hpp"

namespace trama::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Streams = std::set<std::size_t>;
/// How likely each set of streams is.
using Chances = std::map<Streams, double>;

constexpr int rounds = 20'000;

/// The choice of a scheme with such a block in front of six clients.
class Chooses : public testing::Test {
  protected:
    static constexpr std::size_t n = 6;

    Chooses() { checker_.options.check_files = false; }

    core::Result<Choice> made(const std::string& block) {
        auto checked = checker_(fmt::format(R"(
data = synthetic(samples: 900, features: 4, classes: 3, partition: quantity(sigma: 1.0))
client = train(data, optimizer: sgd(lr: 0.1), batch: 10)
scheme = init(mlp(4, 3)) >> feedback(rounds: 9) {{ broadcast >> {} >> [| client |]^6 >> reduce(fedavg) }}
)",
                                            block));
        if (!checked.scheme) throw std::runtime_error(lang::render(checked.diagnostics));
        network_ = network::expand(*checked.scheme).value();
        for (const auto& actor : network_.actors)
            if (actor.kind == network::Kind::sample) return Choice::make(network_, actor, resources_);
        throw std::runtime_error("nobody chooses");
    }
    Choice choice(const std::string& block) {
        auto choice = made(block);
        if (!choice) throw std::runtime_error(choice.error().message);
        return std::move(*choice);
    }
    std::vector<double> samples() {
        std::vector<double> sizes;
        for (const auto& actor : network_.actors) {
            if (actor.kind != network::Kind::function || actor.copy.empty()) continue;
            const auto data = resources_.data(*actor.data).value();
            sizes.push_back(static_cast<double>(
                resources_.part(*data, learn::Split::train, actor.rank, actor.copies)->size()));
        }
        return sizes;
    }
    static Streams drawn(const Choice& choice, std::int64_t round, const std::vector<Report>& reports = {},
                         const std::vector<bool>& there = std::vector<bool>(n, true),
                         std::uint64_t seed = 3) {
        const core::Round path{round};
        core::Stream random({seed, "sample.1", 0, {}, path, "choice"});
        const auto chosen = choice(there, reports, path, random);
        Streams streams;
        for (std::size_t i = 0; i < chosen.size(); ++i)
            if (chosen[i]) streams.insert(i);
        return streams;
    }
    /// Each set comes as often as it should, within five standard deviations, and no other one.
    static void agrees(const Choice& choice, const Chances& chances, const std::vector<Report>& reports = {},
                       const std::vector<bool>& there = std::vector<bool>(n, true)) {
        std::map<Streams, int> seen;
        for (int round = 1; round <= rounds; ++round)
            ++seen[drawn(choice, round, reports, there)];
        double all = 0;
        for (const auto& [streams, chance] : chances) {
            all += chance;
            EXPECT_NEAR(seen[streams], chance * rounds, 5 * std::sqrt(rounds * chance * (1 - chance)) + 1e-9)
                << testing::PrintToString(streams);
        }
        EXPECT_NEAR(all, 1, 1e-9);
        for (const auto& [streams, times] : seen)
            EXPECT_TRUE(chances.contains(streams)) << testing::PrintToString(streams) << " " << times;
    }

    test::TemporaryFolder folder_;
    test::Checker checker_;
    network::Network network_;
    learn::Resources resources_{
        checker_.library, 0,
        [] { return core::Result<learn::Backend*>(core::fail(core::ErrorKind::run, "no backend")); },
        folder_.path()};
};

/// All ways to draw so many of them one after the other, each by its weight among those that are left.
template <class Each>
void draws(const std::vector<double>& weights, std::size_t count, const Each& each,
           std::vector<std::size_t> order = {}, double chance = 1) {
    if (order.size() == count) return each(order, chance);
    double left = 0;
    for (std::size_t i = 0; i < weights.size(); ++i)
        if (std::ranges::find(order, i) == order.end()) left += weights[i];
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (weights[i] == 0 || std::ranges::find(order, i) != order.end()) continue;
        auto longer = order;
        longer.push_back(i);
        draws(weights, count, each, longer, chance * weights[i] / left);
    }
}

Chances by_weight(const std::vector<double>& weights, std::size_t count) {
    Chances chances;
    draws(weights, count,
          [&](const auto& order, double chance) { chances[Streams(order.begin(), order.end())] += chance; });
    return chances;
}

TEST_F(Chooses, SoManyAllAlikeOften) {
    agrees(choice("sample(2)"), by_weight(std::vector<double>(n, 1), 2));
    agrees(choice("sample(5)"), by_weight(std::vector<double>(n, 1), 5));
}

TEST_F(Chooses, AShareOfThemIsRounded) {
    EXPECT_EQ(drawn(choice("sample(fraction: 50%)"), 1).size(), 3u);
    EXPECT_EQ(drawn(choice("sample(fraction: 60%)"), 1).size(), 4u);
    EXPECT_EQ(drawn(choice("sample(fraction: 1%)"), 1).size(), 1u);
    EXPECT_EQ(drawn(choice("sample(fraction: 100%)"), 1).size(), 6u);
}

TEST_F(Chooses, BySamplesWithoutReplacement) {
    const auto by_samples = choice("sample(3, by: samples)");
    const auto sizes = samples();
    ASSERT_EQ(sizes.size(), n);
    ASSERT_GT(std::ranges::max(sizes), 2 * std::ranges::min(sizes)) << "not much of a test";
    agrees(by_samples, by_weight(sizes, 3));
}

TEST_F(Chooses, ByLossTheHighestOfSomeCandidates) {
    const auto by_loss = choice("sample(2, by: loss, candidates: 4)");
    const auto expected = [&](const std::vector<Report>& reports) {
        Chances chances;
        draws(samples(), 4, [&](std::vector<std::size_t> order, double chance) {
            // Unknown is above all that is known, and of equal ones the first drawn.
            std::ranges::stable_sort(order,
                                     [&](auto a, auto b) { return reports[a].loss > reports[b].loss; });
            chances[{order[0], order[1]}] += chance;
        });
        return chances;
    };
    std::vector<Report> reports(n);
    for (std::size_t i = 0; i < n; ++i)
        reports[i].loss = std::array{0.3, 0.9, 0.1, 0.5, 0.7, 0.2}[i];
    agrees(by_loss, expected(reports), reports);
    reports[2] = {};
    reports[5] = {};
    reports[0] = {};
    agrees(by_loss, expected(reports), reports);
}

TEST_F(Chooses, ALossThatIsNoNumberIsUnknown) {
    const auto by_loss = choice("sample(2, by: loss, candidates: 6)");
    std::vector<Report> reports(n);
    for (std::size_t i = 0; i < n; ++i)
        reports[i].loss = static_cast<double>(i);
    reports[1].loss = reports[3].loss = std::numeric_limits<double>::quiet_NaN();
    for (int round = 1; round <= 50; ++round)
        EXPECT_THAT(drawn(by_loss, round, reports), ElementsAre(1, 3));
}

TEST_F(Chooses, BySpeedTheUnmeasuredFirst) {
    const auto by_speed = choice("sample(2, by: speed)");
    EXPECT_TRUE(by_speed.wants_reports());
    std::vector<Report> reports(n);
    std::vector<double> weights(n);
    for (std::size_t i = 0; i < n; ++i) {
        reports[i].seconds = std::array{1.0, 2.0, 8.0, 4.0, 1.0, 0.5}[i];
        weights[i] = 1 / reports[i].seconds;
    }
    agrees(by_speed, by_weight(weights, 2), reports);

    // One of them is always there, the other is drawn by speed.
    reports[4] = {};
    weights[4] = 0;
    Chances with_the_new;
    for (const auto& [streams, chance] : by_weight(weights, 1))
        with_the_new[{4, *streams.begin()}] = chance;
    agrees(by_speed, with_the_new, reports);

    // More of them than are asked for: all alike often.
    reports[0] = reports[2] = {};
    agrees(by_speed, {{{0, 2}, 1.0 / 3}, {{0, 4}, 1.0 / 3}, {{2, 4}, 1.0 / 3}}, reports);
}

TEST_F(Chooses, ByListsInTurn) {
    const auto lists = choice("sample(streams: [[0, 5], [3], [1, 2, 4]])");
    EXPECT_FALSE(lists.wants_reports());
    EXPECT_THAT(drawn(lists, 1), ElementsAre(0, 5));
    EXPECT_THAT(drawn(lists, 2), ElementsAre(3));
    EXPECT_THAT(drawn(lists, 3), ElementsAre(1, 2, 4));
    EXPECT_THAT(drawn(lists, 4), ElementsAre(0, 5));
}

TEST_F(Chooses, ByChanceEachForItself) {
    Chances chances;
    for (unsigned bits = 0; bits < 1U << n; ++bits) {
        Streams streams;
        double chance = 1;
        for (std::size_t i = 0; i < n; ++i) {
            const bool in = (bits >> i & 1U) != 0;
            chance *= in ? 0.3 : 0.7;
            if (in) streams.insert(i);
        }
        chances[streams] = chance;
    }
    agrees(choice("available(30%)"), chances);
    EXPECT_EQ(drawn(choice("available(100%)"), 1).size(), n);
}

TEST_F(Chooses, NobodyWhoIsNotThere) {
    const std::vector<bool> there{false, true, true, false, true, false};
    const auto two = [&](const std::vector<double>& weights) { return by_weight(weights, 2); };
    agrees(choice("sample(2)"), two({0, 1, 1, 0, 1, 0}), {}, there);
    const auto by_samples = choice("sample(2, by: samples)");
    auto weights = samples();
    for (std::size_t i = 0; i < n; ++i)
        if (!there[i]) weights[i] = 0;
    agrees(by_samples, two(weights), {}, there);

    std::vector<Report> reports(n);
    reports[1] = {3, 5};
    EXPECT_THAT(drawn(choice("sample(5, by: loss)"), 1, reports, there), ElementsAre(1, 2, 4));
    EXPECT_THAT(drawn(choice("sample(5, by: speed)"), 1, reports, there), ElementsAre(1, 2, 4));
    EXPECT_THAT(drawn(choice("sample(streams: [[0, 2, 3]])"), 1, {}, there), ElementsAre(2));
    EXPECT_THAT(drawn(choice("available(100%)"), 1, {}, there), ElementsAre(1, 2, 4));
    EXPECT_THAT(drawn(choice("sample(3)"), 1, {}, std::vector<bool>(n)), ElementsAre());
}

TEST_F(Chooses, TheSameForTheSameSeedAndEachRoundForItself) {
    const auto three = choice("sample(3)");
    int alike = 0;
    for (int round = 1; round <= rounds; ++round) {
        const auto now = drawn(three, round);
        EXPECT_EQ(now, drawn(three, round));
        if (now == drawn(three, round + 1)) ++alike;
    }
    // 20 sets are as likely each, whatever was chosen in the round before.
    EXPECT_NEAR(alike, rounds / 20.0, 5 * std::sqrt(rounds * 0.05 * 0.95));
    int seeds_alike = 0;
    for (int round = 1; round <= rounds; ++round)
        if (drawn(three, round) == drawn(three, round, {}, std::vector<bool>(n, true), 4)) ++seeds_alike;
    EXPECT_NEAR(seeds_alike, rounds / 20.0, 5 * std::sqrt(rounds * 0.05 * 0.95));
}

class Traces : public Chooses {
  protected:
    core::Result<Choice> of(const std::string& text) {
        std::ofstream(folder_.path() / "trace.txt", std::ios::binary) << text;
        return made("available(\"trace.txt\")");
    }
    /// In rounds 1, 2, ...: who is there.
    static std::vector<Streams> first(const Choice& choice, std::int64_t count) {
        std::vector<Streams> all;
        for (std::int64_t round = 1; round <= count; ++round)
            all.push_back(drawn(choice, round));
        return all;
    }
};

TEST_F(Traces, RangesPeriodAndComments) {
    const auto trace =
        of("trama-availability 1\n"
           "# all of it\n\n"
           "0 1-4   # always\n"
           "1 1-1 3-4\n"
           "\t5   2-2\n"
           "2\n"
           "period 4\n"
           "5 4-4\n");
    ASSERT_TRUE(trace) << trace.error().message;
    EXPECT_THAT(first(*trace, 6), ElementsAre(Streams{0, 1}, Streams{0, 5}, Streams{0, 1}, Streams{0, 1, 5},
                                              Streams{0, 1}, Streams{0, 5}));
    const auto once = of("trama-availability 1\n2 2-3");
    ASSERT_TRUE(once) << once.error().message;
    EXPECT_THAT(first(*once, 5), ElementsAre(Streams{}, Streams{2}, Streams{2}, Streams{}, Streams{}));
}

TEST_F(Traces, HoweverLinesEnd) {
    for (const auto* text : {"trama-availability 1\r\n0 1-2 # first\r\n\r\n3 2-2\r\nperiod 3\r\n",
                             "trama-availability 1\r\n0 1-2\r\n3 2-2\r\nperiod 3",
                             "trama-availability 1  # with a comment\n0 1-2\n3 2-2\nperiod 3"}) {
        const auto trace = of(text);
        ASSERT_TRUE(trace) << trace.error().message << " in " << text;
        EXPECT_THAT(first(*trace, 4), ElementsAre(Streams{0}, Streams{0, 3}, Streams{}, Streams{0}));
    }
}

TEST_F(Traces, SayWhatIsWrongAndWhere) {
    struct Case {
        std::string text, where, message;
    };
    const std::string head = "trama-availability 1\n";
    for (const auto& [text, where, message] : std::vector<Case>{
             {"", ":1", "the first line is not `trama-availability 1`"},
             {"trama-availability 2\n", ":1", "the first line is not `trama-availability 1`"},
             {"0 1-2\n", ":1", "the first line is not `trama-availability 1`"},
             {head + "6 1-2\n", ":2", "`6` is not a stream from 0 to 5"},
             {head + "-1 1-2\n", ":2", "`-1` is not a stream from 0 to 5"},
             {head + "1-3 4-5\n", ":2", "`1-3` is not a stream from 0 to 5"},
             {head + "99999999999999999999 1-2\n", ":2", "is not a stream from 0 to 5"},
             {head + "# x\n0 1-2 5\n", ":3", "`5` is not a range of rounds such as `3-8`"},
             {head + "0 0-2\n", ":2", "`0-2` is not a range of rounds such as `3-8`"},
             {head + "0 4-3\n", ":2", "`4-3` is not a range of rounds such as `3-8`"},
             {head + "0 1-2x\n", ":2", "`1-2x` is not a range of rounds such as `3-8`"},
             {head + "0 1-2,4-5\n", ":2", "`1-2,4-5` is not a range of rounds such as `3-8`"},
             {head + "0 1-99999999999999999999\n", ":2", "is not a range of rounds such as `3-8`"},
             {head + "period\n", ":2", "`period` takes one number of rounds"},
             {head + "period 0\n", ":2", "`period` takes one number of rounds"},
             {head + "period 4x\n", ":2", "`period` takes one number of rounds"},
             {head + "period 4 5\n", ":2", "`period` takes one number of rounds"},
             {head + "period 4\nperiod 5\n", ":3", "there are two periods, of 4 and of 5 rounds"},
             {head + "0 1-2 5-6\nperiod 4\n", ":2", "round 5 is behind the period of 4 rounds"},
         }) {
        const auto trace = of(text);
        ASSERT_FALSE(trace) << text;
        EXPECT_EQ(trace.error().kind, core::ErrorKind::data) << text;
        EXPECT_THAT(trace.error().message, HasSubstr(message)) << text;
        EXPECT_EQ(trace.error().where, (folder_.path() / "trace.txt").string() + where) << text;
        EXPECT_THAT(trace.error().hint, HasSubstr("docs/schemes.md")) << text;
    }
}

TEST_F(Traces, ThatCannotBeRead) {
    std::filesystem::create_directory(folder_.path() / "trace");
    for (const auto* name : {"trace", "missing.txt"}) {
        const auto trace = made(fmt::format("available(\"{}\")", name));
        ASSERT_FALSE(trace);
        EXPECT_EQ(trace.error().kind, core::ErrorKind::data);
        EXPECT_EQ(trace.error().message, "cannot read the availability trace");
        EXPECT_EQ(trace.error().where, (folder_.path() / name).string());
        EXPECT_FALSE(trace.error().hint.empty());
    }
}

}  // namespace
}  // namespace trama::engine
