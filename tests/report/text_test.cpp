#include "trama/report/text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace trama::report {
namespace {

TEST(Text, ColumnsCountCodePoints) {
    EXPECT_EQ(columns(""), 0U);
    EXPECT_EQ(columns("abc"), 3U);
    EXPECT_EQ(columns("◁Bcast"), 6U);
}

TEST(Text, WrapBreaksAtSpacesAndIndentsWhatFollows) {
    EXPECT_EQ(wrap("one two three", 7), "one two\nthree");
    EXPECT_EQ(wrap("one two three", 9, 2), "one two\n  three");
    EXPECT_EQ(wrap("incomprehensible word", 5), "incomprehensible\nword");
    EXPECT_EQ(wrap("a\n\nb", 10), "a\n\nb");
    EXPECT_EQ(wrap("", 10), "");
}

TEST(Text, NoLineIsWiderThanAsked) {
    const std::string text =
        "a feedback body takes and gives one token a round, or the loop is primed with several";
    for (std::size_t width = 12; width < 40; ++width) {
        const std::string wrapped = wrap(text, width);
        for (std::size_t at = 0; at < wrapped.size();) {
            const auto end = std::min(wrapped.find('\n', at), wrapped.size());
            EXPECT_LE(end - at, width);
            at = end + 1;
        }
    }
}

TEST(Text, AsciiSpellsSignsOut) {
    EXPECT_EQ(to_ascii("A → B • ◁Bcast"), "A -> B * <|Bcast");
    EXPECT_EQ(to_ascii("日"), "?");
    EXPECT_EQ(to_ascii("plain"), "plain");
}

TEST(Text, TableAlignsAndWrapsTheLastColumn) {
    EXPECT_EQ(table({{"a", "x"}, {"bbb", "y"}}, 80, 2), "  a    x\n  bbb  y\n");
    EXPECT_EQ(table({{"name", "a text that is longer than the width"}}, 28),
              "name  a text that is longer\n      than the width\n");
    EXPECT_EQ(table({}, 80), "");
    EXPECT_EQ(table({{"", ""}}, 80), "\n");
}

TEST(Numbers, SecondsAreShort) {
    EXPECT_EQ(seconds(0), "0.0 ms");
    EXPECT_EQ(seconds(0.0042), "4.2 ms");
    EXPECT_EQ(seconds(0.042), "42 ms");
    EXPECT_EQ(seconds(0.0996), "0.10 s");
    EXPECT_EQ(seconds(0.123), "0.12 s");
    EXPECT_EQ(seconds(1.25), "1.2 s");
    EXPECT_EQ(seconds(59.4), "59 s");
    EXPECT_EQ(seconds(59.6), "1 min 00 s");
    EXPECT_EQ(seconds(200), "3 min 20 s");
    EXPECT_EQ(seconds(3720), "1 h 02 min");
    EXPECT_EQ(seconds(std::numeric_limits<double>::quiet_NaN()), "?");
}

TEST(Numbers, BytesInPowersOfThousand) {
    EXPECT_EQ(bytes(0), "0 B");
    EXPECT_EQ(bytes(999), "999 B");
    EXPECT_EQ(bytes(1234), "1.2 kB");
    EXPECT_EQ(bytes(999'600), "1.0 MB");
    EXPECT_EQ(bytes(25'000'000), "25 MB");
}

TEST(Numbers, MetricsKeepWhatMatters) {
    EXPECT_EQ(number(0.95123), "0.9512");
    EXPECT_EQ(number(12.3), "12.3000");
    EXPECT_EQ(number(0), "0.0000");
    EXPECT_EQ(number(3.14e-5), "3.14e-05");
    EXPECT_EQ(number(1.5e30), "1.50e+30");
    EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "nan");
    EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "-inf");
}

}  // namespace
}  // namespace trama::report
