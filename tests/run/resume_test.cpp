// Runs that were killed, damaged or changed, and go on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include <nlohmann/json.hpp>

#include "support/process.hpp"
#include "support/walk.hpp"
#include "trama/run/run.hpp"

namespace trama::run {
namespace {

using core::ErrorKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace fs = std::filesystem;

struct Warnings final : measure::Observer {
    std::vector<std::string> all;
    void warn(std::string_view message, std::string_view /*where*/) override { all.emplace_back(message); }
};

learn::Library library() {
    learn::Library made;
    run::add_builtins(made);
    test::add_walk(made, "walk");
    test::add_walk(made, "slow_walk", true);
    return made;
}

std::string scheme(int rounds, const std::string& client = "walk", int clients = 3) {
    return "scheme = init(mlp(6, 5, 4)) >> feedback(rounds: " + std::to_string(rounds) +
           ", checkpoint: 2) { broadcast >> [| " + client + " |]^" + std::to_string(clients) +
           " >> reduce(fedavg) }\n";
}

/// Clients that answer when they are done, and a server that makes a version of two updates.
std::string asynchronous(int updates, const std::string& client = "walk") {
    return "scheme = init(mlp(6, 5, 4)) >> feedback(updates: " + std::to_string(updates) +
           ", checkpoint: 5) { unicast(auto) >> [| " + client + " |]^3 >> gather >> mix(fedbuff(k: 2)) }\n";
}

struct On {
    std::string engine = "threads";
    std::string devices = {};
};

Report run_in(const fs::path& folder, const std::string& text_of_scheme, bool resume = false,
              std::uint64_t seed = 0, Warnings* warnings = nullptr, const On& on = {}) {
    const auto made = library();
    Options options;
    options.engine = on.engine;
    options.devices = on.devices;
    options.seed = seed;
    options.keep = Keep{.folder = folder, .command_line = {}};
    if (resume) options.resume = folder;
    auto report = run(text(text_of_scheme), made, options, warnings);
    EXPECT_TRUE(report) << (report ? "" : report.error().message + " " + report.error().where);
    return report ? std::move(*report) : Report{};
}

core::Error refused(const fs::path& folder, const std::string& text_of_scheme, std::uint64_t seed = 0) {
    const auto made = library();
    Options options;
    options.seed = seed;
    options.keep = Keep{};
    options.resume = folder;
    const auto report = run(text(text_of_scheme), made, options);
    EXPECT_FALSE(report);
    return report ? core::Error{} : report.error();
}

/// metrics.jsonl without the seconds.
std::vector<std::string> metrics(const fs::path& folder) {
    std::vector<std::string> lines;
    std::istringstream in(test::read_file(folder / "metrics.jsonl"));
    for (std::string line; std::getline(in, line);) {
        auto json = nlohmann::json::parse(line);
        json.erase("seconds");
        lines.push_back(json.dump());
    }
    return lines;
}

std::vector<std::string> checkpoints(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder / "checkpoints"))
        names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
}

class ResumedRun : public testing::Test {
  protected:
    test::TemporaryFolder folder;
    fs::path in(const std::string& name) const { return folder.path() / name; }
};

TEST_F(ResumedRun, WithMoreRoundsIsTheLongRun) {
    const auto whole = run_in(in("whole"), scheme(9));
    run_in(in("short"), scheme(5));
    EXPECT_THAT(checkpoints(in("short")), ElementsAre("feedback-2.safetensors", "feedback-4.safetensors"));
    const auto longer = run_in(in("short"), scheme(9), true);
    EXPECT_EQ(longer.hashes, whole.hashes);
    EXPECT_EQ(longer.rounds, 9);
    EXPECT_EQ(longer.resumed_from, 4);
    EXPECT_EQ(metrics(in("short")), metrics(in("whole")));
    EXPECT_THAT(checkpoints(in("short")), ElementsAre("feedback-6.safetensors", "feedback-8.safetensors"));
    EXPECT_THAT(test::read_file(in("short") / "scheme.trama"), HasSubstr("rounds: 9"));
}

TEST_F(ResumedRun, ADamagedCheckpointIsPassedOverForTheOneBefore) {
    const auto whole = run_in(in("whole"), scheme(9));
    for (const bool cut : {true, false}) {
        const auto name = cut ? "cut" : "changed";
        run_in(in(name), scheme(5));
        const auto newest = in(name) / "checkpoints" / "feedback-4.safetensors";
        if (cut) {
            fs::resize_file(newest, fs::file_size(newest) / 2);
        } else {  // one bit of the last tensor
            std::fstream file(newest, std::ios::in | std::ios::out | std::ios::binary);
            file.seekg(-2, std::ios::end);
            const auto byte = static_cast<char>(file.get() ^ 1);
            file.seekp(-2, std::ios::end);
            file.put(byte);
        }
        Warnings warnings;
        const auto again = run_in(in(name), scheme(9), true, 0, &warnings);
        EXPECT_EQ(again.hashes, whole.hashes);
        EXPECT_EQ(again.resumed_from, 2);
        EXPECT_EQ(metrics(in(name)), metrics(in("whole")));
        ASSERT_EQ(warnings.all.size(), 1U);
        EXPECT_THAT(warnings.all[0], HasSubstr(cut ? "this checkpoint cannot be used: " : "it is damaged"));
    }
}

TEST_F(ResumedRun, WhereNoneCanBeUsedItSaysWhy) {
    run_in(in("run"), scheme(5));
    const auto other = refused(in("run"), scheme(5, "walk", 4));
    EXPECT_EQ(other.kind, ErrorKind::data);
    EXPECT_THAT(other.message, HasSubstr("it is of another scheme: only what ends a feedback may change"));
    EXPECT_THAT(other.where, HasSubstr("feedback-4.safetensors"));
    EXPECT_THAT(refused(in("run"), scheme(5), 7).message, HasSubstr("its run has the seed 0, this one 7"));
    // What is refused leaves the run as it was.
    EXPECT_EQ(test::read_file(in("run") / "scheme.trama"), scheme(5));
    EXPECT_EQ(seed_of(in("run")).value(), 0U);
    EXPECT_THAT(test::read_file(in("run") / "summary.json"), HasSubstr("\"status\": \"done\""));
    fs::remove(in("run") / "checkpoints" / "feedback-2.safetensors");
    std::ofstream(in("run") / "checkpoints" / "feedback-4.safetensors") << "not a checkpoint";
    EXPECT_EQ(refused(in("run"), scheme(5)).kind, ErrorKind::data);
}

TEST_F(ResumedRun, WithoutACheckpointItBeginsAnew) {
    const auto whole = run_in(in("whole"), scheme(3));
    run_in(in("run"), scheme(3));
    fs::remove_all(in("run") / "checkpoints");
    Warnings warnings;
    const auto again = run_in(in("run"), scheme(3), true, 0, &warnings);
    EXPECT_EQ(again.hashes, whole.hashes);
    EXPECT_EQ(metrics(in("run")), metrics(in("whole")));
    EXPECT_THAT(warnings.all, ElementsAre("there is no checkpoint yet: the run begins anew"));
}

TEST_F(ResumedRun, ARunThatSavesNoneIsLeftAsItIs) {
    const std::string without = "scheme = init(mlp(6, 5, 4)) >> feedback(rounds: 2) { walk }\n";
    run_in(in("run"), without);
    const auto before = metrics(in("run"));
    const auto error = refused(in("run"), without);
    EXPECT_EQ(error.kind, ErrorKind::scheme);
    EXPECT_THAT(error.message, HasSubstr("no feedback of this scheme saves checkpoints"));
    EXPECT_EQ(metrics(in("run")), before);
}

TEST_F(ResumedRun, ARunFolderIsNeeded) {
    EXPECT_EQ(refused(in("nowhere"), scheme(3)).kind, ErrorKind::data);
    EXPECT_FALSE(seed_of(in("nowhere")));
    run_in(in("run"), scheme(3), false, 42);
    EXPECT_EQ(seed_of(in("run")).value(), 42U);
}

TEST_F(ResumedRun, TwoFeedbacksWithTheSameClients) {
    const auto two = [](int first, int second) {
        const auto loop = [](int rounds) {
            return "feedback(rounds: " + std::to_string(rounds) +
                   ", checkpoint: 1) { broadcast >> [| client |]^3 >> reduce(fedavg) }";
        };
        return "client = walk\nscheme = init(mlp(6, 5, 4)) >> " + loop(first) + " >> " + loop(second) + "\n";
    };
    const auto whole = run_in(in("whole"), two(3, 4));
    run_in(in("run"), two(3, 2));
    const auto again = run_in(in("run"), two(3, 4), true);
    EXPECT_EQ(again.hashes, whole.hashes);
    EXPECT_EQ(metrics(in("run")), metrics(in("whole")));
}

/// Clients of different speed, with links of which the messages take their time.
On machines(const fs::path& folder, double slow = 2.5) {
    const auto file = folder / ("devices-" + std::to_string(slow) + ".toml");
    std::ofstream(file) << "format = \"trama-devices 1\"\n"
                           "[class.server]\nsource = \"assumed\"\noverhead = 0.01\n"
                           "[class.fast]\nsource = \"assumed\"\noverhead = 0.7\nup = 1000\ndown = 2000\n"
                           "jitter = 0.05\n"
                           "[class.slow]\nsource = \"assumed\"\nlike = \"fast\"\noverhead = "
                        << slow
                        << "\n[machines]\nserver = \"server\"\n"
                           "clients = { list = [\"fast\", \"slow\", \"fast\"] }\n";
    return {"simulated", file.string()};
}

TEST_F(ResumedRun, AnAsynchronousOneOfAVirtualClockIsTheLongRun) {
    const auto on = machines(folder.path());
    const auto whole = run_in(in("whole"), asynchronous(24), false, 0, nullptr, on);
    run_in(in("short"), asynchronous(14), false, 0, nullptr, on);
    EXPECT_THAT(checkpoints(in("short")), ElementsAre("feedback-10.safetensors", "feedback-5.safetensors"));
    fs::copy(in("short"), in("elsewhere"), fs::copy_options::recursive);
    fs::copy(in("short"), in("threads"), fs::copy_options::recursive);
    Warnings warnings;
    const auto longer = run_in(in("short"), asynchronous(24), true, 0, &warnings, on);
    EXPECT_THAT(warnings.all, IsEmpty());
    EXPECT_EQ(longer.hashes, whole.hashes);
    EXPECT_EQ(longer.simulated->seconds, whole.simulated->seconds);
    EXPECT_EQ(longer.rounds, 24);
    EXPECT_EQ(longer.resumed_from, 10);
    EXPECT_EQ(metrics(in("short")), metrics(in("whole")));

    // On other machines, or on none, the work begins anew, and the user hears of it.
    const auto begins_anew = HasSubstr("what was under way in this asynchronous feedback begins anew");
    for (const auto& [name, other] :
         {std::pair("elsewhere", machines(folder.path(), 3.5)), std::pair("threads", On{})}) {
        const auto anew = run_in(in(name), asynchronous(24), true, 0, &warnings, other);
        EXPECT_EQ(anew.rounds, 24);
        EXPECT_EQ(anew.models.at(0).version, 12);
        ASSERT_EQ(warnings.all.size(), 1U);
        EXPECT_THAT(warnings.all[0], begins_anew);
        warnings.all.clear();
    }
}

/// Compressed updates, partial sums of trees and lists are under way when it stops.
TEST_F(ResumedRun, AnAsynchronousOneWithStarsInIt) {
    const auto stars = [](int updates) {
        return "client = walk >> topk(50%)\nscheme = init(mlp(6, 5, 4)) >> feedback(updates: " +
               std::to_string(updates) +
               ", checkpoint: 1) { unicast(auto) >> [| broadcast >> [| client |]^3 >> reduce(fedavg, arity: "
               "2), "
               "broadcast >> [| client |]^2 >> gatherall >> fold(fedavg), client |] >> gather >> "
               "mix(fedasync) }\n";
    };
    const auto file = folder.path() / "stars.toml";
    std::ofstream(file) << "format = \"trama-devices 1\"\n[class.one]\nsource = \"assumed\"\noverhead = 0.3\n"
                           "up = 700\ndown = 900\njitter = 0.2\n[class.two]\nsource = \"assumed\"\nlike = "
                           "\"one\"\noverhead = 1.1\n[machines]\nserver = \"one\"\n"
                           "clients = { mix = { one = 0.5, two = 0.5 } }\nedges = \"two\"\n";
    const On on{"simulated", file.string()};
    const auto whole = run_in(in("whole"), stars(12), false, 0, nullptr, on);
    std::string kinds;
    for (int updates = 2; updates < 12; updates += 3) {
        const auto run = in("run" + std::to_string(updates));
        run_in(run, stars(updates), false, 0, nullptr, on);
        kinds +=
            test::read_file(run / "checkpoints" / ("feedback-" + std::to_string(updates) + ".safetensors"));
        const auto longer = run_in(run, stars(12), true, 0, nullptr, on);
        EXPECT_EQ(longer.hashes, whole.hashes) << updates;
        EXPECT_EQ(longer.simulated->seconds, whole.simulated->seconds) << updates;
        EXPECT_EQ(metrics(run), metrics(in("whole"))) << updates;
    }
    // As JSON in the header of a JSON file.
    EXPECT_THAT(kinds, HasSubstr(R"(\"encoded\":1)"));
    EXPECT_THAT(kinds, HasSubstr(R"(\"sums\":)"));
}

/// The numbers of the tokens that were measured; each once.
std::set<int> tokens_of(const fs::path& folder) {
    std::set<int> tokens;
    for (const auto& line : metrics(folder)) {
        const int token = nlohmann::json::parse(line).at("round").get<int>();
        EXPECT_TRUE(tokens.insert(token).second) << token << " is there twice";
    }
    return tokens;
}

TEST_F(ResumedRun, AnAsynchronousOneOnThreadsCountsOverBoth) {
    run_in(in("run"), asynchronous(14));
    Warnings warnings;
    const auto longer = run_in(in("run"), asynchronous(31), true, 0, &warnings);
    EXPECT_EQ(longer.rounds, 31);
    EXPECT_EQ(longer.models.at(0).version, 15);
    EXPECT_THAT(warnings.all,
                ElementsAre(HasSubstr("what was under way in this asynchronous feedback begins anew")));
    // 10 that had come back, 21 more, and perhaps some that were under way at the end.
    EXPECT_GE(tokens_of(in("run")).size(), 31U);
    EXPECT_LE(tokens_of(in("run")).size(), 34U);
}

/// How long a whole run takes: children are killed at any moment of theirs.
std::uint64_t microseconds_since(std::chrono::steady_clock::time_point start) {
    const auto passed = std::chrono::steady_clock::now() - start;
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(passed).count());
}

/// Has a process of its own, the disabled test `child`, make the run, and kills it so many microseconds after
/// the run has begun or, if that is asked for, has saved for the first time.
void killed_in(const fs::path& run, const std::string& child, bool saved, std::uint64_t after,
               const std::string& devices = {}) {
    test::Process process(
        fs::read_symlink("/proc/self/exe").string(),
        {.arguments = {"--gtest_filter=Killed.DISABLED_" + child, "--gtest_also_run_disabled_tests"},
         .environment = {{"TRAMA_TEST_FOLDER", run.string()}, {"TRAMA_TEST_DEVICES", devices}}});
    const auto there = [&] {
        const auto file = run / (saved ? "checkpoints" : "metrics.jsonl");
        return fs::exists(file) && !(saved && fs::is_empty(file));
    };
    for (int wait = 0; wait < 20'000 && !there(); ++wait)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_TRUE(there());
    std::this_thread::sleep_for(std::chrono::microseconds(after));
    process.send(SIGKILL);
    process.wait();
}

// Processes of their own that are killed; started by the tests below.
TEST(Killed, DISABLED_AsynchronousChild) {
    const char* folder = std::getenv("TRAMA_TEST_FOLDER");
    const char* devices = std::getenv("TRAMA_TEST_DEVICES");
    ASSERT_NE(folder, nullptr);
    ASSERT_NE(devices, nullptr);
    const std::string file = devices;
    run_in(folder, asynchronous(40, "slow_walk"), false, 0, nullptr,
           {file.empty() ? "threads" : "simulated", file});
}

TEST_F(ResumedRun, AnAsynchronousOneSurvivesKills) {
    const auto machine = machines(folder.path());
    const auto start = std::chrono::steady_clock::now();
    const auto whole = run_in(in("whole"), asynchronous(40, "slow_walk"), false, 0, nullptr, machine);
    const auto lasts = microseconds_since(start);
    core::Stream moments(10, 26);
    for (int i = 0; i < 6; ++i) {
        const auto run = in("run" + std::to_string(i));
        const auto on = i % 2 == 0 ? machine : On{};
        killed_in(run, "AsynchronousChild", i % 3 == 2, moments.below(lasts), on.devices);
        const auto again = run_in(run, asynchronous(40, "slow_walk"), true, 0, nullptr, on);
        ASSERT_EQ(again.rounds, 40);
        ASSERT_EQ(again.models.at(0).version, 20);
        if (on.engine == "threads") {
            EXPECT_GE(tokens_of(run).size(), 40U);
            continue;
        }
        ASSERT_EQ(again.hashes, whole.hashes) << "killed " << i;
        ASSERT_EQ(metrics(run), metrics(in("whole"))) << "killed " << i;
    }
}

TEST(Killed, DISABLED_Child) {
    const char* folder = std::getenv("TRAMA_TEST_FOLDER");
    ASSERT_NE(folder, nullptr);
    run_in(folder, scheme(12, "slow_walk"));
}

TEST_F(ResumedRun, SurvivesKillAtTwentyRandomMoments) {
    const auto start = std::chrono::steady_clock::now();
    const auto whole = run_in(in("whole"), scheme(12, "slow_walk"));
    const auto lasts = microseconds_since(start);
    const auto expected = metrics(in("whole"));
    core::Stream moments(20, 26);
    for (int i = 0; i < 20; ++i) {
        const auto run = in("run" + std::to_string(i));
        killed_in(run, "Child", i % 3 == 2, moments.below(lasts));
        const auto again = run_in(run, scheme(12, "slow_walk"), true);
        ASSERT_EQ(again.hashes, whole.hashes) << "killed " << i;
        ASSERT_EQ(again.rounds, 12);
        ASSERT_EQ(metrics(run), expected) << "killed " << i;
        fs::remove_all(run);
    }
}

}  // namespace
}  // namespace trama::run
