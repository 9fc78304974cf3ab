// `trama fetch` as a user meets it. The public mirrors are not asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "support/http_server.hpp"
#include "support/process.hpp"
#include "trama/fetch/fetch.hpp"

namespace trama::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(FetchCommand, ListsWhatThereIs) {
    const auto all = trama({"fetch", "--list"});
    EXPECT_EQ(all.code, 0);
    for (const auto& set : fetch::catalog())
        EXPECT_THAT(all.out, HasSubstr(set.name + " "));
    const auto one = trama({"fetch", "--list", "cifar10"});
    EXPECT_EQ(one.code, 0);
    EXPECT_THAT(one.out, AllOf(HasSubstr("cifar-10-binary.tar.gz"), HasSubstr("`data/cifar10`"),
                               HasSubstr("https://www.cs.toronto.edu/~kriz/")));
}

TEST(FetchCommand, WrongUsage) {
    EXPECT_EQ(trama({"fetch"}).code, 2);
    EXPECT_THAT(trama({"fetch"}).err, HasSubstr("trama fetch --list"));
    const auto ended = trama({"fetch", "minst"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("did you mean `mnist`?"));
    EXPECT_EQ(trama({"fetch", "mnist", "--timeout", "0"}).code, 2);
}

TEST(FetchCommand, SaysWhatFailedAndWhatToDoByHand) {
    const TemporaryFolder folder;
    HttpServer server;
    server.set("/train-images-idx3-ubyte.gz", {.body = "not MNIST"});
    const auto ended = trama(
        Start{.arguments = {"fetch", "mnist", "--mirror", server.url(), "--mirror", server.url("/none")},
              .folder = folder.path()});
    EXPECT_EQ(ended.code, 4) << ended.err;
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err,
                AllOf(HasSubstr("fetching " + server.url("/train-images-idx3-ubyte.gz") + " (9.9 MB)\n"),
                      HasSubstr("what came is not the file: 9 bytes"), HasSubstr("the server answers 404"),
                      HasSubstr("error: cannot fetch `train-images-idx3-ubyte.gz`"),
                      HasSubstr("By hand: put these files into `data/mnist`"),
                      HasSubstr("440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
                      HasSubstr("then `trama fetch mnist` checks them")));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "data/mnist"));
}

TEST(FetchCommand, QuietSaysOnlyWhatFailed) {
    const TemporaryFolder folder;
    const HttpServer server;
    const auto ended =
        trama(Start{.arguments = {"fetch", "mnist", "--quiet", "--dir", "here", "--mirror", server.url()},
                    .folder = folder.path()});
    EXPECT_EQ(ended.code, 4);
    EXPECT_THAT(ended.err, AllOf(testing::StartsWith("error: "), Not(HasSubstr("fetching")),
                                 HasSubstr("into `here`"), HasSubstr("`trama fetch mnist --dir here`")));
}

TEST(FetchCommand, DrawsABarOnATerminal) {
    const TemporaryFolder folder;
    HttpServer server;
    server.set("/input.txt", {.body = std::string(1115394, 'x'), .pause = std::chrono::milliseconds(30)});
    const auto ended = trama(Start{.arguments = {"fetch", "shakespeare", "--mirror", server.url()},
                                   .environment = {{"LC_ALL", "C.UTF-8"}, {"TERM", "xterm"}},
                                   .folder = folder.path(),
                                   .terminal = 80});
    EXPECT_EQ(ended.code, 4);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("━"), HasSubstr(" % of 1.1 MB"), HasSubstr("\r\x1b[K")));
}

TEST(FetchCommand, AnInterruptKeepsWhatCame) {
    const TemporaryFolder folder;
    HttpServer server;
    server.set("/input.txt", {.body = std::string(1115394, 'x'), .silent = true});
    Process process(TRAMA_BINARY, Start{.arguments = {"fetch", "shakespeare", "--mirror", server.url()},
                                        .folder = folder.path()});
    ASSERT_TRUE(process.wait_for_error("fetching"));
    const auto part = folder.path() / "data/shakespeare/input.txt.part";
    std::error_code none;
    for (int i = 0;
         i < 500 && (!std::filesystem::exists(part) || std::filesystem::file_size(part, none) == 0); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    process.send(SIGINT);
    const auto ended = process.wait();
    EXPECT_EQ(ended.code, 130) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("the same command goes on from there"));
    EXPECT_GT(std::filesystem::file_size(part), 0U);
}

TEST(FetchCommand, SaysWhenTheModuleIsMissing) {
    const TemporaryFolder folder;
    const auto ended = trama(Start{.arguments = {"fetch", "mnist"},
                                   .environment = {{"TRAMA_MODULES", folder.path().string()}},
                                   .folder = folder.path()});
    EXPECT_EQ(ended.code, 4);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("this build cannot download"), HasSubstr("libcurl4-openssl-dev")));
}

}  // namespace
}  // namespace trama::test
