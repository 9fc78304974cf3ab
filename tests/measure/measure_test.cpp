#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "trama/measure/metrics_log.hpp"
#include "trama/measure/totals.hpp"

namespace trama::measure {
namespace {

using core::Round;
using testing::ElementsAre;
using testing::HasSubstr;

std::string read(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

class Log : public testing::Test {
  protected:
    void SetUp() override {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        path_ =
            std::filesystem::path(testing::TempDir()) / (std::string("trama_log_") + test->name() + ".jsonl");
        std::filesystem::remove(path_);
    }
    void TearDown() override { std::filesystem::remove(path_); }
    static void measure(Observer& log, std::string_view actor, const Round& round, double accuracy) {
        log.measured({actor, round}, {{"accuracy", {accuracy, 10}}}, 0.5);
    }
    std::filesystem::path path_;
};

TEST_F(Log, OneObjectPerMeasurementInTheOrderOfRoundsAndActors) {
    auto log = MetricsLog::open(path_).value();
    const Round first{1};
    const Round second{2};
    measure(*log, "scheme/feedback/[1]/client", first, 0.25);
    measure(*log, "scheme/feedback/[0]/client", second, 0.75);  // a stream that runs ahead
    measure(*log, "scheme/feedback/[0]/client", first, 1);
    EXPECT_EQ(read(path_), "");
    log->round_done("scheme/feedback", first, 2, {});
    EXPECT_EQ(
        read(path_),
        "{\"round\": 1, \"actor\": \"scheme/feedback/[0]/client\", \"accuracy\": 1, \"seconds\": 0.5}\n"
        "{\"round\": 1, \"actor\": \"scheme/feedback/[1]/client\", \"accuracy\": 0.25, \"seconds\": 0.5}\n");
    EXPECT_TRUE(log->close());
    EXPECT_THAT(read(path_), HasSubstr("{\"round\": 2, "));
    EXPECT_TRUE(log->close());
}

TEST_F(Log, RoundsOfNestedFeedbacksAndOfNone) {
    auto log = MetricsLog::open(path_).value();
    const Round none;
    const Round inner{2, 1};
    const Round outer{2};
    const Round later{3, 1};
    measure(*log, "a", none, 0);
    measure(*log, "b", inner, 0);
    measure(*log, "c", later, 0);
    log->round_done("x", outer, 5, {});
    std::vector<std::string> rounds;
    std::istringstream lines(read(path_));
    for (std::string line; std::getline(lines, line);)
        rounds.push_back(nlohmann::json::parse(line)["round"].dump());
    EXPECT_THAT(rounds, ElementsAre("0", "[2,1]"));
}

TEST_F(Log, WhatIsNoNumberIsNull) {
    auto log = MetricsLog::open(path_).value();
    const Round round{1};
    log->measured({"quote \" and \xff", round}, {{"a", {NAN, 1}}, {"b", {-INFINITY, 1}}, {"c", {1e-300, 1}}},
                  0.1);
    ASSERT_TRUE(log->close());
    const auto line = nlohmann::json::parse(read(path_));
    EXPECT_TRUE(line["a"].is_null());
    EXPECT_TRUE(line["b"].is_null());
    EXPECT_EQ(line["c"], 1e-300);
    EXPECT_THAT(line["actor"].get<std::string>(), HasSubstr("quote \" and "));
}

TEST_F(Log, ErrorsAreKept) {
    const auto missing = MetricsLog::open("/nonexistent/metrics.jsonl");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, core::ErrorKind::data);
    EXPECT_EQ(missing.error().message,
              "cannot write `/nonexistent/metrics.jsonl`: No such file or directory");

    auto full = MetricsLog::open("/dev/full").value();
    const Round round{1};
    measure(*full, "a", round, 0.5);
    EXPECT_TRUE(full->status());
    full->round_done("x", round, 2, {});
    ASSERT_FALSE(full->status());
    EXPECT_EQ(full->status().error().message, "cannot write `/dev/full`: No space left on device");
    measure(*full, "a", round, 0.5);
    full->round_done("x", round, 2, {});
    EXPECT_FALSE(full->close());
}

TEST(Totals, AddsUp) {
    Totals totals;
    const Round round{1};
    const auto start = Clock::time_point{};
    const auto second = start + std::chrono::seconds(1);
    totals.phase("load", start, second);
    totals.phase("run", start, second);
    totals.phase("load", start, second);
    totals.fired({"scheme/feedback/[0]/client", round}, start, second);
    totals.fired({"scheme/feedback/[12]/client", round}, start, second);
    totals.sent("a", "b", round, 100);
    totals.sent("a", "b", round, 0);
    const auto all = totals.snapshot();
    EXPECT_EQ(all.tokens, 2u);
    EXPECT_EQ(all.bytes_moved, 100u);
    ASSERT_EQ(all.phases.size(), 2u);
    EXPECT_EQ(all.phases[0].name, "load");
    EXPECT_EQ(all.phases[0].seconds, 2.0);
    ASSERT_EQ(all.busy.size(), 1u);
    EXPECT_EQ(all.busy.begin()->first, "scheme/feedback/[*]/client");
    EXPECT_EQ(all.busy.begin()->second.firings, 2u);
    EXPECT_EQ(all.busy.begin()->second.seconds, 2.0);
}

TEST(Observers, HandEverythingOn) {
    Totals first;
    Totals second;
    Observers both;
    both.add(first);
    both.add(second);
    const Round round{1};
    both.sent("a", "b", round, 7);
    both.fired({"a", round}, {}, {});
    both.phase("run", {}, {});
    both.measured({"a", round}, {}, 0);
    both.round_done("a", round, 1, {});
    both.warn("w", "");
    for (const auto* each : {&first, &second}) {
        EXPECT_EQ(each->snapshot().bytes_moved, 7u);
        EXPECT_EQ(each->snapshot().busy.size(), 1u);
        EXPECT_EQ(each->snapshot().phases.size(), 1u);
    }
}

}  // namespace
}  // namespace trama::measure
