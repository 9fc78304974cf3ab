#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learn/input/characters.hpp"
#include "learn/input/text_windows.hpp"
#include "support.hpp"

namespace trama {
namespace {

using test::number;
using testing::ElementsAre;
using testing::HasSubstr;

std::string letters(const learn::Dataset& data, const learn::Samples& side, std::int64_t sample) {
    std::string out;
    for (std::int64_t i = 0; i < data.shape[0]; ++i)
        out += learn::characters()[side.bytes[static_cast<std::size_t>(sample * data.shape[0] + i)]];
    return out + "|" +
           learn::characters()[static_cast<std::size_t>(side.labels[static_cast<std::size_t>(sample)])];
}

struct TextFolder : test::Folder {
    core::Result<std::shared_ptr<const learn::Dataset>> read(const std::string& text,
                                                             test::Arguments more = {}) {
        more.insert(more.begin(), {"file", test::text(write("play.txt", text).string())});
        test::Bench bench;
        return bench.resources.data(test::call(test::builtins(), "text", more));
    }
};

TEST(Text, WindowsPredictTheNextCharacterAndNeverReachIntoTheTest) {
    TextFolder folder;
    auto data = folder.read("abcdefghij", {{"length", number(3)}, {"test", {core::Fraction{0.5}}}});
    ASSERT_TRUE(data) << data.error().message;
    ASSERT_EQ((*data)->train.count, 2);
    EXPECT_EQ(letters(**data, (*data)->train, 0), "abc|d");
    EXPECT_EQ(letters(**data, (*data)->train, 1), "bcd|e");
    ASSERT_EQ((*data)->test.count, 2);
    EXPECT_EQ(letters(**data, (*data)->test, 0), "fgh|i");
    EXPECT_EQ((*data)->classes, 80);
    EXPECT_TRUE((*data)->group_names.empty());
    data = folder.read("abcdefghij",
                       {{"length", number(3)}, {"step", number(3)}, {"test", {core::Fraction{0.0}}}});
    ASSERT_EQ((*data)->train.count, 3);
    EXPECT_EQ(letters(**data, (*data)->train, 2), "ghi|j");
}

TEST(Text, UnknownCharactersAreSpacesOfOneCharacter) {
    TextFolder folder;
    auto data = folder.read("a\xc3\xa9\tb\r\n*z", {{"length", number(6)}, {"test", {core::Fraction{0.0}}}});
    ASSERT_TRUE(data) << data.error().message;
    ASSERT_EQ((*data)->train.count, 1);
    EXPECT_EQ(letters(**data, (*data)->train, 0), "a  b\n |z");
    EXPECT_EQ((*data)->class_names[0], "newline");
    EXPECT_EQ((*data)->class_names[1], "space");
    EXPECT_EQ((*data)->class_names[79], "}");
}

TEST(Text, NotUtf8SaysWhere) {
    TextFolder folder;
    auto data = folder.read(std::string(100, 'a') + "\xe9t\xe9");
    ASSERT_FALSE(data);
    EXPECT_EQ(data.error().kind, core::ErrorKind::data);
    EXPECT_THAT(data.error().message, HasSubstr("is not UTF-8: byte e9 at offset 100"));
    EXPECT_THAT(folder.read("too short").error().message,
                HasSubstr("is too short: 9 characters, and a window of 80 needs 81"));
    EXPECT_THAT(folder.read("").error().message, HasSubstr("is too short: 0 characters"));
}

TEST(Text, SpeakersOfAPlay) {
    auto said = learn::speeches(
        "THE TRAGEDY\nby someone\n\nFirst Citizen:\nBefore we proceed, hear me: speak.\nGo.\n\nAll:\nSpeak, "
        "speak.\n\n"
        "ACT I. SCENE II.\nNobody's words\n  HAMLET. To be, or not: that is\n    the question.\n"
        "First Citizen:\nYou. Are\n");
    ASSERT_EQ(said.size(), 3U);
    EXPECT_EQ(said[0].speaker, "All");
    EXPECT_EQ(said[0].text, "Speak, speak.\n");
    EXPECT_EQ(said[1].speaker, "First Citizen");
    EXPECT_EQ(said[1].text, "Before we proceed, hear me: speak.\nGo.\nYou. Are\n");
    EXPECT_EQ(said[2].speaker, "HAMLET");
    EXPECT_EQ(said[2].text, "To be, or not: that is\nthe question.\n");
}

TEST(Text, SpeakersAreTheNaturalParts) {
    TextFolder folder;
    std::string play;
    for (int i = 0; i < 10; ++i)
        play += "Romeo:\nwherefore art thou\n\nJuliet:\nparting is such sweet sorrow\n\nNurse:\n" +
                std::string(i == 0 ? "ay\n\n" : "\n");
    test::Bench bench;
    auto call = test::call(test::builtins(), "text",
                           {{"file", test::text(folder.write("play.txt", play).string())},
                            {"by", test::symbol("speaker")},
                            {"length", number(10)},
                            {"partition", test::value({"natural", {}, {}})}});
    auto data = bench.resources.data(call);
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT((*data)->group_names, ElementsAre("Juliet", "Romeo")) << "the nurse says too little";
    for (std::int64_t part = 0; part < 2; ++part) {
        const auto dealt_sample = *bench.resources.part(**data, learn::Split::train, part, 2);
        for (auto sample : dealt_sample)
            EXPECT_THAT(letters(**data, (*data)->train, sample),
                        testing::Not(HasSubstr(part == 0 ? "thou" : "sweet")));
    }
    EXPECT_THAT(folder.read("no one speaks here\n", {{"by", test::symbol("speaker")}}).error().message,
                HasSubstr("has no speakers"));
    auto facts = test::builtins().probe_data(call);
    ASSERT_TRUE(facts);
    EXPECT_THAT(facts->input, ElementsAre(10));
    EXPECT_EQ(facts->classes, 80);
}

}  // namespace
}  // namespace trama
