#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support.hpp"

namespace trama {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string users(const std::string& data) {
    return R"({"users": ["u1"], "num_samples": [1, 2], "hierarchies": [["x", 3]], "user_data": {)" + data +
           "}}";
}

struct LeafFolder : test::Folder {
    LeafFolder() {
        std::filesystem::create_directory(path / "train");
        std::filesystem::create_directory(path / "test");
        write("test/a.json", users(R"("u1": {"x": [[0.5, 1.5, -2]], "y": [0]})"));
    }
    core::Call call() const {
        return test::call(
            test::builtins(), "leaf",
            {{"dir", test::text(path.string())}, {"partition", test::value({"natural", {}, {}})}});
    }
    core::Result<std::shared_ptr<const learn::Dataset>> read() const {
        test::Bench bench;
        return bench.resources.data(call());
    }
    std::string error(const std::string& train) const {
        write("train/a.json", train);
        auto data = read();
        if (data) return "no error";
        EXPECT_EQ(data.error().kind, core::ErrorKind::data);
        return data.error().message;
    }
};

TEST(Leaf, NumbersWithUsersAsParts) {
    LeafFolder folder;
    folder.write("train/a.json", users(R"("u1": {"x": [[0.5, 1, -2], [3, 4e-1, 5]], "y": [1, 2]})"));
    folder.write(
        "train/b.json",
        test::gzip(users(R"("u2": {"y": [0], "x": [[7, 8, 9]]}, "u1": {"x": [[1,1,1]], "y": [4.0]})")));
    std::filesystem::rename(folder.path / "train/b.json", folder.path / "train/b.json.gz");
    test::Bench bench;
    auto data = bench.resources.data(folder.call());
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT((*data)->shape, ElementsAre(3));
    EXPECT_EQ((*data)->classes, 5);
    EXPECT_THAT((*data)->train.floats, ElementsAre(0.5, 1, -2, 3, 0.4F, 5, 7, 8, 9, 1, 1, 1));
    EXPECT_THAT((*data)->train.labels, ElementsAre(1, 2, 0, 4));
    EXPECT_THAT((*data)->group_names, ElementsAre("u1", "u2"));
    EXPECT_THAT(*bench.resources.part(**data, learn::Split::train, 0, 2), ElementsAre(0, 1, 3));
    EXPECT_THAT(*bench.resources.part(**data, learn::Split::train, 1, 2), ElementsAre(2));
    EXPECT_THAT((*data)->test.floats, ElementsAre(0.5, 1.5, -2));
    EXPECT_THAT(test::builtins().probe_data(folder.call())->input, ElementsAre(3));
}

TEST(Leaf, PicturesOfFemnist) {
    LeafFolder folder;
    std::string picture = "[";
    for (int i = 0; i < 784; ++i)
        picture += (i > 0 ? ", " : "") + std::string(i % 2 == 0 ? "1.0" : "0.25");
    picture += "]";
    for (const char* side : {"train/a.json", "test/a.json"})
        folder.write(side, users(R"("u1": {"x": [)" + picture + R"(], "y": [61]})"));
    auto data = folder.read();
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT((*data)->shape, ElementsAre(1, 28, 28));
    EXPECT_EQ((*data)->classes, 62);
    EXPECT_EQ((*data)->train.floats[783], 0.25F);
}

TEST(Leaf, TextsBecomeCharacterNumbers) {
    LeafFolder folder;
    for (const char* side : {"train/a.json", "test/a.json"})
        folder.write(side, users(R"("ROMEO": {"x": ["a b\n", "\u00e9}[A"], "y": ["z", " "]})"));
    auto data = folder.read();
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT((*data)->shape, ElementsAre(4));
    EXPECT_EQ((*data)->classes, 80);
    EXPECT_THAT((*data)->train.bytes, ElementsAre(53, 1, 54, 0, 1, 79, 51, 25));
    EXPECT_THAT((*data)->train.labels, ElementsAre(78, 1));
    EXPECT_EQ(test::builtins().probe_data(folder.call())->classes, 80);
}

TEST(Leaf, WhatIsWrongIsSaidWithFileAndUser) {
    LeafFolder folder;
    EXPECT_THAT(folder.read().error().message, HasSubstr("there is no json file in"));
    const auto whole = users(R"("u1": {"x": [[1, 2, 3]], "y": [1]})");
    for (std::size_t cut = 1; cut < whole.size(); cut += 7)
        EXPECT_THAT(folder.error(whole.substr(0, cut)), HasSubstr("a.json` is no json: it breaks off"));
    EXPECT_THAT(folder.error(users(R"("u1": {"x": [[1, 2, 3]], "y": [1, 2]})")),
                HasSubstr("has 1 samples and 2 labels of the user `u1`"));
    EXPECT_THAT(folder.error(users(R"("u1": {"x": [[1, 2, 3], [1, 2]], "y": [1, 2]})")),
                HasSubstr("has a sample of 2, where others have 3, of the user `u1`"));
    EXPECT_THAT(folder.error(users(R"("u1": {"x": [[1, 2, 1e60]], "y": [1]})")),
                HasSubstr("in a sample of the user"));
    EXPECT_THAT(folder.error(users(R"("u1": {"x": [[1, null, 3]], "y": [1]})")),
                HasSubstr("has null in a sample"));
    EXPECT_THAT(folder.error(users(R"("u1": {"x": [[1, 2, 3]], "y": [-1]})")),
                HasSubstr("has the label -1 of"));
    EXPECT_THAT(folder.error(users(R"("u1": {"x": [[1, 2, 3]], "y": [1.5]})")),
                HasSubstr("has 1.5 as a label"));
    EXPECT_THAT(folder.error(users(R"("u1": {"x": [[1, 2, 3]], "y": ["long"]})")),
                HasSubstr("a label that is not one character"));
    EXPECT_THAT(folder.error(users(R"("u1": {"x": [[]], "y": [1]})")), HasSubstr("an empty sample"));
    EXPECT_THAT(folder.error(users("")), HasSubstr("hold no samples"));
    EXPECT_THAT(folder.error(users(R"("u1": {"x": ["abc"], "y": ["d"]})")),
                HasSubstr("has both numbers and texts"));
}

}  // namespace
}  // namespace trama
