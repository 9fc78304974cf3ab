#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "support.hpp"

namespace trama {
namespace {

using core::ErrorKind;
using test::Bench;
using test::Folder;
using test::gzip;
using testing::ElementsAre;
using testing::HasSubstr;

std::string big_endian(std::uint32_t number) {
    return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
            static_cast<char>(number)};
}

std::string idx(const std::vector<std::uint32_t>& dimensions, const std::string& values, char type = 8) {
    std::string file{0, 0, type, static_cast<char>(dimensions.size())};
    for (auto dimension : dimensions)
        file += big_endian(dimension);
    return file + values;
}

/// Images of 2×3 pixels: 4 to train on, 2 to test.
struct IdxFolder : Folder {
    std::string images = idx({4, 2, 3}, std::string("\x00\x01\x02\x03\x04\xff", 6) + std::string(18, '\x05'));
    std::string labels = idx({4}, std::string("\x00\x01\x02\x01", 4));
    std::string test_images = idx({2, 2, 3}, std::string(12, '\x07'));
    std::string test_labels = idx({2}, std::string("\x02\x00", 2));

    core::Call call(const test::Arguments& more = {}) const {
        test::Arguments arguments{{"images", test::text(write("images", images).string())},
                                  {"labels", test::text(write("labels", labels).string())},
                                  {"test_images", test::text(write("test_images", test_images).string())},
                                  {"test_labels", test::text(write("test_labels", test_labels).string())}};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return test::call(test::builtins(), "idx", arguments);
    }
    core::Result<std::shared_ptr<const learn::Dataset>> read(const test::Arguments& more = {}) const {
        Bench bench;
        return bench.resources.data(call(more));
    }
    /// The error of reading; it names the file.
    std::string error(const std::string& file, const test::Arguments& more = {}) const {
        auto data = read(more);
        if (data) return "no error";
        EXPECT_EQ(data.error().kind, ErrorKind::data);
        EXPECT_THAT(data.error().message, HasSubstr("`" + (path / file).string() + "`"));
        return data.error().message;
    }
};

TEST(Idx, ReadsPlainFiles) {
    IdxFolder folder;
    auto data = folder.read();
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT((*data)->shape, ElementsAre(1, 2, 3));
    EXPECT_EQ((*data)->classes, 3);
    EXPECT_THAT((*data)->class_names, ElementsAre("0", "1", "2"));
    EXPECT_EQ((*data)->train.count, 4);
    EXPECT_EQ((*data)->train.bytes.size(), 24U);
    EXPECT_EQ((*data)->train.bytes[5], 255);
    EXPECT_THAT((*data)->train.labels, ElementsAre(0, 1, 2, 1));
    EXPECT_THAT((*data)->test.labels, ElementsAre(2, 0));
    EXPECT_THAT((*data)->scale, ElementsAre(1.0F / 255.0F));
    EXPECT_EQ((*data)->fingerprint.size(), 64U);
}

TEST(Idx, ReadsGzipInOneOrSeveralMembers) {
    IdxFolder folder;
    auto plain = folder.read();
    folder.labels = gzip(folder.labels);
    folder.images = gzip(folder.images.substr(0, 9)) + gzip(folder.images.substr(9));
    auto data = folder.read();
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_EQ((*data)->train.bytes, (*plain)->train.bytes);
    EXPECT_EQ((*data)->train.labels, (*plain)->train.labels);
}

TEST(Idx, FingerprintFollowsTheContent) {
    IdxFolder folder;
    auto before = (*folder.read())->fingerprint;
    EXPECT_EQ((*folder.read())->fingerprint, before);
    folder.test_images.back() = '\x08';
    EXPECT_NE((*folder.read())->fingerprint, before);
}

TEST(Idx, MoreOrFewerDimensions) {
    IdxFolder folder;
    folder.images = idx({4, 6}, std::string(24, '\1'));
    folder.test_images = idx({2, 6}, std::string(12, '\1'));
    EXPECT_THAT((*folder.read())->shape, ElementsAre(6));
    folder.images = idx({4, 3, 2, 1}, std::string(24, '\1'));
    folder.test_images = idx({2, 3, 2, 1}, std::string(12, '\1'));
    EXPECT_THAT((*folder.read())->shape, ElementsAre(3, 2, 1));
}

TEST(Idx, MissingFile) {
    Bench bench;
    IdxFolder folder;
    auto call = folder.call();
    std::filesystem::remove(folder.path / "test_labels");
    auto data = bench.resources.data(call);
    ASSERT_FALSE(data);
    EXPECT_THAT(data.error().message,
                HasSubstr("there is no file `" + (folder.path / "test_labels").string()));
}

TEST(Idx, FolderInsteadOfAFile) {
    IdxFolder folder;
    Bench bench;
    auto call = folder.call();
    std::filesystem::remove(folder.path / "images");
    std::filesystem::create_directory(folder.path / "images");
    EXPECT_THAT(bench.resources.data(call).error().message, HasSubstr("is a folder"));
}

TEST(Idx, FileThatOneMayNotRead) {
    IdxFolder folder;
    Bench bench;
    auto call = folder.call();
    std::filesystem::permissions(folder.path / "labels", std::filesystem::perms::none);
    std::filesystem::permissions(folder.path, std::filesystem::perms::others_all,
                                 std::filesystem::perm_options::add);
    bool root = ::geteuid() == 0;
    if (root && ::seteuid(65534) != 0) GTEST_SKIP() << "cannot drop to nobody";
    auto data = bench.resources.data(call);
    if (root) {
        ASSERT_EQ(::seteuid(0), 0);
    }
    ASSERT_FALSE(data);
    EXPECT_THAT(data.error().message, HasSubstr("cannot be opened: Permission denied"));
}

TEST(Idx, NotAnIdxFile) {
    IdxFolder folder;
    folder.images = "PK\x03\x04 something else";
    EXPECT_THAT(folder.error("images"),
                HasSubstr("is no idx file: it starts with 50 4b 03 04, not with 00 00 08 03"));
    folder.images = "";
    EXPECT_THAT(folder.error("images"), HasSubstr("is no idx file: it has only 0 bytes"));
}

TEST(Idx, OtherTypesThanBytes) {
    IdxFolder folder;
    folder.images = idx({4, 2, 3}, std::string(96, '\0'), 0x0d);
    EXPECT_THAT(folder.error("images"),
                HasSubstr("holds 32-bit floats, only unsigned bytes (type 08) can be read"));
}

TEST(Idx, SwappedFiles) {
    IdxFolder folder;
    std::swap(folder.images, folder.labels);
    EXPECT_THAT(folder.error("labels"), HasSubstr("has 3 dimensions, labels have 1"));
    std::swap(folder.images, folder.labels);
    folder.test_images = folder.test_labels;
    EXPECT_THAT(folder.error("test_images"), HasSubstr("has 1 dimensions, images have 2 to 4"));
}

TEST(Idx, CutShort) {
    IdxFolder folder;
    auto whole = folder.images;
    folder.images = whole.substr(0, 10);
    EXPECT_THAT(folder.error("images"), HasSubstr("is cut short: it ends in its header"));
    folder.images = whole.substr(0, whole.size() - 1);
    EXPECT_THAT(folder.error("images"),
                HasSubstr("is cut short: its header says 24 values (4×2×3), there are only 23"));
    folder.images = gzip(whole.substr(0, whole.size() - 1));
    EXPECT_THAT(folder.error("images"), HasSubstr("is cut short"));
}

TEST(Idx, HeaderThatSaysFarTooMuchAsksForNoMemory) {
    IdxFolder folder;
    folder.images = idx({4294967295U, 4294967295U, 4294967295U}, "x");
    EXPECT_THAT(folder.error("images"), HasSubstr("is cut short"));
    folder.images = gzip(folder.images);
    EXPECT_THAT(folder.error("images"), HasSubstr("is cut short"));
}

TEST(Idx, EveryTruncationOfAGzipFileIsAnError) {
    IdxFolder folder;
    auto whole = gzip(folder.images);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        folder.images = whole.substr(0, size);
        EXPECT_THAT(folder.error("images"),
                    testing::AnyOf(HasSubstr("is cut short"), HasSubstr("is no idx file")))
            << size;
    }
}

TEST(Idx, DamagedGzip) {
    IdxFolder folder;
    auto whole = gzip(folder.images);
    folder.images = whole;
    folder.images[whole.size() - 6] ^= 1;  // of the sum
    EXPECT_THAT(folder.error("images"), HasSubstr("is damaged: incorrect data check"));
    folder.images = whole;
    folder.images[whole.size() - 1] ^= 1;  // of the length
    EXPECT_THAT(folder.error("images"), HasSubstr("is damaged: incorrect length check"));
    folder.images = whole;
    folder.images[10] ^= 0x06;  // the kind of the first block
    EXPECT_THAT(folder.error("images"), HasSubstr("is damaged"));
    folder.images = whole + "tail";
    EXPECT_THAT(folder.error("images"), HasSubstr("has other bytes after its compressed content"));
    folder.images = whole + std::string(512, '\0');
    EXPECT_TRUE(folder.read());
}

TEST(Idx, MoreThanTheHeaderSays) {
    IdxFolder folder;
    folder.labels += '\0';
    EXPECT_THAT(folder.error("labels"), HasSubstr("goes on after its end: its header says 4 values (4)"));
    folder.labels = gzip(folder.labels);
    EXPECT_THAT(folder.error("labels"), HasSubstr("goes on after its end"));
}

TEST(Idx, CountsThatDiffer) {
    IdxFolder folder;
    folder.labels = idx({3}, std::string("\0\1\2", 3));
    EXPECT_THAT(folder.error("labels"),
                HasSubstr("has 3 labels, but `" + (folder.path / "images").string() + "` has 4 images"));
}

TEST(Idx, ShapesThatDiffer) {
    IdxFolder folder;
    folder.test_images = idx({2, 3, 3}, std::string(18, '\0'));
    EXPECT_THAT(folder.error("test_images"), HasSubstr("has samples of 1×3×3, those of"));
}

TEST(Idx, LabelOutOfRange) {
    IdxFolder folder;
    EXPECT_TRUE(folder.read({{"classes", test::number(3)}}));
    EXPECT_THAT(folder.error("labels", {{"classes", test::number(2)}}),
                HasSubstr("has the label 2 at sample 2, the classes are 0 to 1"));
}

TEST(Idx, EmptyDataSet) {
    IdxFolder folder;
    folder.images = idx({0, 2, 3}, "");
    folder.labels = idx({0}, "");
    EXPECT_THAT(folder.error("labels"), HasSubstr("is empty: its header says 0"));
}

TEST(Idx, ProbeReadsHeadersOnly) {
    IdxFolder folder;
    folder.images = folder.images.substr(0, 16);  // no pixels
    auto facts = test::builtins().probe_data(folder.call());
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_THAT(facts->input, ElementsAre(1, 2, 3));
    EXPECT_EQ(facts->samples, 4);
    EXPECT_EQ(facts->classes, 0);
    folder.images = "nonsense";
    EXPECT_FALSE(test::builtins().probe_data(folder.call()));
}

TEST(Mnist, FindsItsFilesUnderTheirNames) {
    IdxFolder content;
    Folder folder;
    folder.write("train-images.idx3-ubyte", content.images);
    folder.write("train-labels-idx1-ubyte", content.labels);
    folder.write("t10k-images-idx3-ubyte.gz", gzip(content.test_images));
    folder.write("t10k-labels.idx1-ubyte.gz", gzip(content.test_labels));
    Bench bench(folder.path.parent_path());
    auto call = test::call(test::builtins(), "mnist", {{"dir", test::text(folder.path.filename().string())}});
    auto data = bench.resources.data(call);
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_EQ((*data)->name, "mnist");
    EXPECT_EQ((*data)->classes, 10);
    auto facts = test::builtins().probe_data(call, folder.path.parent_path());
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->classes, 10);
    EXPECT_EQ(facts->samples, 4);

    auto fashion = bench.resources.data(
        test::call(test::builtins(), "fashion_mnist", {{"dir", test::text(folder.path.string())}}));
    EXPECT_EQ((*fashion)->class_names[9], "ankle boot");
}

TEST(Mnist, NamesWhatIsMissing) {
    Folder folder;
    Bench bench;
    folder.write("train-images-idx3-ubyte.gz", "");
    auto dir = folder.path.string();
    auto data = bench.resources.data(test::call(test::builtins(), "mnist", {{"dir", test::text(dir)}}));
    ASSERT_FALSE(data);
    EXPECT_EQ(data.error().message, "`" + dir +
                                        "` lacks train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
                                        "t10k-labels-idx1-ubyte (plain or with .gz)");
    data = bench.resources.data(test::call(test::builtins(), "mnist", {{"dir", test::text(dir + "/none")}}));
    EXPECT_EQ(data.error().message, "there is no folder `" + dir + "/none`");
}

TEST(Emnist, LettersBeginAtOneAsInTorchvision) {
    IdxFolder folder;
    folder.labels = idx({4}, std::string("\x01\x02\x1a\x01", 4));
    folder.test_labels = idx({2}, std::string("\x03\x04", 2));
    folder.write("emnist-letters-train-images-idx3-ubyte", folder.images);
    folder.write("emnist-letters-train-labels-idx1-ubyte", folder.labels);
    folder.write("emnist-letters-test-images-idx3-ubyte", folder.test_images);
    folder.write("emnist-letters-test-labels-idx1-ubyte", folder.test_labels);
    auto call = [&](const char* split) {
        return test::call(test::builtins(), "emnist",
                          {{"dir", test::text(folder.path.string())}, {"split", test::symbol(split)}});
    };
    Bench bench;
    auto data = bench.resources.data(call("letters"));
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_EQ((*data)->classes, 27);
    EXPECT_EQ((*data)->class_names[0], "N/A");
    EXPECT_EQ((*data)->class_names[26], "z");
    EXPECT_THAT((*data)->train.labels, ElementsAre(1, 2, 26, 1));
    EXPECT_EQ(test::builtins().probe_data(call("letters"))->classes, 27);
    EXPECT_THAT(bench.resources.data(call("byclass")).error().message,
                HasSubstr("lacks emnist-byclass-train-images-idx3-ubyte"));
}

TEST(Emnist, ClassesOfEachSplit) {
    IdxFolder folder;
    for (auto [split, classes] :
         {std::pair{"balanced", 47}, {"byclass", 62}, {"bymerge", 47}, {"digits", 10}}) {
        for (const char* side : {"train", "test"}) {
            const auto name = std::string("emnist-") + split + "-" + side;
            folder.write(name + "-images-idx3-ubyte", folder.test_images);
            folder.write(name + "-labels-idx1-ubyte", folder.test_labels);
        }
        Bench bench;
        auto data = bench.resources.data(
            test::call(test::builtins(), "emnist",
                       {{"dir", test::text(folder.path.string())}, {"split", test::symbol(split)}}));
        ASSERT_TRUE(data) << data.error().message;
        EXPECT_EQ((*data)->classes, classes) << split;
        EXPECT_EQ((*data)->class_names.size(), static_cast<std::size_t>(classes)) << split;
    }
}

}  // namespace
}  // namespace trama
