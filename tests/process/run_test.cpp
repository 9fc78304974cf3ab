// One run after the other: results, the run folder, and what is refused before anything is computed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "process/schemes.hpp"
#include "support/process.hpp"

namespace trama::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

json summary_of(const fs::path& folder) {
    return json::parse(read_file(folder / "summary.json"));
}

class RunTest : public testing::Test {
  protected:
    Ended run(std::vector<std::string> more, const std::string& input = small_scheme()) {
        std::vector<std::string> line{"run", "-"};
        line.insert(line.end(), more.begin(), more.end());
        return trama(Start{.arguments = line, .input = input, .folder = folder.path()});
    }
    TemporaryFolder folder;
};

TEST_F(RunTest, ResultsGoToStandardOutputAndProgressToStandardError) {
    const auto ended = run({});
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("result  accuracy 0."));
    EXPECT_THAT(ended.out, HasSubstr("2 rounds in "));
    EXPECT_THAT(ended.out, HasSubstr("folder  runs/scheme-1\n"));
    EXPECT_THAT(ended.out, HasSubstr("trama test runs/scheme-1"));
    EXPECT_THAT(ended.out, Not(HasSubstr("round 1/2")));
    EXPECT_THAT(ended.err, HasSubstr("loading libtorch and data ...\n"));
    EXPECT_THAT(ended.err, HasSubstr("round 1/2  accuracy 0."));
    EXPECT_THAT(ended.err, HasSubstr("round 2/2  accuracy 0."));
    EXPECT_THAT(ended.err, Not(HasSubstr("\x1b"))) << "no escapes where there is no terminal";
}

TEST_F(RunTest, TheFolderHoldsTheRun) {
    const auto file = folder.write("small.trama", "# a comment stays\n" + small_scheme());
    const auto ended =
        trama(Start{.arguments = {"run", "--set", "rounds=3", "--seed", "7", "--threads", "2", "small.trama"},
                    .folder = folder.path()});
    ASSERT_EQ(ended.code, 0) << ended.err;
    const auto kept = folder.path() / "runs/small-1";
    for (const char* name :
         {"scheme.trama", "config.json", "metrics.jsonl", "summary.json", "model.safetensors", "model.pt"})
        EXPECT_TRUE(fs::exists(kept / name)) << name;
    std::size_t entries = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(kept))
        ++entries;
    EXPECT_EQ(entries, 6U) << "no temporary file is left";

    EXPECT_THAT(read_file(kept / "scheme.trama"), HasSubstr("# a comment stays\nrounds = 3\n"));
    const auto config = json::parse(read_file(kept / "config.json"));
    EXPECT_EQ(config["format"], "trama-run");
    EXPECT_EQ(config["seed"], 7);
    EXPECT_EQ(config["threads"], 2);
    EXPECT_EQ(config["engine"], "threads");
    EXPECT_EQ(config["set"]["rounds"], "3");
    EXPECT_EQ(config["scheme"]["name"], "small");
    EXPECT_EQ(config["scheme"]["sha256"].get<std::string>().size(), 64U);
    EXPECT_THAT(config["command_line"].dump(), HasSubstr("rounds=3"));
    EXPECT_THAT(config["fingerprint"].get<std::string>(), HasSubstr("libtorch"));
    for (const char* name : {"cpu", "cores", "system", "architecture", "memory_bytes"})
        EXPECT_TRUE(config["machine"].contains(name)) << name;

    const auto summary = summary_of(kept);
    EXPECT_EQ(summary["status"], "done");
    EXPECT_EQ(summary["rounds"], 3);
    EXPECT_GT(summary["metrics"]["accuracy"], 0.5);
    EXPECT_EQ(summary["model_hash"].get<std::string>().size(), 64U);
    EXPECT_GT(summary["peak_memory_bytes"], 10'000'000);
    EXPECT_GT(summary["bytes_moved"], 0);
    EXPECT_GT(summary["tokens"], 0);
    for (const char* name : {"total", "expand", "load", "run", "save"})
        EXPECT_GE(summary["seconds"][name], 0) << name;

    std::istringstream lines(read_file(kept / "metrics.jsonl"));
    std::size_t clients = 0, tests = 0;
    std::int64_t last = 0;
    for (std::string line; std::getline(lines, line);) {
        const auto measured = json::parse(line);
        EXPECT_GE(measured["round"].get<std::int64_t>(), last);
        last = measured["round"];
        EXPECT_TRUE(measured.contains("seconds"));
        clients += measured.contains("train_loss") ? 1 : 0;
        tests += measured.contains("accuracy") ? 1 : 0;
    }
    EXPECT_EQ(clients, 12U);
    EXPECT_EQ(tests, 3U);
}

TEST_F(RunTest, JsonIsOneObjectAndQuietIsQuiet) {
    const auto ended = run({"--json", "--quiet"});
    ASSERT_EQ(ended.code, 0);
    EXPECT_EQ(ended.err, "");
    const auto result = json::parse(ended.out);
    EXPECT_EQ(result["status"], "done");
    EXPECT_EQ(result["folder"], "runs/scheme-1");
    EXPECT_EQ(result["model_hash"], summary_of(folder.path() / "runs/scheme-1")["model_hash"]);
    const auto brief = run({"--quiet"});
    EXPECT_EQ(brief.err, "");
    EXPECT_THAT(brief.out, HasSubstr("accuracy"));
    EXPECT_THAT(brief.out, Not(HasSubstr("next:")));
}

TEST_F(RunTest, EveryRunGetsAFolderOfItsOwn) {
    Process one(TRAMA_BINARY, {.arguments = {"run", "-"}, .input = small_scheme(), .folder = folder.path()});
    Process two(TRAMA_BINARY, {.arguments = {"run", "-"}, .input = small_scheme(), .folder = folder.path()});
    EXPECT_EQ(one.wait().code, 0);
    EXPECT_EQ(two.wait().code, 0);
    EXPECT_EQ(summary_of(folder.path() / "runs/scheme-1")["status"], "done");
    EXPECT_EQ(summary_of(folder.path() / "runs/scheme-2")["status"], "done");
    fs::remove_all(folder.path() / "runs/scheme-1");
    EXPECT_THAT(run({"--quiet"}).out, HasSubstr("runs/scheme-3")) << "numbers are not used twice";
}

TEST_F(RunTest, AnExistingFolderNeedsOverwrite) {
    ASSERT_EQ(run({"--out", "deep/result"}).code, 0);
    const auto kept = folder.path() / "deep/result";
    folder.write("deep/result/notes.txt", "mine");
    const auto refused = run({"--out", "deep/result"});
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, HasSubstr("--overwrite"));
    EXPECT_THAT(refused.err, Not(HasSubstr("round 1"))) << "refused before it starts";

    const auto before = summary_of(kept)["model_hash"];
    ASSERT_EQ(run({"--out", "deep/result", "--overwrite", "--seed", "3"}).code, 0);
    EXPECT_NE(summary_of(kept)["model_hash"], before);
    EXPECT_EQ(read_file(kept / "notes.txt"), "mine") << "what is not the run's is left alone";
}

TEST_F(RunTest, OverwriteReplacesRunFoldersOnly) {
    folder.write("thesis/chapter.tex", "years of work");
    folder.write("thesis/config.json", "{\"format\": \"something else\"}");
    const auto ended = run({"--out", "thesis", "--overwrite"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("left alone"));
    EXPECT_EQ(read_file(folder / "thesis/chapter.tex"), "years of work");
    folder.write("file", "x");
    EXPECT_EQ(run({"--out", "file", "--overwrite"}).code, 4);
}

TEST_F(RunTest, ARunDoesNotRemoveWhatItStartsFrom) {
    ASSERT_EQ(run({"--out", "first"}).code, 0);
    auto next = small_scheme();
    next.replace(next.find("init(mlp(64, 16, 10))"), 21,
                 "init(mlp(64, 16, 10), from: \"first/model.safetensors\")");
    const auto ended = run({"--out", "first", "--overwrite"}, next);
    EXPECT_EQ(ended.code, 2);
    EXPECT_TRUE(fs::exists(folder.path() / "first/model.safetensors"));
}

TEST_F(RunTest, TheCopyOfASchemeRunsAgainFromAnywhere) {
    folder.write("lib/clients.trama",
                 "client = train(data, optimizer: adam(lr: 0.01), batch: 8)\ndata = csv(file: "
                 "\"../tables/x.csv\", label: \"y\")\n");
    std::string table = "a,b,y\n";
    for (int i = 0; i < 60; ++i)
        table += std::to_string(i % 7) + "," + std::to_string(i % 5) + "," + std::to_string(i % 2) + "\n";
    folder.write("tables/x.csv", table);
    folder.write("main.trama",
                 "import \"lib/clients.trama\"\n# what follows uses them\nn = 2\nscheme = init(mlp(2, 4, 2)) "
                 ">> feedback(rounds: 2) { broadcast >> [| client |]^n >> reduce(fedavg) >> test(data) }\n");
    const auto first =
        trama(Start{.arguments = {"run", "--json", "--set", "n=3", (folder.path() / "main.trama").string(),
                                  "--out", folder / "first"},
                    .folder = "/"});
    ASSERT_EQ(first.code, 0) << first.err;
    EXPECT_THAT(read_file(folder / "first/scheme.trama"), HasSubstr("# what follows uses them\nn = 3\n"));
    const auto again =
        trama(Start{.arguments = {"run", "--json", folder / "first/scheme.trama", "--out", folder / "again"},
                    .folder = "/tmp"});
    ASSERT_EQ(again.code, 0) << again.err;
    EXPECT_EQ(json::parse(first.out)["model_hash"], json::parse(again.out)["model_hash"]);
    const auto third =
        trama(Start{.arguments = {"run", "--json", folder / "again/scheme.trama", "--out", folder / "third"},
                    .folder = "/"});
    ASSERT_EQ(third.code, 0) << third.err;
    EXPECT_EQ(json::parse(first.out)["model_hash"], json::parse(third.out)["model_hash"]);
}

TEST_F(RunTest, ABundleKeepsAModelPerStream) {
    const auto ended = run({"--json"},
                           "data = digits()\nscheme = [| init(mlp(64, 10), per_copy: true) >> train(data, "
                           "optimizer: sgd(lr: 0.1)) |]^3\n");
    ASSERT_EQ(ended.code, 0) << ended.err;
    const auto hashes = json::parse(ended.out)["model_hash"];
    ASSERT_EQ(hashes.size(), 3U);
    EXPECT_NE(hashes[0], hashes[1]);
    const auto kept = folder.path() / "runs/scheme-1";
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(fs::exists(kept / ("model-" + std::to_string(i) + ".safetensors"))) << i;
        EXPECT_TRUE(fs::exists(kept / ("model-" + std::to_string(i) + ".pt"))) << i;
    }
    const auto tested =
        trama(Start{.arguments = {"test", "--json", "runs/scheme-1"}, .folder = folder.path()});
    EXPECT_EQ(tested.code, 0) << tested.err;
    EXPECT_EQ(json::parse(tested.out)["models"].size(), 3U);
}

TEST_F(RunTest, WrongSchemesAreRefusedBeforeTheyStart) {
    const auto wrong = run({}, "scheme = init(mlp(64, 10)) >> tset(digits())\n");
    EXPECT_EQ(wrong.code, 3);
    const auto unknown = run({"--set", "roudns=5"});
    EXPECT_EQ(unknown.code, 3);
    EXPECT_THAT(unknown.err, HasSubstr("roudns"));
    EXPECT_EQ(run({"--set", "rounds=0"}).code, 3);
    EXPECT_EQ(run({"--set", "rounds=-1"}).code, 3);
    EXPECT_EQ(run({"--set", "rounds=1.5"}).code, 3);
    EXPECT_EQ(run({"--max-actors", "5"}).code, 3);
    EXPECT_EQ(
        run({}, "data = csv(file: \"none.csv\", label: \"y\")\nscheme = init(mlp(3, 2)) >> test(data)\n")
            .code,
        4);
    EXPECT_FALSE(fs::exists(folder.path() / "runs")) << "no folder for what was never run";
}

TEST_F(RunTest, BlocksWithoutARuntimeAreNamed) {
    const auto ended =
        trama(Start{.arguments = {"run", TRAMA_SOURCE_DIR "/examples/later/edge_inference.trama"},
                    .folder = folder.path()});
    EXPECT_EQ(ended.code, 3);
    EXPECT_THAT(ended.err, HasSubstr("no engine in this build runs `video`"));
    EXPECT_FALSE(fs::exists(folder.path() / "runs"));
}

TEST_F(RunTest, TestEvaluatesAgain) {
    const auto ended = run({"--json"});
    ASSERT_EQ(ended.code, 0) << ended.err;
    const auto metrics = json::parse(ended.out)["metrics"];
    const auto at = [&](std::vector<std::string> line) {
        line.insert(line.begin(), "test");
        return trama(Start{.arguments = line, .folder = folder.path()});
    };
    const auto again = at({"--json", "runs/scheme-1"});
    ASSERT_EQ(again.code, 0) << again.err;
    const auto tested = json::parse(again.out)["models"][0]["metrics"];
    EXPECT_EQ(tested["accuracy"], metrics["accuracy"]);
    EXPECT_EQ(tested["loss"], metrics["loss"]);

    EXPECT_THAT(at({"runs/scheme-1"}).out, HasSubstr("model.safetensors  accuracy 0."));
    const auto other = at({"--json", "runs/scheme-1", "synthetic(samples: 500, features: 64, classes: 10)"});
    EXPECT_EQ(other.code, 0) << other.err;
    EXPECT_LT(json::parse(other.out)["models"][0]["metrics"]["accuracy"], 0.5) << "it has never seen these";
    EXPECT_EQ(at({"runs/scheme-1", TRAMA_SOURCE_DIR "/examples/tree.trama"}).code, 0);
    const auto unfit = at({"runs/scheme-1", "synthetic(samples: 500, features: 20, classes: 10)"});
    EXPECT_TRUE(unfit.code == 3 || unfit.code == 4) << unfit.code << unfit.err;
    EXPECT_THAT(unfit.err, HasSubstr("64"));
    EXPECT_EQ(at({"runs"}).code, 4);
    EXPECT_EQ(at({"none"}).code, 4);
    EXPECT_EQ(at({"runs/scheme-1", "digits("}).code, 3);
}

TEST_F(RunTest, WarnsOfTheReferenceBlas) {
    // Debian keeps it beside OpenBLAS, in a folder of its own.
    fs::path reference;
    for (const auto& entry : fs::directory_iterator("/usr/lib"))
        if (fs::exists(entry.path() / "blas/libblas.so.3")) reference = entry.path() / "blas";
    if (reference.empty()) GTEST_SKIP() << "no reference BLAS here";
    const auto with = [&](std::map<std::string, std::string> environment) {
        return trama(Start{.arguments = {"run", "--quiet", "-"},
                           .input = small_scheme(),
                           .environment = std::move(environment),
                           .folder = folder.path()});
    };
    const auto slow = with({{"LD_LIBRARY_PATH", reference.string()}});
    EXPECT_EQ(slow.code, 0);
    EXPECT_THAT(slow.err, HasSubstr("warning: libtorch runs on the reference BLAS"));
    EXPECT_THAT(slow.err, HasSubstr("install libopenblas0-pthread"));
    EXPECT_THAT(with({}).err, Not(HasSubstr("reference BLAS")));
}

TEST_F(RunTest, LogLevels) {
    const auto ended = run({"--log-level", "debug"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.err, HasSubstr("debug: scheme/"));
    EXPECT_THAT(ended.err, HasSubstr("info: phase run took"));
}

TEST_F(RunTest, GoesOnInItsFolder) {
    const auto scheme = small_scheme("rounds: rounds, checkpoint: 1");
    ASSERT_EQ(run({"--out", "whole", "--set", "rounds=4", "--seed", "3"}, scheme).code, 0);
    ASSERT_EQ(run({"--out", "part", "--seed", "3"}, scheme).code, 0);
    const auto ended = run({"--resume", "part", "--set", "rounds=4"}, scheme);  // the seed is the run's own
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err, Not(HasSubstr("round 2/4")));
    EXPECT_THAT(ended.err, HasSubstr("round 3/4"));
    const auto part = summary_of(folder.path() / "part");
    EXPECT_EQ(part["model_hash"], summary_of(folder.path() / "whole")["model_hash"]);
    EXPECT_EQ(part["rounds"], 4);
    EXPECT_EQ(part["resumed_from"], 2);
}

TEST_F(RunTest, AsynchronousOnesGoOnInVirtualTime) {
    const std::string scheme =
        "updates = 6\ndata = digits()\nnet = mlp(64, 16, 10)\n"
        "client = train(data, optimizer: adam(lr: 0.01), batch: 16)\n"
        "scheme = init(net) >> feedback(updates: updates, checkpoint: 4) {\n"
        "    unicast(auto) >> [| client |]^3 >> gather >> mix(fedasync(alpha: 0.6))\n} >> test(data)\n";
    folder.write("machines.toml",
                 "format = \"trama-devices 1\"\n[class.fast]\nsource = \"assumed\"\noverhead = 1\n"
                 "[class.slow]\nsource = \"assumed\"\noverhead = 2.5\n"
                 "[machines]\nclients = { list = [\"fast\", \"slow\", \"fast\"] }\n");
    const std::vector<std::string> simulated{"--engine", "simulated", "--devices", "machines.toml"};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.end(), simulated.begin(), simulated.end());
        return run(more, scheme);
    };
    ASSERT_EQ(with({"--out", "whole", "--set", "updates=12"}).code, 0);
    ASSERT_EQ(with({"--out", "part"}).code, 0);
    const auto ended = with({"--resume", "part", "--set", "updates=12", "--threads", "2"});
    ASSERT_EQ(ended.code, 0) << ended.err;
    const auto whole = summary_of(folder.path() / "whole");
    const auto part = summary_of(folder.path() / "part");
    EXPECT_EQ(part["resumed_from"], 4);
    EXPECT_EQ(part["model_hash"], whole["model_hash"]);
    EXPECT_EQ(part["metrics"], whole["metrics"]);
}

TEST_F(RunTest, WhatCannotGoOnIsRefused) {
    const auto scheme = small_scheme("rounds: rounds, checkpoint: 1");
    const auto nowhere = run({"--resume", "nowhere"}, scheme);
    EXPECT_EQ(nowhere.code, 4);
    EXPECT_THAT(nowhere.err, HasSubstr("there is no such run folder"));
    ASSERT_EQ(run({"--out", "part"}, scheme).code, 0);
    EXPECT_EQ(run({"--resume", "part", "--out", "other"}, scheme).code, 2);
    const auto other =
        run({"--resume", "part"}, small_scheme("rounds: rounds, checkpoint: 1, keep: best(accuracy)"));
    EXPECT_EQ(other.code, 4);
    EXPECT_THAT(other.err, HasSubstr("it is of another scheme"));
    EXPECT_EQ(run({"--resume", "part", "--seed", "9"}, scheme).code, 4);
}

}  // namespace
}  // namespace trama::test
