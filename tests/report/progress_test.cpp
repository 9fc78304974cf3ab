#include "trama/report/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "trama/report/log.hpp"
#include "trama/report/metrics.hpp"
#include "trama/report/text.hpp"

namespace trama::report {
namespace {

using testing::HasSubstr;
using testing::Not;

Terminal plain() {
    return {.interactive = false, .color = false, .utf8 = false, .width = 100};
}
Terminal screen(std::size_t width = 100) {
    return {.interactive = true, .color = false, .utf8 = false, .width = width};
}

core::Metrics metrics() {
    return {{"accuracy", {0.9512, 360}}, {"loss", {0.1712, 360}}, {"train_loss", {0.2, 1437}}};
}

struct Shown {
    std::string text;
    Progress::Sink sink() {
        return [this](std::string_view more) { text += more; };
    }
};

TEST(Progress, ALinePerRoundSaysWhatPeopleLookFor) {
    Shown shown;
    Progress progress(plain(), shown.sink(), false);
    progress.begin("fedavg: loading");
    progress.round_done("feedback.1", {3}, 20, metrics());
    EXPECT_THAT(shown.text, HasSubstr("fedavg: loading ...\n"));
    EXPECT_THAT(shown.text, HasSubstr("round  3/20  accuracy 0.9512  loss 0.1712  train_loss 0.2000  "));
    EXPECT_THAT(shown.text, Not(HasSubstr("\x1b"))) << "nothing is rewritten in a file";
    EXPECT_THAT(shown.text, Not(HasSubstr("\r")));
}

TEST(Progress, WithoutAFixedNumberOfRoundsThereIsNoTotal) {
    Shown shown;
    Progress progress(plain(), shown.sink(), false);
    progress.round_done("feedback.1", {3}, 0, {});
    EXPECT_THAT(shown.text, testing::StartsWith("round 3  "));
    EXPECT_THAT(shown.text, Not(HasSubstr("left")));
}

TEST(Progress, InnerRoundsAreIndented) {
    Shown shown;
    Progress progress(plain(), shown.sink(), false);
    progress.round_done("feedback.2", {3, 1}, 2, {});
    EXPECT_EQ(shown.text, "  round 3.1/2\n");
}

TEST(Progress, LinesFitTheScreen) {
    for (const std::size_t width : {20U, 30U, 40U, 60U}) {
        Shown shown;
        Progress progress(screen(width), shown.sink(), false);
        progress.round_done("feedback.1", {1}, 1, metrics());
        EXPECT_LT(columns(shown.text), width + 1) << shown.text;
        EXPECT_THAT(shown.text, HasSubstr("round 1/1"));
    }
}

TEST(Progress, TheBarIsTakenAwayBeforeALine) {
    Shown shown;
    Progress progress(screen(), shown.sink(), false);
    progress.begin("loading");
    std::this_thread::sleep_for(
        std::chrono::milliseconds(120));  // a bar is drawn for rounds that take a while
    progress.round_done("feedback.1", {1}, 4, metrics());
    EXPECT_THAT(shown.text, HasSubstr("\r\x1b[Kround 1/4"));
    EXPECT_THAT(shown.text, HasSubstr("25 %"));
    shown.text.clear();
    progress.warn("something", "somewhere");
    EXPECT_EQ(shown.text, "\r\x1b[Kwarning: something (somewhere)\n");
    progress.round_done("feedback.1", {2}, 4, metrics());
    shown.text.clear();
    progress.end();
    EXPECT_EQ(shown.text, "\r\x1b[K");
}

TEST(Progress, QuietSaysWarningsOnly) {
    Shown shown;
    Progress progress(screen(), shown.sink(), true);
    progress.begin("loading");
    progress.round_done("feedback.1", {1}, 4, metrics());
    EXPECT_EQ(shown.text, "");
    progress.warn("something", "");
    EXPECT_EQ(shown.text, "warning: something\n");
}

TEST(Progress, TakesReportsFromManyThreads) {
    Shown shown;
    Progress progress(screen(), shown.sink(), false);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            const core::Round round{1};
            for (int i = 0; i < 1000; ++i)
                progress.fired({"a", round}, measure::Clock::now(), measure::Clock::now());
            progress.round_done("feedback.1", round, 1, {});
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_THAT(shown.text, HasSubstr("round 1/1"));
}

TEST(MetricOrder, WhatPeopleLookForComesFirst) {
    core::Metrics all = metrics();
    all["alpha"] = {1, 1};
    EXPECT_THAT(metric_order(all), testing::ElementsAre("accuracy", "loss", "train_loss", "alpha"));
    EXPECT_TRUE(metric_order({}).empty());
}

TEST(Log, KnowsItsLevels) {
    for (const auto& level : log_levels())
        EXPECT_TRUE(make_log(level)) << level;
    const auto wrong = make_log("loud");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().kind, core::ErrorKind::usage);
    EXPECT_THAT(wrong.error().message, HasSubstr("loud"));
}

TEST(Log, DebugTellsOfFirings) {
    testing::internal::CaptureStderr();
    auto log = make_log("debug");
    ASSERT_TRUE(log);
    const core::Round round{2};
    const auto now = measure::Clock::now();
    (*log)->fired({"scheme/client", round}, now, now);
    (*log)->sent("a", "b", round, 5);
    const std::string text = testing::internal::GetCapturedStderr();
    EXPECT_THAT(text, HasSubstr("scheme/client round 2 fired"));
    EXPECT_THAT(text, Not(HasSubstr("a -> b"))) << "tokens are for the level trace";
}

}  // namespace
}  // namespace trama::report
