// What a user sees first: help, version, and what happens when a word is mistyped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/process.hpp"

namespace trama::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> commands{"run",  "check", "show",   "data",   "fmt",
                                        "test", "fetch", "blocks", "explain"};

TEST(Help, ListsTheCommandsAndTheExitCodes) {
    const auto ended = trama({"--help"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_EQ(ended.err, "");
    for (const auto& command : commands)
        EXPECT_THAT(ended.out, HasSubstr("\n  " + command)) << command;
    for (const char* code : {"\n  0 ", "\n  1 ", "\n  2 ", "\n  3 ", "\n  4 ", "\n  5 ", "\n  130 "})
        EXPECT_THAT(ended.out, HasSubstr(code));
    EXPECT_EQ(trama({"-h"}).out, ended.out);
    EXPECT_EQ(trama({"help"}).out, ended.out);
}

TEST(Help, EveryCommandTeachesByExample) {
    for (const auto& command : commands) {
        const auto ended = trama({command, "--help"});
        EXPECT_EQ(ended.code, 0);
        EXPECT_THAT(ended.out, HasSubstr("usage: trama " + command));
        EXPECT_THAT(ended.out, HasSubstr("\nexamples:\n  # "));
        EXPECT_THAT(ended.out, HasSubstr("exit codes:"));
        EXPECT_EQ(trama({"help", command}).out, ended.out);
    }
}

TEST(Help, FitsTheTerminal) {
    const auto narrow = trama(Start{.arguments = {"run", "--help"}, .environment = {{"COLUMNS", "60"}}});
    std::istringstream lines(narrow.out);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("  trama ") || line.starts_with("  # ") || line.starts_with("usage"))
            continue;  // to be copied
        EXPECT_LE(line.size(), 60U) << line;
    }
}

TEST(Help, NothingAtAllIsWrongUsageWithHelp) {
    const auto ended = trama(std::vector<std::string>{});
    EXPECT_EQ(ended.code, 2);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr("usage: trama COMMAND"));
}

TEST(Version, TellsWhatComputes) {
    const auto ended = trama({"--version"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.out, testing::StartsWith("trama "));
    EXPECT_THAT(ended.out, HasSubstr("\ncompiler "));
    EXPECT_THAT(ended.out, testing::ContainsRegex("\nengines    .*simulated, threads\n"));
    EXPECT_THAT(ended.out, HasSubstr("\ntensors "));
    EXPECT_EQ(trama({"version"}).out, ended.out);
}

TEST(Version, SaysWhenTheTensorLibraryCannotBeLoaded) {
    const TemporaryFolder empty;
    const auto ended =
        trama(Start{.arguments = {"--version"}, .environment = {{"TRAMA_MODULES", empty.path().string()}}});
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.out, HasSubstr("\ntensors    none: "));
}

struct Wrong {
    std::vector<std::string> line;
    std::string says;
};

TEST(WrongUsage, IsExitTwoWithAHint) {
    const std::vector<Wrong> all{
        {{"rnu"}, "did you mean `trama run`?"},
        {{"frobnicate"}, "`trama --help` lists"},
        {{"my.trama"}, "did you mean `trama run my.trama`?"},
        {{"run"}, "FILE is missing"},
        {{"run", "a.trama", "b.trama"}, "`b.trama` is one argument too many"},
        {{"run", "--sett", "a=1", "a.trama"}, "did you mean `--set`?"},
        {{"run", "--frobnicate", "a.trama"}, "`trama run --help` lists"},
        {{"run", "--set", "rounds", "a.trama"}, "--set takes NAME=VALUE, not `rounds`"},
        {{"run", "a.trama", "--set"}, "--set needs a value"},
        {{"run", "--seed", "minus", "a.trama"}, "--seed takes a number from 0, not `minus`"},
        {{"run", "--seed=-1", "a.trama"}, "--seed takes a number from 0, not `-1`"},
        {{"run", "--threads", "0", "a.trama"}, "--threads takes a number from 1, not `0`"},
        {{"run", "--seed", "1", "--seed", "2", "a.trama"}, "--seed is given more than once"},
        {{"run", "--engine", "thread", "a.trama"}, "did you mean `threads`?"},
        {{"run", "--log-level", "loud", "a.trama"}, "--log-level takes one of trace, debug"},
        {{"run", "--overwrite", "a.trama"}, "--overwrite needs --out"},
        {{"show", "--dot", "--svg", "a.trama"}, "choose one"},
        {{"show"}, "FILE is missing"},
        {{"test"}, "RUN is missing"},
        {{"blocks", "reduec"}, "did you mean `reduce`?"},
        {{"explain", "T9999"}, "there is no diagnostic `T9999`"},
        {{"completion", "tcsh"}, "SHELL takes one of bash, zsh, fish"},
    };
    for (const auto& [line, says] : all) {
        const auto ended = trama(line);
        EXPECT_EQ(ended.code, 2) << says;
        EXPECT_EQ(ended.out, "");
        EXPECT_THAT(ended.err, testing::StartsWith("error: "));
        EXPECT_THAT(ended.err, HasSubstr(says));
    }
}

TEST(Manual, HasEveryCommandAndPassesTheFormatter) {
    const auto ended = trama({"man"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.out, testing::StartsWith(".TH TRAMA 1"));
    for (const auto& command : commands)
        EXPECT_THAT(ended.out, HasSubstr(".SS trama " + command));
    EXPECT_THAT(ended.out, HasSubstr(".SH EXIT STATUS"));
    if (std::system("command -v man > /dev/null && command -v groff > /dev/null") != 0)
        GTEST_SKIP() << "no man and groff here";
    const TemporaryFolder folder;
    const auto file = folder.write("trama.1", ended.out);
    EXPECT_EQ(std::system(("test -z \"$(groff -man -ww -Tutf8 " + file + " 2>&1 > /dev/null)\"").c_str()), 0);
}

TEST(Completion, EveryShellCanReadIts) {
    for (const std::string shell : {"bash", "zsh", "fish"}) {
        const auto ended = trama({"completion", shell});
        EXPECT_EQ(ended.code, 0);
        for (const auto& command : commands)
            EXPECT_THAT(ended.out, HasSubstr(command)) << shell;
        const TemporaryFolder folder;
        const auto file = folder.write("completion", ended.out);
        if (std::system(("command -v " + shell + " > /dev/null").c_str()) != 0) continue;
        EXPECT_EQ(std::system((shell + " -n " + file).c_str()), 0) << shell;
    }
}

TEST(Completion, BashCompletesCommandsAndOptions) {
    const TemporaryFolder folder;
    const auto file = folder.write("completion", trama({"completion", "bash"}).out);
    const auto complete = [&](const std::string& words, int at) {
        const Start start{.arguments = {"-c", "source " + file + "; COMP_WORDS=(" + words + "); COMP_CWORD=" +
                                                  std::to_string(at) + "; _trama; echo ${COMPREPLY[@]}"}};
        return Process("/bin/bash", start).wait().out;
    };
    EXPECT_EQ(complete("trama ru", 1), "run\n");
    EXPECT_EQ(complete("trama run --se", 2), "--set --seed\n");
    EXPECT_THAT(complete("trama run --engine ''", 3), testing::EndsWith("simulated threads\n"));
    EXPECT_THAT(complete("trama blocks redu", 2), HasSubstr("reduce"));
}

}  // namespace
}  // namespace trama::test
