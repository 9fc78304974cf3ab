// Every example is checked; those that this build can run are run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/process.hpp"
#include "trama/engine/engine.hpp"

namespace trama::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<std::string> schemes_in(const std::string& folder) {
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(fs::path(TRAMA_SOURCE_DIR) / "examples" / folder))
        if (entry.path().extension() == ".trama")
            files.push_back((fs::path(folder) / entry.path().filename()).string());
    std::sort(files.begin(), files.end());
    return files;
}

std::string path_of(const std::string& example) {
    return (fs::path(TRAMA_SOURCE_DIR) / "examples" / example).string();
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
    return fs::path(info.param).stem().string();
}

class SlowExample : public testing::TestWithParam<std::string> {};

/// On every engine, and where the scheme is deterministic with the same model.
TEST_P(SlowExample, RunsAndLearns) {
    if (GetParam() == "mnist.trama") GTEST_SKIP() << "its data are not part of this repository";
    const auto checked = trama({"check", path_of(GetParam())});
    const bool same = checked.out.find("not deterministic") == std::string::npos;
    json models;
    for (const auto& engine : engine::engine_names()) {
        const TemporaryFolder folder;
        const auto ended =
            trama(Start{.arguments = {"run", "--json", "--engine", engine, path_of(GetParam())},
                        .folder = folder.path()});
        ASSERT_EQ(ended.code, 0) << ended.err;
        const auto result = json::parse(ended.out);
        if (GetParam() == "watched.trama") {  // it ends with what happened, not with a model
            EXPECT_THAT(result["events"][0]["text"], testing::HasSubstr("accuracy 0."));
            continue;
        }
        EXPECT_GE(result["metrics"]["accuracy"], GetParam() == "fedavg.trama" ? 0.94 : 0.8) << engine;
        if (same && !models.is_null()) {
            EXPECT_EQ(models, result["model_hash"]) << engine;
        }
        models = result["model_hash"];
        ASSERT_FALSE(models.is_null());
    }
}

class Example : public testing::TestWithParam<std::string> {};

TEST_P(Example, IsRightAndFormatted) {
    const auto checked = trama({"check", path_of(GetParam())});
    // MNIST is not part of this repository: its files are all that may be missing.
    EXPECT_EQ(checked.code, GetParam() == "mnist.trama" && checked.code == 4 ? 4 : 0) << checked.err;
    EXPECT_EQ(trama({"fmt", "--check", path_of(GetParam())}).code, 0) << "trama fmt " << path_of(GetParam());
    EXPECT_THAT(read_file(path_of(GetParam())), testing::StartsWith("# ")) << "an example says what it shows";
}

class LaterExample : public testing::TestWithParam<std::string> {};

TEST_P(LaterExample, IsRefusedByRunWithTheBlocksThatAreMissing) {
    const TemporaryFolder folder;
    const auto ended = trama(Start{.arguments = {"run", path_of(GetParam())}, .folder = folder.path()});
    EXPECT_EQ(ended.code, 3) << "this example runs now: move it out of later/";
    EXPECT_THAT(ended.err, testing::HasSubstr("no engine in this build runs"));
}

INSTANTIATE_TEST_SUITE_P(Examples, SlowExample, testing::ValuesIn(schemes_in("")), name_of);
INSTANTIATE_TEST_SUITE_P(Examples, Example, testing::ValuesIn(schemes_in("")), name_of);
INSTANTIATE_TEST_SUITE_P(Later, Example, testing::ValuesIn(schemes_in("later")), name_of);
INSTANTIATE_TEST_SUITE_P(Later, LaterExample, testing::ValuesIn(schemes_in("later")), name_of);

}  // namespace
}  // namespace trama::test
