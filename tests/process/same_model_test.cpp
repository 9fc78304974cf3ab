// The promise: the same scheme gives the same model, bit for bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "process/schemes.hpp"
#include "support/process.hpp"

namespace trama::test {
namespace {

using nlohmann::json;

std::string hash_of(const TemporaryFolder& folder, const std::string& scheme,
                    std::vector<std::string> more = {}) {
    std::vector<std::string> line{"run", "--json", "--quiet", "-"};
    line.insert(line.end(), more.begin(), more.end());
    const auto ended = trama(Start{.arguments = line, .input = scheme, .folder = folder.path()});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.code == 0 ? json::parse(ended.out)["model_hash"].dump() : "";
}

std::string tree() {
    auto scheme = small_scheme();
    scheme.replace(scheme.find("reduce(fedavg)"), 14, "reduce(fedavg, arity: 2)");
    return scheme;
}

TEST(SameModel, WithAnyNumberOfThreads) {
    const TemporaryFolder folder;
    for (const auto& scheme : {small_scheme(), tree()}) {
        const auto one = hash_of(folder, scheme, {"--threads", "1"});
        for (const char* threads : {"2", "7"})
            EXPECT_EQ(hash_of(folder, scheme, {"--threads", threads}), one) << threads;
    }
}

TEST(SameModel, OtherSeedsGiveOtherModels) {
    const TemporaryFolder folder;
    EXPECT_NE(hash_of(folder, small_scheme(), {"--seed", "1"}), hash_of(folder, small_scheme()));
    EXPECT_EQ(hash_of(folder, small_scheme(), {"--seed", "0"}), hash_of(folder, small_scheme()));
}

TEST(SameModel, NamesAndCommentsAndLayoutDoNotMatterWhereTheyShouldNot) {
    const TemporaryFolder folder;
    auto scheme = small_scheme();
    scheme.insert(0, "# a comment\n\n");
    scheme.replace(scheme.find("mlp(64, 16, 10)"), 15, "mlp( 64,16,\n 10 )");
    EXPECT_EQ(hash_of(folder, scheme), hash_of(folder, small_scheme()));
}

TEST(SameModel, StartingFromAFileIsStartingFromThatModel) {
    const TemporaryFolder folder;
    const auto kept = hash_of(folder, small_scheme(), {"--out", "kept"});
    for (const char* file : {"kept/model.safetensors", "kept/model.pt"}) {
        const std::string scheme = std::string("data = digits()\nscheme = init(mlp(64, 16, 10), from: \"") +
                                   file + "\") >> test(data)\n";
        EXPECT_EQ(hash_of(folder, scheme), kept) << file;
    }
}

TEST(SameModel, TheBestOfAllRoundsIsKeptWhenAsked) {
    const TemporaryFolder folder;
    // The learning rate is far too high after the second round: the last model is not the best.
    auto scheme = small_scheme("rounds: 8, keep: best(accuracy)");
    scheme.replace(scheme.find("adam(lr: 0.01)"), 14, "sgd(lr: exponential(0.02, by: 4))");
    const auto ended =
        trama(Start{.arguments = {"run", "--json", "-"}, .input = scheme, .folder = folder.path()});
    ASSERT_EQ(ended.code, 0) << ended.err;
    double best = 0, last = 0;
    std::istringstream lines(read_file(folder / "runs/scheme-1/metrics.jsonl"));
    for (std::string line; std::getline(lines, line);) {
        const auto measured = json::parse(line);
        if (!measured.contains("accuracy")) continue;
        last = measured["accuracy"];
        best = std::max(best, last);
    }
    EXPECT_GT(best, last) << "this scheme should get worse at its end";
    EXPECT_EQ(json::parse(ended.out)["metrics"]["accuracy"], best);
}

}  // namespace
}  // namespace trama::test
