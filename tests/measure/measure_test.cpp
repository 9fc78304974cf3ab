#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "trama/measure/metrics_log.hpp"
#include "trama/measure/totals.hpp"
#include "trama/measure/trace.hpp"

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
    const auto& clients = all.busy.at("scheme/feedback/[*]/client");
    EXPECT_EQ(clients.actors, 2u);
    EXPECT_EQ(clients.firings, 2u);
    EXPECT_EQ(clients.seconds, 2.0);
    EXPECT_EQ(all.busy.at("a").bytes_sent, 100u);
    EXPECT_EQ(all.busy.at("a").bytes_received, 0u);
    EXPECT_EQ(all.busy.at("b").bytes_received, 100u);
}

TEST(Totals, StalenessAndDrops) {
    Totals totals;
    const Round round{1};
    for (const std::int64_t old : {0, 2, 0, 1, 0})
        totals.mixed({"mix", round}, old);
    totals.dropped({"[0]/queue", round});
    totals.dropped({"[1]/queue", round});
    const auto all = totals.snapshot();
    EXPECT_THAT(all.staleness, ElementsAre(testing::Pair(0, 3), testing::Pair(1, 1), testing::Pair(2, 1)));
    EXPECT_EQ(all.busy.at("[*]/queue").dropped, 2u);
}

TEST(Totals, TellActorsApartByPathAndNotByAddress) {
    Totals totals;
    const Round round{1};
    std::string path = "one";
    totals.fired({path, round}, {}, {});
    path.replace(0, 3, "two");  // the same memory
    totals.fired({path, round}, {}, {});
    totals.fired({std::string("one"), round}, {}, {});
    const auto busy = totals.snapshot().busy;
    ASSERT_EQ(busy.size(), 2u);
    EXPECT_EQ(busy.at("one").firings, 2u);
    EXPECT_EQ(busy.at("two").firings, 1u);
}

TEST(Totals, CountForManyActorsAtAddressesThatStay) {
    Totals totals;
    const Round round{1};
    std::vector<std::string> paths;
    for (int i = 0; i < 1000; ++i)
        paths.push_back(std::to_string(i) + "/a client with a path that is long");
    for (std::size_t times = 0; times < 3; ++times) {
        for (std::size_t i = times; i < paths.size(); ++i)  // the first two come less often
            totals.fired({paths[i], round}, {}, {});
    }
    const auto busy = totals.snapshot().busy;
    ASSERT_EQ(busy.size(), paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i)
        EXPECT_EQ(busy.at(paths[i]).firings, std::min<std::size_t>(i + 1, 3)) << paths[i];
}

class TraceFile : public Log {};

TEST_F(TraceFile, HasATrackForEachActorAndTheRounds) {
    const auto at = [](double seconds) {
        return Clock::time_point(
            std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)));
    };
    const Round round{1};
    const Round inner{1, 2};
    auto trace = Trace::open(path_, Clock::time_point{}).value();
    trace->fired({"scheme/[0]/client", round}, at(0.5), at(2));
    trace->fired({"scheme/[1]/client \"x\"", inner}, at(0), at(1));
    trace->fired({"scheme/[0]/client", round}, at(3), at(4));
    trace->round_done("scheme/feedback", round, 5, {});
    trace->mixed({"scheme/mix", round}, 3);
    trace->dropped({"scheme/queue", round});
    ASSERT_TRUE(trace->close());
    const auto json = nlohmann::json::parse(read(path_));
    std::vector<std::string> events;
    std::map<int, std::string> tracks;
    for (const auto& event : json["traceEvents"]) {
        const std::string kind = event["ph"];
        if (kind == "M") {
            tracks[event["tid"]] = event["args"]["name"];
        } else if (kind == "X") {
            events.push_back(tracks.at(event["tid"]) + " " + event["ts"].dump() + " " + event["dur"].dump() +
                             " " + event["args"]["round"].dump());
        } else {
            EXPECT_EQ(kind, "i");
            events.push_back(event["name"].get<std::string>() + " " + event["ts"].dump());
        }
    }
    EXPECT_THAT(events, ElementsAre("scheme/[0]/client 500000.0 1500000.0 1",
                                    "scheme/[1]/client \"x\" 0.0 1000000.0 [1,2]",
                                    "scheme/[0]/client 3000000.0 1000000.0 1", "round 1 4000000.0",
                                    "staleness 3 4000000.0", "dropped 4000000.0"));
}

TEST_F(TraceFile, EndsWithANoteWhenItIsFull) {
    auto trace = Trace::open(path_, Clock::time_point{}, 2).value();
    const Round round{1};
    for (int i = 0; i < 5; ++i)
        trace->fired({"a", round}, {}, {});
    EXPECT_EQ(trace->left_out(), 3u);
    ASSERT_TRUE(trace->close());
    const auto json = nlohmann::json::parse(read(path_));
    EXPECT_EQ(json["traceEvents"].size(), 3u);  // the track's name, too
    EXPECT_EQ(json["otherData"]["left_out"], 3);
}

TEST_F(TraceFile, SaysWhatItCannotWrite) {
    const auto missing = Trace::open("/nonexistent/trace.json", {});
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, core::ErrorKind::data);
    auto full = Trace::open("/dev/full", {}).value();
    EXPECT_FALSE(full->close());
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
        EXPECT_EQ(each->snapshot().busy.at("a").firings, 1u);
        EXPECT_EQ(each->snapshot().phases.size(), 1u);
    }
}

}  // namespace
}  // namespace trama::measure
