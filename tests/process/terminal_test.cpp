// How it looks: on a terminal, on a narrow one, without colours, without UTF-8.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "process/schemes.hpp"
#include "support/process.hpp"

namespace trama::test {
namespace {

using testing::HasSubstr;
using testing::Not;

Ended run_on(unsigned short columns, std::map<std::string, std::string> environment) {
    const TemporaryFolder folder;
    return trama(Start{.arguments = {"run", "-"},
                       .input = small_scheme("rounds: 4"),
                       .environment = std::move(environment),
                       .folder = folder.path(),
                       .terminal = columns});
}

bool is_ascii(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
}

TEST(OnATerminal, ColoursAndALineThatIsWrittenAgain) {
    const auto ended = run_on(100, {{"TERM", "xterm"}, {"LANG", "C.UTF-8"}});
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("\x1b[1mround 4/4\x1b[0m"));
    EXPECT_THAT(ended.err, HasSubstr("\r\x1b[K"));
    EXPECT_FALSE(is_ascii(ended.err));
    EXPECT_THAT(ended.out, Not(HasSubstr("\x1b")));
}

TEST(OnATerminal, NoColorIsHonoured) {
    const auto ended = run_on(100, {{"TERM", "xterm"}, {"NO_COLOR", "1"}});
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("round 4/4"));
    EXPECT_THAT(ended.err, Not(HasSubstr("\x1b[1m")));
    EXPECT_TRUE(is_ascii(ended.err));
}

TEST(OnATerminal, ADumbOneGetsPlainLines) {
    const auto ended = run_on(100, {{"TERM", "dumb"}});
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("round 4/4"));
    EXPECT_THAT(ended.err, Not(HasSubstr("\x1b")));
}

TEST(OnATerminal, ANarrowOneIsNotOverrun) {
    const auto ended = run_on(40, {{"TERM", "xterm"}, {"NO_COLOR", "1"}});
    ASSERT_EQ(ended.code, 0) << ended.err;
    std::string text = ended.err;
    std::replace(text.begin(), text.end(), '\r', '\n');
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("\x1b[K")) line.erase(0, 3);
        if (line.find("loading") == std::string::npos) {
            EXPECT_LE(line.size(), 40U) << line;
        }
    }
}

TEST(Locale, WithoutUtf8EverythingIsAscii) {
    for (const auto& arguments :
         std::vector<std::vector<std::string>>{{"blocks"},
                                               {"blocks", "broadcast"},
                                               {"explain"},
                                               {"show", TRAMA_SOURCE_DIR "/examples/tree.trama"}}) {
        const auto ended = trama(Start{.arguments = arguments, .environment = {{"LC_ALL", "C"}}});
        EXPECT_EQ(ended.code, 0);
        EXPECT_TRUE(is_ascii(ended.out)) << ended.out;
    }
    const TemporaryFolder folder;
    const auto wrong = trama(Start{.arguments = {"check", "-"},
                                   .input = "scheme = init(mlp(64, 10)) >> tset(digits())\n",
                                   .environment = {{"LC_ALL", "C"}}});
    EXPECT_TRUE(is_ascii(wrong.err)) << wrong.err;
}

}  // namespace
}  // namespace trama::test
