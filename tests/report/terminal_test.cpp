#include "trama/report/terminal.hpp"

#include <gtest/gtest.h>

#include <map>

namespace trama::report {
namespace {

Terminal with(std::map<std::string, std::string> variables, bool is_terminal = true, std::size_t width = 0) {
    return detect_terminal(is_terminal, width, [&](const char* name) -> const char* {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
    });
}

TEST(Terminal, ColoursOnlyOnATerminalThatWantsThem) {
    EXPECT_TRUE(with({{"TERM", "xterm"}}).color);
    EXPECT_FALSE(with({{"TERM", "xterm"}}, false).color);
    EXPECT_FALSE(with({{"TERM", "xterm"}, {"NO_COLOR", "1"}}).color);
    EXPECT_TRUE(with({{"TERM", "xterm"}, {"NO_COLOR", ""}}).color) << "an empty NO_COLOR means nothing";
    EXPECT_FALSE(with({{"TERM", "dumb"}}).color);
    EXPECT_FALSE(with({}).color);
}

TEST(Terminal, ALineIsRewrittenOnlyWhereItCanBe) {
    EXPECT_TRUE(with({{"TERM", "xterm"}, {"NO_COLOR", "1"}}).interactive);
    EXPECT_FALSE(with({{"TERM", "dumb"}}).interactive);
    EXPECT_FALSE(with({{"TERM", "xterm"}}, false).interactive);
}

TEST(Terminal, LocaleVariablesInOrder) {
    EXPECT_FALSE(with({}).utf8);
    EXPECT_TRUE(with({{"LANG", "en_GB.UTF-8"}}).utf8);
    EXPECT_TRUE(with({{"LANG", "C.utf8"}}).utf8);
    EXPECT_FALSE(with({{"LANG", "en_GB.UTF-8"}, {"LC_ALL", "C"}}).utf8);
    EXPECT_TRUE(with({{"LANG", "C"}, {"LC_CTYPE", "de_DE.UTF-8"}}).utf8);
    EXPECT_FALSE(with({{"LANG", "de_DE.ISO-8859-1"}}).utf8);
    EXPECT_TRUE(with({{"LANG", "en_GB.UTF-8"}, {"LC_ALL", ""}}).utf8) << "empty is unset";
}

TEST(Terminal, Width) {
    EXPECT_EQ(with({}, true, 132).width, 132U);
    EXPECT_EQ(with({{"COLUMNS", "60"}}, true, 132).width, 60U);
    EXPECT_EQ(with({{"COLUMNS", "60"}}, false).width, 60U);
    EXPECT_EQ(with({}, false).width, 100U);
    for (const char* wrong : {"0", "-5", "wide", "60x", ""})
        EXPECT_EQ(with({{"COLUMNS", wrong}}, true, 132).width, 132U) << wrong;
    EXPECT_EQ(with({{"COLUMNS", "3"}}).width, 20U) << "narrower is not readable";
}

TEST(Style, PlainWithoutColours) {
    EXPECT_EQ(Style(false).red("x"), "x");
    EXPECT_EQ(Style(true).bold("x"), "\x1b[1mx\x1b[0m");
}

}  // namespace
}  // namespace trama::report
