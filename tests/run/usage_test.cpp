// What a run says about time, use and energy.
#include "run/usage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/check_scheme.hpp"
#include "support/process.hpp"

namespace trama::run {
namespace {

using measure::Clock;
using testing::HasSubstr;

Clock::time_point at(double seconds) {
    return Clock::time_point(
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)));
}

constexpr const char* star = R"(
data = synthetic(samples: 100, features: 20, classes: 4, partition: iid)
client = train(data, optimizer: sgd(lr: 0.1), batch: 10)
scheme = init(mlp(20, 4)) >> feedback(rounds: 9, until: accuracy >= 0.5) {
    broadcast >> [| client |]^2 >> reduce(fedavg) >> test(data)
}
)";

network::Network expanded(const test::Checker& checker) {
    return network::expand(*checker(star).scheme).value();
}

TEST(Usage, WhoIsBusyForWhichShareOfTheRun) {
    measure::Totals totals;
    const core::Round round{1};
    totals.fired({"scheme/feedback/[0]/client", round}, at(0), at(6));
    totals.fired({"scheme/feedback/[1]/client", round}, at(0), at(2));
    totals.fired({"scheme/feedback/reduce", round}, at(6), at(7));
    totals.sent("scheme/feedback/[0]/client", "scheme/feedback/reduce", round, 100);
    totals.sent("scheme/feedback/[1]/client", "scheme/feedback/reduce", round, 100);
    const auto all = uses(totals.snapshot(), 10);
    EXPECT_EQ(all.front().actor, "scheme/feedback/[*]/client");
    EXPECT_EQ(all.front().copies, 2U);
    EXPECT_DOUBLE_EQ(all.front().seconds, 8);
    EXPECT_DOUBLE_EQ(all.front().utilisation, 0.4);
    EXPECT_EQ(all.front().bytes_sent, 200U);
}

TEST(Usage, SaysWhetherTheConditionWasReached) {
    const test::Checker checker;
    const auto network = expanded(checker);
    const auto with = [&](double accuracy) {
        core::Model model;
        model.metrics["accuracy"] = {accuracy, 10};
        return reached(network, {{core::Value(std::move(model)), {3}}});
    };
    EXPECT_EQ(with(0.6), "accuracy >= 0.5");
    EXPECT_EQ(with(0.4), std::nullopt);
    EXPECT_EQ(reached(network, {}), std::nullopt);
}

TEST(Usage, MedianOfAHistogram) {
    EXPECT_EQ(median_staleness({}), 0);
    EXPECT_EQ(median_staleness({{0, 3}, {1, 1}, {7, 1}}), 0);
    EXPECT_EQ(median_staleness({{0, 1}, {2, 3}, {7, 1}}), 2);
}

TEST(Usage, TheReportHasIt) {
    Report report;
    report.uses = {{"a/[*]/client", 2, 4, 8, 0.4, 200, 100, 1}};
    report.staleness = {{0, 3}, {2, 1}};
    report.simulated = Simulated{12.5, "accuracy >= 0.5", 734};
    const auto json = nlohmann::json::parse(to_json(report));
    EXPECT_EQ(json["simulated"]["seconds"], 12.5);
    EXPECT_EQ(json["simulated"]["reached"], "accuracy >= 0.5");
    EXPECT_EQ(json["simulated"]["joules_estimated"], 734);
    EXPECT_EQ(json["actors"][0]["actor"], "a/[*]/client");
    EXPECT_EQ(json["actors"][0]["utilisation"], 0.4);
    EXPECT_EQ(json["actors"][0]["dropped"], 1);
    EXPECT_EQ(json["staleness"]["updates"]["2"], 1);
    EXPECT_EQ(json["staleness"]["median"], 0);
    EXPECT_FALSE(nlohmann::json::parse(to_json(Report{})).contains("simulated"));
}

core::Error refused(const Options& options) {
    learn::Library library;
    run::add_builtins(library);
    const auto report = run(text("scheme = init(mlp(4, 3)) >> broadcast >> [| test(synthetic(samples: 50, "
                                 "features: 4, classes: 3)) |]^2 >> reduce(fedavg)"),
                            library, options);
    if (report) ADD_FAILURE() << "it ran";
    return report ? core::Error{} : report.error();
}

TEST(Usage, OptionsAreRefusedWhereTheyMakeNoSense) {
    Options devices;
    devices.devices = "raspberry-pi-4";
    EXPECT_EQ(refused(devices).kind, core::ErrorKind::usage);
    EXPECT_THAT(refused(devices).message, HasSubstr("--devices is for the simulated engine"));
    Options no_training;
    no_training.training = false;
    EXPECT_EQ(refused(no_training).kind, core::ErrorKind::usage);
    EXPECT_THAT(refused(no_training).hint, HasSubstr("--engine simulated"));
    Options nobody;
    nobody.faults = {engine::parse_fault("drop:tset.1").value()};
    EXPECT_EQ(refused(nobody).kind, core::ErrorKind::usage);
    EXPECT_THAT(refused(nobody).hint, HasSubstr("test.1"));
    nobody.faults = {engine::parse_fault("drop:test.1[2]").value()};
    EXPECT_THAT(refused(nobody).hint, HasSubstr("copies count from 0"));
}

TEST(Usage, OptionsTraceWritesATimeline) {
    const test::TemporaryFolder folder;
    learn::Library library;
    run::add_builtins(library);
    Options options;
    options.trace = folder.path() / "trace.json";
    const auto report = run(text("scheme = init(mlp(4, 3))"), library, options);
    ASSERT_TRUE(report) << report.error().message;
    const auto json = nlohmann::json::parse(test::read_file(options.trace));
    std::vector<std::string> fired;
    for (const auto& event : json["traceEvents"])
        if (event["ph"] == "X") fired.push_back(event["name"]);
    EXPECT_THAT(fired, testing::Contains("init"));
    EXPECT_FALSE(report->uses.empty());
    options.trace = "/nonexistent/trace.json";
    const auto failed = run(text("scheme = init(mlp(4, 3))"), library, options);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, core::ErrorKind::data);
}

}  // namespace
}  // namespace trama::run
