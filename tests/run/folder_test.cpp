#include "run/folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "support/process.hpp"

namespace trama::run {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

Keep under(const fs::path& parent) {
    Keep keep;
    keep.parent = parent;
    return keep;
}

Keep in(const fs::path& folder) {
    Keep keep;
    keep.folder = folder;
    return keep;
}

TEST(ClaimFolder, TakesTheNextNumber) {
    const TemporaryFolder folder;
    const Keep keep = under(folder.path() / "runs");
    EXPECT_EQ(claim_folder(keep, "a").value().filename(), "a-1");
    EXPECT_EQ(claim_folder(keep, "a").value().filename(), "a-2");
    EXPECT_EQ(claim_folder(keep, "b").value().filename(), "b-1");
    fs::create_directory(folder.path() / "runs/a-41");
    fs::create_directory(folder.path() / "runs/a-x");
    fs::create_directory(folder.path() / "runs/a-99999999999999999999");
    EXPECT_EQ(claim_folder(keep, "a").value().filename(), "a-42");
}

TEST(ClaimFolder, GivesEveryoneADifferentOne) {
    const TemporaryFolder folder;
    const Keep keep = under(folder.path() / "runs");
    std::vector<fs::path> claimed(64);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (std::size_t i = 0; i < 8; ++i)
                claimed[8 * t + i] = claim_folder(keep, "a").value();
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(std::set<fs::path>(claimed.begin(), claimed.end()).size(), claimed.size());
}

TEST(ClaimFolder, AnExistingOneIsClearedOnlyWhenItIsARunsAndAskedFor) {
    const TemporaryFolder folder;
    Keep keep = in(folder.path() / "out");
    ASSERT_TRUE(claim_folder(keep, "a"));
    EXPECT_EQ(claim_folder(keep, "a").error().kind, core::ErrorKind::usage);

    keep.overwrite = true;
    EXPECT_TRUE(claim_folder(keep, "a")) << "an empty folder has nothing to lose";
    folder.write("out/model.safetensors", "x");
    EXPECT_EQ(claim_folder(keep, "a").error().kind, core::ErrorKind::usage) << "no config.json: not a run's";
    folder.write("out/config.json", "not json");
    EXPECT_EQ(claim_folder(keep, "a").error().kind, core::ErrorKind::usage);
    folder.write("out/config.json", R"({"format": "trama-run"})");
    for (const char* name : {"metrics.jsonl", "imports/1-a.trama", "model-3.pt", "mine.txt", "modelling.txt"})
        folder.write(std::string("out/") + name, "x");
    ASSERT_TRUE(claim_folder(keep, "a"));
    std::set<std::string> left;
    for (const auto& entry : fs::directory_iterator(folder.path() / "out"))
        left.insert(entry.path().filename());
    EXPECT_THAT(left, testing::ElementsAre("mine.txt", "modelling.txt"));
}

TEST(ClaimFolder, SaysWhyItCannotBeMade) {
    const auto error = claim_folder(in("/proc/none/out"), "a").error();
    EXPECT_EQ(error.kind, core::ErrorKind::data);
    EXPECT_THAT(error.where, testing::HasSubstr("/proc/none/out"));
}

}  // namespace
}  // namespace trama::run
