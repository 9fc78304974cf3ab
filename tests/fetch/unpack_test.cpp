// Archives, made here byte by byte: good, hostile and broken ones.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

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

/// One member of a ustar archive (POSIX.1-1988): type '0' is a plain file, '2' a symbolic link.
std::string member(const std::string& name, const std::string& body, char type = '0',
                   const std::string& target = {}) {
    std::string head(512, '\0');
    const auto put = [&](std::size_t at, const std::string& text) { head.replace(at, text.size(), text); };
    const auto octal = [](std::size_t value) { return fmt::format("{:011o}", value); };
    put(0, name);
    put(100, "0000644");
    put(124, octal(body.size()));
    put(136, octal(0));
    put(148, "        ");
    head[156] = type;
    put(157, target);
    put(257, std::string("ustar\0", 6) + "00");
    std::size_t sum = 0;
    for (const char c : head)
        sum += static_cast<unsigned char>(c);
    put(148, octal(sum).substr(5) + std::string(1, '\0'));
    std::string padded = body;
    padded.resize((body.size() + 511) / 512 * 512);
    return head + padded;
}

std::string gzipped(const std::string& text) {
    z_stream stream{};
    if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) std::abort();
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string archive_of(const std::string& members) {
    return gzipped(members + std::string(1024, '\0'));
}

class Unpack : public testing::Test {
  protected:
    Unpack() {
        ::setenv("no_proxy", "127.0.0.1", 1);
        set.name = "small";
        set.sums = "this test";
        set.keeps = {".bin"};
        set.mirrors = {server.url()};
        options.folder = folder.path() / "data" / "small";
        serve(archive_of(member("small/", "", '5') + member("small/one.bin", one) +
                         member("small/two.bin", two) + member("small/readme.html", "no")));
    }
    void serve(const std::string& archive) {
        server.set("/small.tar.gz", {.body = archive});
        set.files = {{"small.tar.gz", archive.size(), core::sha256(archive), true}};
    }
    core::Result<Outcome> fetch() { return fetch::fetch(set, options); }
    std::string there(const std::string& name) const { return test::read_file(options.folder / name); }
    std::set<std::string> names() const {
        std::set<std::string> names;
        for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
            if (!entry.is_directory()) names.insert(entry.path().lexically_relative(options.folder));
        }
        return names;
    }

    const std::string one = std::string(100000, '1'), two = "two";
    test::HttpServer server;
    test::TemporaryFolder folder;
    Set set;
    Options options;
};

TEST_F(Unpack, LeavesTheFilesThatAreWanted) {
    const auto done = fetch();
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->files, 2U);
    EXPECT_TRUE(there("one.bin") == one);
    EXPECT_EQ(there("two.bin"), two);
    EXPECT_THAT(names(), ElementsAre("SHA256SUMS", "one.bin", "two.bin"));
    EXPECT_EQ(there("SHA256SUMS"), "# unpacked from small.tar.gz with SHA-256 " + set.files[0].sha256 + "\n" +
                                       core::sha256(one) + "  one.bin\n" + core::sha256(two) + "  two.bin\n");
    const auto again = fetch();
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->was_there);
    EXPECT_EQ(again->files, 2U);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(Unpack, FetchesAgainWhatWasChanged) {
    ASSERT_TRUE(fetch());
    (void)folder.write("data/small/two.bin", "tow");
    const auto done = fetch();
    ASSERT_TRUE(done);
    EXPECT_FALSE(done->was_there);
    EXPECT_EQ(there("two.bin"), two);
}

TEST_F(Unpack, TakesAnArchiveThatWasPutThereByHand) {
    fs::create_directories(options.folder);
    const auto archive = archive_of(member("one.bin", one));
    serve(archive);
    (void)folder.write("data/small/small.tar.gz", archive);
    ASSERT_TRUE(fetch());
    EXPECT_TRUE(there("one.bin") == one);
    EXPECT_THAT(server.requests(), ElementsAre());
    EXPECT_TRUE(there("small.tar.gz") == archive);
}

TEST_F(Unpack, WritesNothingOutsideTheFolder) {
    serve(archive_of(member("../../up.bin", one) + member("/tmp/trama_absolute.bin", two) +
                     member("link.bin", "", '2', "/etc/passwd") + member("hard.bin", "", '1', "up.bin") +
                     member("..", "", '0')));
    const auto done = fetch();
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_THAT(names(), ElementsAre("SHA256SUMS", "trama_absolute.bin", "up.bin"));
    EXPECT_FALSE(fs::exists("/tmp/trama_absolute.bin"));
}

TEST_F(Unpack, DoesNotWriteThroughALinkThatIsThere) {
    fs::create_directories(options.folder);
    const auto other = folder.write("other", "mine");
    fs::create_symlink(other, options.folder / "one.bin.part");
    EXPECT_FALSE(fetch());
    EXPECT_EQ(test::read_file(other), "mine");
}

TEST_F(Unpack, RefusesTwoFilesOfOneName) {
    serve(archive_of(member("a/one.bin", one) + member("b/one.bin", two)));
    const auto done = fetch();
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, HasSubstr("`one.bin` is in it twice"));
}

TEST_F(Unpack, SaysWhenItIsNoArchiveOrCutOff) {
    serve("this is no archive");
    auto done = fetch();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, core::ErrorKind::data);
    EXPECT_THAT(done.error().message, HasSubstr("cannot unpack it"));
    serve(gzipped(member("one.bin", one).substr(0, 2000)));
    done = fetch();
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, HasSubstr("cannot unpack it"));
    EXPECT_FALSE(fs::exists(options.folder / "one.bin"));
    serve(archive_of(member("readme.html", "no")));
    done = fetch();
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, HasSubstr("nothing in it that is wanted"));
}

}  // namespace
}  // namespace trama::fetch
