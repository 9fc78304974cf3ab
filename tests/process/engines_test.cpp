// What the program says of engines and of their options.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/process.hpp"
#include "trama/engine/engine.hpp"

namespace trama::test {
namespace {

using testing::HasSubstr;

const std::string star = TRAMA_SOURCE_DIR "/examples/fedavg.trama";

bool has_fastflow() {
    const auto names = engine::engine_names();
    return std::ranges::find(names, "fastflow") != names.end();
}

TEST(EngineShow, OfAnEngineWithoutAPlanNamesThoseThatHaveOne) {
    const auto ended = trama({"show", "--engine", "threads", star});
    EXPECT_EQ(ended.code, 2);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr("`threads` has no plan to show"));
    EXPECT_THAT(ended.err,
                HasSubstr(has_fastflow() ? "there is one of fastflow" : "no engine of this build"));
}

TEST(EngineShow, OfFastFlowIsTheExpression) {
    const auto ended = trama({"show", "--engine", "fastflow", star});
    if (!has_fastflow()) {
        EXPECT_EQ(ended.code, 2);
        EXPECT_THAT(ended.err, HasSubstr("--engine takes one of simulated, threads"));
        return;
    }
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, testing::StartsWith("ff_pipeline(\n    ff_farm("));
    EXPECT_THAT(ended.out, HasSubstr("7 nodes, a thread each"));
}

TEST(EngineRun, OptionsOfFastFlowAreForFastFlow) {
    const TemporaryFolder folder;
    const auto ended =
        trama(Start{.arguments = {"run", "--fastflow", "spin", star}, .folder = folder.path()});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("--fastflow spin is for the fastflow engine, and this is `threads`"));
    EXPECT_THAT(ended.err,
                HasSubstr(has_fastflow() ? "add --engine fastflow" : "this build has no engine fastflow"));
    EXPECT_EQ(trama({"run", "--fastflow", "fast", star}).code, 2);
}

}  // namespace
}  // namespace trama::test
