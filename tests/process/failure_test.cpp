// Runs that do not end well: each with one clear error, nothing lost, no hang.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "process/schemes.hpp"
#include "support/process.hpp"
#include "trama/engine/engine.hpp"

namespace trama::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

Start run(const TemporaryFolder& folder, const std::string& scheme) {
    return {.arguments = {"run", "-"}, .input = scheme, .folder = folder.path()};
}

/// Every line is an object: nothing was cut off.
std::size_t whole_lines(const fs::path& file) {
    std::istringstream lines(read_file(file));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count)
        EXPECT_TRUE(json::parse(line, nullptr, false).is_object()) << line;
    return count;
}

TEST(Diverging, NamesActorAndRound) {
    const TemporaryFolder folder;
    auto scheme = small_scheme("rounds: 5");
    scheme.replace(scheme.find("adam(lr: 0.01)"), 14, "sgd(lr: 1e30)");
    const auto ended = trama(run(folder, scheme));
    EXPECT_EQ(ended.code, 5);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr("client"));
    EXPECT_THAT(ended.err, HasSubstr("round 1"));
    EXPECT_THAT(ended.err, HasSubstr("learning rate"));
    EXPECT_THAT(ended.err, HasSubstr("what was measured until then is in runs/scheme-1"));
    const auto summary = json::parse(read_file(folder / "runs/scheme-1/summary.json"));
    EXPECT_EQ(summary["status"], "failed");
    EXPECT_THAT(summary["error"]["where"].get<std::string>(), HasSubstr("round 1"));
    EXPECT_TRUE(fs::exists(folder / "runs/scheme-1/metrics.jsonl"));
    EXPECT_FALSE(fs::exists(folder / "runs/scheme-1/model.safetensors"));
}

TEST(Lost, IsAnEventWhereTheSchemeSaysSo) {
    const std::string scheme =
        "data = digits()\nnet = mlp(64, 16, 10)\nsite = test(data, part: own)\n"
        "scheme = init(net) >> broadcast >> [| site >> report |]^3 >> gather(lost: event) >> "
        "control_room(log: \"events.jsonl\")\n";
    for (const auto& engine : engine::engine_names()) {
        const TemporaryFolder folder;
        const auto ended = trama(Start{.arguments = {"run", "--engine", engine, "--inject", "crash:site[1]",
                                                     folder.write("watched.trama", scheme)},
                                       .folder = folder.path()});
        ASSERT_EQ(ended.code, 0) << ended.err;
        EXPECT_THAT(ended.err, HasSubstr("\nlost: it crashed, as `--inject` wants: crash:site[1] "
                                         "(scheme/[1]/site)\n"));
        std::istringstream log(read_file(folder / "events.jsonl"));
        std::string line;
        ASSERT_TRUE(std::getline(log, line));
        EXPECT_EQ(line, "{\"format\": \"trama-events 1\"}");
        std::vector<std::string> events;
        while (std::getline(log, line)) {
            const auto event = json::parse(line);
            events.push_back(event["event"].get<std::string>() + " " + event["where"].get<std::string>());
        }
        EXPECT_THAT(events, testing::UnorderedElementsAre("report scheme/[0]/report", "lost scheme/[1]/site",
                                                          "report scheme/[2]/report"));
    }
    // A log that cannot be written ends the run, as a file that cannot be read does.
    const TemporaryFolder folder;
    auto nowhere = scheme;
    nowhere.replace(nowhere.find("events.jsonl"), 12, "nowhere/events.jsonl");
    const auto ended = trama(run(folder, nowhere));
    EXPECT_EQ(ended.code, 4) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("cannot add an event to the log: No such file or directory"));
}

TEST(Interrupted, OnceStopsAndKeepsTheLastRound) {
    const TemporaryFolder folder;
    Process process(TRAMA_BINARY, run(folder, endless_scheme()));
    ASSERT_TRUE(process.wait_for_error("round       2/"));
    process.send(SIGINT);
    const auto ended = process.wait();
    EXPECT_EQ(ended.code, 130) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("stopping after this step (Ctrl-C again ends at once)\n"));
    EXPECT_THAT(ended.out, HasSubstr("interrupted after"));
    const auto kept = folder.path() / "runs/scheme-1";
    const auto summary = json::parse(read_file(kept / "summary.json"));
    EXPECT_EQ(summary["status"], "interrupted");
    EXPECT_GE(summary["rounds"], 2);
    EXPECT_GT(summary["metrics"]["accuracy"], 0.2);
    EXPECT_TRUE(fs::exists(kept / "model.safetensors"));
    EXPECT_TRUE(fs::exists(kept / "model.pt"));
    EXPECT_GE(whole_lines(kept / "metrics.jsonl"), 5 * summary["rounds"].get<std::size_t>());
    EXPECT_EQ(trama(Start{.arguments = {"test", "runs/scheme-1"}, .folder = folder.path()}).code, 0);
}

TEST(Interrupted, TheModelIsThatOfTheLastCompleteRound) {
    const TemporaryFolder folder;
    Process process(TRAMA_BINARY, run(folder, endless_scheme()));
    ASSERT_TRUE(process.wait_for_error("round       3/"));
    process.send(SIGINT);
    ASSERT_EQ(process.wait().code, 130);
    const auto summary = json::parse(read_file(folder / "runs/scheme-1/summary.json"));
    const auto rounds = summary["rounds"].get<int>();
    const auto whole = trama(Start{.arguments = {"run", "--json", "-"},
                                   .input = small_scheme("rounds: " + std::to_string(rounds)),
                                   .folder = folder.path()});
    ASSERT_EQ(whole.code, 0) << whole.err;
    EXPECT_EQ(json::parse(whole.out)["model_hash"], summary["model_hash"]) << rounds << " rounds";
}

TEST(Interrupted, TwiceEndsAtOnce) {
    const TemporaryFolder folder;
    Process process(TRAMA_BINARY, run(folder, small_scheme("rounds: 1000000") + "# long\n"));
    ASSERT_TRUE(process.wait_for_error("round       1/"));
    process.send(SIGINT);
    process.send(SIGINT);
    const auto ended = process.wait();
    EXPECT_EQ(ended.code, 130);
    EXPECT_EQ(ended.signal, 0);
    if (fs::exists(folder / "runs/scheme-1/metrics.jsonl"))
        whole_lines(folder / "runs/scheme-1/metrics.jsonl");
}

TEST(Interrupted, BeforeTheFirstRoundThereIsNoModel) {
    const TemporaryFolder folder;
    Process process(TRAMA_BINARY, run(folder, endless_scheme()));
    ASSERT_TRUE(process.wait_for_error("loading"));
    process.send(SIGTERM);
    const auto ended = process.wait();
    EXPECT_EQ(ended.code, 130) << ended.err;
    const auto summary = json::parse(read_file(folder / "runs/scheme-1/summary.json"));
    EXPECT_EQ(summary["status"], "interrupted");
}

TEST(DiskFull, AFileThatMayNotGrowIsOneErrorAndWhatWasWrittenStays) {
    const TemporaryFolder folder;
    auto start = run(folder, endless_scheme());
    start.largest_file = 8192;  // enough for scheme and config, not for the metrics of many rounds
    const auto ended = trama(start);
    EXPECT_EQ(ended.signal, 0);
    EXPECT_EQ(ended.code, 4) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("metrics.jsonl"));
    EXPECT_THAT(ended.err, HasSubstr("File too large"));
    EXPECT_EQ(json::parse(read_file(folder / "runs/scheme-1/config.json"))["format"], "trama-run");
    EXPECT_EQ(json::parse(read_file(folder / "runs/scheme-1/summary.json"))["status"], "failed");
}

TEST(DiskFull, AFullFileSystem) {
    if (getuid() != 0) GTEST_SKIP() << "only root can mount a small file system";
    const TemporaryFolder folder;
    const auto disk = folder.path() / "disk";
    fs::create_directory(disk);
    if (mount("none", disk.c_str(), "tmpfs", 0, "size=64k") != 0) GTEST_SKIP() << "no mounting here";
    auto start = run(folder, endless_scheme());
    start.arguments = {"run", "--out", (disk / "out").string(), "-"};
    const auto ended = trama(start);
    EXPECT_EQ(ended.code, 4) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("No space left on device"));
    EXPECT_EQ(json::parse(read_file(disk / "out/config.json"))["format"], "trama-run");
    umount(disk.c_str());
}

TEST(NotAllowed, AFolderThatMayNotBeWritten) {
    const TemporaryFolder folder;
    fs::create_directory(folder.path() / "closed");
    fs::permissions(folder.path() / "closed", fs::perms(0555));
    fs::permissions(folder.path(), fs::perms(0755));
    auto start = run(folder, small_scheme());
    start.arguments = {"run", "--out", "closed/out", "-"};
    start.as_nobody = true;
    const auto ended = trama(start);
    if (ended.code == 127) GTEST_SKIP() << "nobody may not start programs in this folder";
    EXPECT_EQ(ended.code, 4) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("Permission denied"));
    EXPECT_THAT(ended.err, HasSubstr("closed/out"));
    EXPECT_THAT(ended.err, Not(HasSubstr("round 1")));
}

TEST(NotAllowed, ASchemeThatMayNotBeRead) {
    const TemporaryFolder folder;
    fs::permissions(folder.path(), fs::perms(0755));
    const auto file = folder.write("secret.trama", small_scheme());
    fs::permissions(file, fs::perms(0));
    for (const char* command : {"check", "run", "show", "fmt"}) {
        const auto ended =
            trama(Start{.arguments = {command, file}, .folder = folder.path(), .as_nobody = true});
        if (ended.code == 127) GTEST_SKIP() << "nobody may not start programs in this folder";
        EXPECT_EQ(ended.code, 4) << command << ended.err;
        EXPECT_THAT(ended.err, HasSubstr("Permission denied"));
    }
}

TEST(Module, ThatIsMissingIsSaidWithWhatToDo) {
    const TemporaryFolder folder;
    auto start = run(folder, small_scheme());
    start.environment = {{"TRAMA_MODULES", folder.path().string()}};
    const auto ended = trama(start);
    EXPECT_EQ(ended.code, 5) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("trama_torch"));
    EXPECT_THAT(ended.err, HasSubstr("hint:"));
}

TEST(Readers, ThatGoAwayDoNotEndTheRun) {
    const TemporaryFolder folder;
    const auto line =
        std::string("cd ") + folder.path().string() + " && " TRAMA_BINARY " run - 2>&1 >/dev/null | head -1";
    const auto ended =
        Process("/bin/bash", {.arguments = {"-c", line}, .input = small_scheme("rounds: 30")}).wait();
    EXPECT_EQ(json::parse(read_file(folder / "runs/scheme-1/summary.json"))["status"], "done");
}

}  // namespace
}  // namespace trama::test
