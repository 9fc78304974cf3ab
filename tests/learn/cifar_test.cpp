#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learn/input/cifar.hpp"
#include "support.hpp"

namespace trama {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The format with two files of three pictures, and one of two for testing.
struct CifarFolder : test::Folder {
    learn::CifarFormat format{.name = "small",
                              .folder = "small-bin",
                              .train_files = {"a.bin", "b.bin"},
                              .test_file = "t.bin",
                              .names_file = "names.txt",
                              .records = 3,
                              .test_records = 2};

    std::string pictures(std::initializer_list<int> labels, int coarse = -1) const {
        std::string out;
        for (int label : labels) {
            if (coarse >= 0) out += static_cast<char>(coarse);
            out += static_cast<char>(label);
            out += std::string(1024, '\x01') + std::string(1024, '\x02') + std::string(1023, '\x03');
            out += static_cast<char>(100 + label);
        }
        return out;
    }
    void fill() const {
        write("a.bin", pictures({0, 1, 2}));
        write("b.bin", test::gzip(pictures({3, 4, 5})));
        write("t.bin", pictures({9, 8}));
    }
    std::string error() const {
        auto data = learn::read_cifar(format, path);
        if (data) return "no error";
        EXPECT_EQ(data.error().kind, core::ErrorKind::data);
        return data.error().message;
    }
};

TEST(Cifar, ReadsRecordsInOrder) {
    CifarFolder folder;
    folder.fill();
    auto data = learn::read_cifar(folder.format, folder.path);
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT(data->shape, ElementsAre(3, 32, 32));
    EXPECT_THAT(data->train.labels, ElementsAre(0, 1, 2, 3, 4, 5));
    EXPECT_THAT(data->test.labels, ElementsAre(9, 8));
    ASSERT_EQ(data->train.bytes.size(), 6U * 3072);
    EXPECT_EQ(data->train.bytes[0], 1) << "red comes first";
    EXPECT_EQ(data->train.bytes[1024], 2);
    EXPECT_EQ(data->train.bytes[5 * 3072 + 3071], 105);
    EXPECT_EQ(data->class_names[9], "9");
    auto facts = learn::probe_cifar(folder.format, folder.path);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->samples, 6);
    EXPECT_EQ(facts->classes, 10);
}

TEST(Cifar, FineLabelsAndNames) {
    CifarFolder folder;
    folder.format.label_bytes = 2;
    folder.write("a.bin", folder.pictures({0, 1, 2}, 19));
    folder.write("b.bin", folder.pictures({3, 4, 5}, 19));
    folder.write("t.bin", folder.pictures({9, 8}, 19));
    folder.write("names.txt", "n0\nn1\r\nn2\nn3\nn4\nn5\nn6\nn7\nn8\nn9\n\n");
    auto data = learn::read_cifar(folder.format, folder.path);
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT(data->train.labels, ElementsAre(0, 1, 2, 3, 4, 5));
    EXPECT_EQ(data->class_names[1], "n1");
    folder.write("names.txt", "one\n");
    EXPECT_THAT(folder.error(), HasSubstr("names 1 classes, small has 10"));
}

TEST(Cifar, CutShortOrTooLongSaysTheSizes) {
    CifarFolder folder;
    folder.fill();
    folder.write("a.bin", folder.pictures({0, 1, 2}).substr(0, 5000));
    EXPECT_THAT(folder.error(),
                HasSubstr("/a.bin` has only 5000 bytes, 3 pictures of 3073 bytes are 9219 bytes"));
    EXPECT_THAT(learn::probe_cifar(folder.format, folder.path).error().message,
                HasSubstr("has 5000 bytes, 3 "));
    folder.write("a.bin", folder.pictures({0, 1, 2}) + "x");
    EXPECT_THAT(folder.error(), HasSubstr("has more bytes than that, 3 pictures"));
    folder.fill();
    folder.write("b.bin", test::gzip(folder.pictures({3, 4})));
    EXPECT_THAT(folder.error(), HasSubstr("/b.bin` has only 6146 bytes"));
    const auto packed = test::gzip(folder.pictures({3, 4, 5}));
    folder.write("b.bin", packed.substr(0, packed.size() / 2));
    EXPECT_THAT(folder.error(), HasSubstr("is cut short"));
    folder.fill();
    folder.write("t.bin", folder.pictures({9, 10}));
    EXPECT_THAT(folder.error(), HasSubstr("has the label 10 in picture 1, classes are 0 to 9"));
}

TEST(Cifar, MissingFilesAreNamed) {
    CifarFolder folder;
    folder.write("a.bin", folder.pictures({0, 1, 2}));
    EXPECT_THAT(folder.error(), HasSubstr("lacks b.bin, t.bin (plain or with .gz)"));
    folder.path /= "nowhere";
    EXPECT_THAT(folder.error(), HasSubstr("there is no folder"));
    folder.path = folder.path.parent_path();
}

TEST(Cifar, BothAreRegistered) {
    test::Folder folder;
    for (const char* name : {"cifar10", "cifar100"}) {
        auto call = test::call(test::builtins(), name, {{"dir", test::text(folder.path.string())}});
        test::Bench bench;
        EXPECT_THAT(bench.resources.data(call).error().message, HasSubstr(".bin"));
        EXPECT_THAT(test::builtins().probe_data(call).error().message, HasSubstr(".bin"));
    }
}

}  // namespace
}  // namespace trama
