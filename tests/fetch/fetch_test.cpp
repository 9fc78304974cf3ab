// Against a server in this process: good and bad ones. The public mirrors are not asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "support/http_server.hpp"
#include "support/process.hpp"
#include "trama/core/hash.hpp"
#include "trama/fetch/fetch.hpp"

namespace trama::fetch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

/// Bytes that no compression makes small.
std::string noise(std::size_t size, std::uint32_t seed) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        seed = seed * 1664525U + 1013904223U;
        text += static_cast<char>(seed >> 24);
    }
    return text;
}

File file(const std::string& name, const std::string& body) {
    return {.name = name, .bytes = body.size(), .sha256 = core::sha256(body)};
}

class Heard final : public Listener {
  public:
    void note(const std::string& line) override { notes += line + "\n"; }
    void begins(const File& file, const std::string& /*url*/) override { begun.push_back(file.name); }
    void moved(std::uint64_t done) override { moves.push_back(done); }
    std::string notes;
    std::vector<std::string> begun;
    std::vector<std::uint64_t> moves;
};

class Fetch : public testing::Test {
  protected:
    Fetch() {
        ::setenv("no_proxy", "127.0.0.1", 1);  // whatever the machine's proxy is
        set.name = "small";
        set.sums = "this test";
        set.files = {file("a.gz", a), file("b.gz", b)};
        set.mirrors = {server.url()};
        options.folder = folder.path() / "data" / "small";
        options.listener = &heard;
        server.set("/a.gz", {.body = a});
        server.set("/b.gz", {.body = b});
    }
    core::Result<Outcome> fetch() { return fetch::fetch(set, options); }
    std::string there(const std::string& name) const { return test::read_file(options.folder / name); }
    std::set<std::string> names() const {
        std::set<std::string> names;
        for (const auto& entry : fs::directory_iterator(options.folder))
            names.insert(entry.path().filename());
        return names;
    }

    const std::string a = noise(300000, 1), b = noise(1000, 2);
    test::HttpServer server;
    test::TemporaryFolder folder;
    Heard heard;
    Set set;
    Options options;
};

TEST_F(Fetch, BringsAllFilesOnce) {
    const auto done = fetch();
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->files, 2U);
    EXPECT_EQ(done->fetched, 2U);
    EXPECT_FALSE(done->was_there);
    EXPECT_TRUE(there("a.gz") == a);
    EXPECT_TRUE(there("b.gz") == b);
    EXPECT_THAT(names(), ElementsAre("a.gz", "b.gz"));
    EXPECT_THAT(heard.begun, ElementsAre("a.gz", "b.gz"));
    EXPECT_TRUE(std::ranges::count(heard.moves, a.size()) == 1);
    const auto again = fetch();
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->was_there);
    EXPECT_EQ(again->files, 2U);
    EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(Fetch, NeedsNoModuleForWhatIsThere) {
    fs::create_directories(options.folder);
    (void)folder.write("data/small/a.gz", a);
    (void)folder.write("data/small/b.gz", b);
    options.transfer = []() -> core::Result<Transfer*> { throw std::logic_error("asked for"); };
    ASSERT_TRUE(fetch()->was_there);
}

TEST_F(Fetch, FetchesAgainWhatIsWrong) {
    fs::create_directories(options.folder);
    (void)folder.write("data/small/a.gz", a);
    (void)folder.write("data/small/b.gz", std::string(1000, 'x'));
    const auto done = fetch();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->fetched, 1U);
    EXPECT_TRUE(there("b.gz") == b);
    EXPECT_THAT(server.requests(), ElementsAre("GET /b.gz"));
}

TEST_F(Fetch, GoesOnWhereItWasCutOff) {
    server.set("/a.gz", {.body = a, .cut = 100000});
    const auto done = fetch();
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(there("a.gz") == a);
    EXPECT_THAT(server.requests(), ElementsAre("GET /a.gz", "GET /a.gz 100000-", "GET /b.gz"));
}

TEST_F(Fetch, GoesOnInALaterCall) {
    fs::create_directories(options.folder);
    (void)folder.write("data/small/a.gz.part", a.substr(0, 200000));
    const auto done = fetch();
    ASSERT_TRUE(done);
    EXPECT_TRUE(there("a.gz") == a);
    EXPECT_THAT(server.requests(), ElementsAre("GET /a.gz 200000-", "GET /b.gz"));
}

TEST_F(Fetch, BeginsAgainWhereTheServerKnowsNoRanges) {
    fs::create_directories(options.folder);
    (void)folder.write("data/small/a.gz.part", a.substr(0, 200000));
    server.set("/a.gz", {.body = a, .ranges = false});
    ASSERT_TRUE(fetch());
    EXPECT_TRUE(there("a.gz") == a);
    EXPECT_THAT(server.requests(), ElementsAre("GET /a.gz 200000-", "GET /a.gz", "GET /b.gz"));
}

TEST_F(Fetch, BeginsAgainWhenThePieceWasOfAnotherFile) {
    fs::create_directories(options.folder);
    (void)folder.write("data/small/a.gz.part", std::string(200000, 'x'));
    ASSERT_TRUE(fetch());
    EXPECT_TRUE(there("a.gz") == a);
    EXPECT_THAT(server.requests(), ElementsAre("GET /a.gz 200000-", "GET /a.gz", "GET /b.gz"));
}

TEST_F(Fetch, RemovesAPieceThatIsTooLong) {
    fs::create_directories(options.folder);
    (void)folder.write("data/small/b.gz.part", std::string(5000, 'x'));
    ASSERT_TRUE(fetch());
    EXPECT_TRUE(there("b.gz") == b);
}

TEST_F(Fetch, AsksTheNextMirrorWhenTheSumIsWrong) {
    set.mirrors = {server.url("/bad/"), server.url()};
    server.set("/bad/a.gz", {.body = noise(300000, 3)});
    server.set("/bad/b.gz", {.body = b});
    const auto done = fetch();
    ASSERT_TRUE(done);
    EXPECT_TRUE(there("a.gz") == a);
    EXPECT_THAT(heard.notes, HasSubstr("/bad/a.gz: what came is not the file"));
    EXPECT_THAT(server.requests(), ElementsAre("GET /bad/a.gz", "GET /a.gz", "GET /bad/b.gz"));
}

TEST_F(Fetch, LeavesNothingWrongBehind) {
    server.set("/a.gz", {.body = "<html>Please log in</html>"});
    const auto done = fetch();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, core::ErrorKind::data);
    EXPECT_THAT(done.error().message, HasSubstr("26 bytes with SHA-256 "));
    EXPECT_THAT(names(), ElementsAre());
}

TEST_F(Fetch, StopsAServerThatSendsTooMuch) {
    server.set("/b.gz", {.body = b + "more"});
    const auto done = fetch();
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, HasSubstr("more came than the 1000 bytes"));
}

TEST_F(Fetch, SaysOfEachMirrorWhyItFailed) {
    set.mirrors = {server.url("/nowhere/"), "http://127.0.0.1:1/", "ftp://127.0.0.1/", "file:///etc/"};
    const auto done = fetch();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, core::ErrorKind::data);
    EXPECT_THAT(done.error().message,
                testing::AllOf(HasSubstr("/nowhere/a.gz: the server answers 404"),
                               HasSubstr("http://127.0.0.1:1/a.gz: "), HasSubstr("ftp://127.0.0.1/a.gz: "),
                               HasSubstr("file:///etc/a.gz: ")));
}

TEST_F(Fetch, FollowsARedirection) {
    server.set("/a.gz", {.redirect = "/elsewhere"});
    server.set("/elsewhere", {.body = a});
    ASSERT_TRUE(fetch());
    EXPECT_TRUE(there("a.gz") == a);
}

TEST_F(Fetch, TakesTheGivenMirrorsInstead) {
    set.mirrors = {"http://127.0.0.1:1/"};
    options.mirrors = {server.url("/mine")};
    server.set("/mine/a.gz", {.body = a});
    server.set("/mine/b.gz", {.body = b});
    ASSERT_TRUE(fetch());
}

TEST_F(Fetch, GivesASilentServerUp) {
    set.mirrors = {server.url("/silent/"), server.url()};
    server.set("/silent/a.gz", {.body = a, .silent = true});
    server.set("/silent/b.gz", {.body = b});
    options.patience = std::chrono::seconds(1);
    const auto done = fetch();
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(there("a.gz") == a);
    EXPECT_THAT(heard.notes, HasSubstr("/silent/a.gz: nothing came for 1 second"));
}

TEST_F(Fetch, ASlowServerIsGoodEnough) {
    server.set("/a.gz", {.body = a, .pause = std::chrono::milliseconds(20)});
    ASSERT_TRUE(fetch());
    EXPECT_GE(heard.moves.size(), 10U);
    EXPECT_TRUE(std::ranges::is_sorted(heard.moves.begin(), std::ranges::find(heard.moves, a.size())));
}

TEST_F(Fetch, AStopKeepsWhatCame) {
    server.set("/a.gz", {.body = a, .pause = std::chrono::milliseconds(20)});
    std::stop_source stop;
    class Stops final : public Listener {
      public:
        explicit Stops(std::stop_source& stop) : stop_(stop) {}
        void note(const std::string& /*line*/) override {}
        void begins(const File& /*file*/, const std::string& /*url*/) override {}
        void moved(std::uint64_t done) override {
            if (done > 50000) stop_.request_stop();
        }

      private:
        std::stop_source& stop_;
    } stops(stop);
    options.stop = stop.get_token();
    options.listener = &stops;
    const auto done = fetch();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, core::ErrorKind::interrupted);
    EXPECT_THAT(names(), ElementsAre("a.gz.part"));
    const std::string part = there("a.gz.part");
    EXPECT_GT(part.size(), 50000U);
    EXPECT_TRUE(a.starts_with(part));
}

TEST_F(Fetch, SaysWhenTheFolderCannotBeWritten) {
    options.folder = folder.write("file", "") + "/small";
    const auto done = fetch();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, core::ErrorKind::data);
}

TEST(ByHand, NamesFilesSumsAndPlaces) {
    const auto* mnist = find("mnist");
    ASSERT_NE(mnist, nullptr);
    const auto text = by_hand(*mnist, "data/mnist");
    for (const auto& file : mnist->files)
        EXPECT_THAT(text, testing::AllOf(HasSubstr(file.name), HasSubstr(file.sha256)));
    EXPECT_THAT(text, testing::AllOf(HasSubstr("`data/mnist`"), HasSubstr(mnist->mirrors.front())));
}

TEST(Catalog, IsWellFormed) {
    for (const auto& set : catalog()) {
        EXPECT_EQ(find(set.name), &set);
        EXPECT_FALSE(set.files.empty() || set.mirrors.empty() || set.summary.empty()) << set.name;
        for (const auto& file : set.files) {
            EXPECT_EQ(file.sha256.size(), 64U) << file.name;
            EXPECT_EQ(file.sha256.find_first_not_of("0123456789abcdef"), std::string::npos) << file.name;
            EXPECT_GT(file.bytes, 0U);
            EXPECT_EQ(file.archive, !set.keeps.empty()) << file.name;
        }
        for (const auto& mirror : set.mirrors)
            EXPECT_TRUE(mirror.ends_with('/')) << mirror;
    }
    EXPECT_TRUE(std::ranges::is_sorted(catalog(), {}, &Set::name));
    EXPECT_EQ(find("nothing"), nullptr);
}

}  // namespace
}  // namespace trama::fetch
