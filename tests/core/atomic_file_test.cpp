#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/temporary_folder.hpp"
#include "trama/core/safetensors.hpp"

namespace trama::core {
namespace {

namespace fs = std::filesystem;

std::ptrdiff_t files_in(const fs::path& folder) {
    return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

std::string message(const Result<void>& result) {
    return result ? "written" : result.error().message;
}

/// Runs `work` in a process of its own and says whether it returned true.
bool in_child(const std::function<bool()>& work) {
    const auto child = ::fork();
    if (child == 0) {
        ::_exit(work() ? 0 : 1);
    }
    int status = 0;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(AtomicFile, WritesAndReplaces) {
    const TemporaryFolder folder;
    ASSERT_TRUE(write_file_atomically(folder / "a.txt", "one"));
    EXPECT_EQ(slurp(folder / "a.txt"), "one");
    ASSERT_TRUE(write_file_atomically(folder / "a.txt", ""));
    EXPECT_EQ(slurp(folder / "a.txt"), "");
    EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(AtomicFile, FollowsLinks) {
    const TemporaryFolder folder;
    ASSERT_TRUE(write_file_atomically(folder / "target", "one"));
    fs::create_symlink("target", folder / "link");
    ASSERT_TRUE(write_file_atomically(folder / "link", "two"));
    EXPECT_TRUE(fs::is_symlink(folder / "link"));
    EXPECT_EQ(slurp(folder / "target"), "two");
}

TEST(AtomicFile, LongNames) {
    const TemporaryFolder folder;
    EXPECT_TRUE(write_file_atomically(folder / std::string(250, 'x'), "one"));
    EXPECT_EQ(message(write_file_atomically(folder / std::string(300, 'x'), "one")),
              "cannot write `" + (folder / std::string(300, 'x')).string() + "`: file name too long");
    EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(AtomicFile, SaysWhyItCannot) {
    const TemporaryFolder folder;
    const auto missing = folder / "no" / "a.txt";
    const auto no_folder = write_file_atomically(missing, "x");
    EXPECT_EQ(message(no_folder), "cannot write `" + missing.string() + "`: no such file or directory");
    EXPECT_EQ(no_folder.error().kind, ErrorKind::data);
    EXPECT_EQ(no_folder.error().hint,
              "make the folder `" + (folder / "no").string() + "` first, or check the path");

    ASSERT_TRUE(write_file_atomically(folder / "file", "x"));
    const auto below_file = write_file_atomically(folder / "file" / "a.txt", "x");
    EXPECT_EQ(message(below_file),
              "cannot write `" + (folder / "file" / "a.txt").string() + "`: not a directory");
    EXPECT_EQ(below_file.error().hint,
              "a part of `" + (folder / "file").string() + "` is a file, not a folder");

    EXPECT_EQ(message(write_file_atomically(folder.path(), "x")),
              "cannot write `" + folder.path().string() + "`: is a directory");
    EXPECT_EQ(message(write_file_atomically("/dev/null", "x")),
              "cannot write `/dev/null`: it is not a regular file");
    EXPECT_FALSE(write_file_atomically("", "x"));
    EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(AtomicFile, WithoutPermission) {
    const TemporaryFolder folder;
    fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read |
                                       fs::perms::others_exec);
    EXPECT_TRUE(in_child([&] {
        // Root may write anywhere: then the attempt is nobody's.
        if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) {
            return false;
        }
        const auto result = write_file_atomically(folder / "a.txt", "x");
        return message(result) == "cannot write `" + (folder / "a.txt").string() + "`: permission denied" &&
               result.error().hint == "check the permissions, or choose another path";
    }));
    fs::permissions(folder.path(), fs::perms::owner_all);
}

/// A limit on file size stands for a full disk: it stops a write in the middle, too.
TEST(AtomicFile, KeepsTheOldFileWhenTheNewOneDoesNotFit) {
    const TemporaryFolder folder;
    ASSERT_TRUE(write_file_atomically(folder / "a.txt", "old"));
    EXPECT_TRUE(in_child([&] {
        std::signal(SIGXFSZ, SIG_IGN);
        const ::rlimit limit{10'000, 10'000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        return message(write_file_atomically(folder / "a.txt", std::string(20'000, 'x'))) ==
               "cannot write `" + (folder / "a.txt").string() + "`: file too large";
    }));
    EXPECT_EQ(slurp(folder / "a.txt"), "old");
    EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(AtomicFile, ReadersSeeWholeFiles) {
    const TemporaryFolder folder;
    const auto path = folder / "a.txt";
    ASSERT_TRUE(write_file_atomically(path, std::string(10'000, 'a')));
    std::vector<std::jthread> writers;
    for (const char letter : {'b', 'c'}) {
        writers.emplace_back([&path, letter] {
            for (int i = 0; i < 50; ++i) {
                EXPECT_TRUE(write_file_atomically(path, std::string(10'000, letter)));
            }
        });
    }
    for (int i = 0; i < 200; ++i) {
        const auto content = slurp(path);
        ASSERT_EQ(content, std::string(10'000, content.empty() ? ' ' : content[0]));
    }
    writers.clear();
    EXPECT_EQ(files_in(folder.path()), 1);
}

}  // namespace
}  // namespace trama::core
