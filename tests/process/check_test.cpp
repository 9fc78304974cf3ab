// check, show, fmt, explain, blocks: what can be known without running.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "process/schemes.hpp"
#include "support/process.hpp"

namespace trama::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const char* const wrong_scheme = "data = digits()\nscheme = init(mlp(64, 10)) >> tset(data)\n";

TEST(Check, AGoodSchemeIsExitZeroAndDeterministic) {
    const TemporaryFolder folder;
    const auto ended = trama({"check", folder.write("good.trama", small_scheme())});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("good.trama: no errors; gives Update; deterministic"));
    EXPECT_EQ(ended.err, "");
}

TEST(Check, AWrongSchemeIsExitThreeWithPlaceAndHint) {
    const TemporaryFolder folder;
    const auto ended = trama({"check", folder.write("wrong.trama", wrong_scheme)});
    EXPECT_EQ(ended.code, 3);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr("wrong.trama:2:"));
    EXPECT_THAT(ended.err, HasSubstr("`test`"));
}

TEST(Check, OnlyMissingFilesAreExitFour) {
    const TemporaryFolder folder;
    const auto scheme =
        "data = csv(file: \"none.csv\", label: \"y\")\nscheme = init(mlp(3, 2)) >> test(data)\n";
    EXPECT_EQ(trama({"check", folder.write("data.trama", scheme)}).code, 4);
}

TEST(Check, FilesThatCannotBeReadAreExitFour) {
    const TemporaryFolder folder;
    const auto none = trama({"check", folder / "none.trama"});
    EXPECT_EQ(none.code, 4);
    EXPECT_THAT(none.err, HasSubstr("none.trama"));
    EXPECT_EQ(trama({"check", folder.path().string()}).code, 4);
}

TEST(Check, StandardInput) {
    const auto ended = trama(Start{.arguments = {"check", "-"}, .input = small_scheme()});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("<stdin>: no errors"));
    EXPECT_EQ(trama(Start{.arguments = {"check", "-"}, .input = wrong_scheme}).code, 3);
    EXPECT_EQ(trama(Start{.arguments = {"check", "-"}, .input = ""}).code, 3);
}

TEST(Check, JsonForEditors) {
    const auto good =
        json::parse(trama(Start{.arguments = {"check", "--json", "-"}, .input = small_scheme()}).out);
    EXPECT_EQ(good["ok"], true);
    EXPECT_EQ(good["deterministic"], true);
    EXPECT_TRUE(good["diagnostics"].empty());
    const auto ended = trama(Start{.arguments = {"check", "--json", "-"}, .input = wrong_scheme});
    EXPECT_EQ(ended.code, 3);
    EXPECT_EQ(ended.err, "");
    const auto wrong = json::parse(ended.out);
    EXPECT_EQ(wrong["ok"], false);
    ASSERT_FALSE(wrong["diagnostics"].empty());
    EXPECT_EQ(wrong["diagnostics"][0]["line"], 2);
}

TEST(Check, FilesOfGraphsAndWeightsAreRead) {
    const TemporaryFolder folder;
    folder.write("circle.txt", "trama-edges 1\n0 1\n1 2\n2 0\n");
    folder.write("short.txt", "trama-matrix 1\n0.5 0.5 0\n0.5 0.5\n");
    const auto check = [&](const std::string& exchange, bool as_json) {
        const auto file = folder.write(
            "graph.trama", "scheme = [| init(mlp(4, 2)) |]^3 >> feedback(rounds: 2) { exchange(" + exchange +
                               ") >> [| fold(gossip) |]^3 }\n");
        return as_json ? trama({"check", "--json", file}) : trama({"check", file});
    };
    EXPECT_EQ(check("edges(\"circle.txt\")", false).code, 0);
    const auto directed = check("edges(\"circle.txt\"), weights: metropolis", false);
    EXPECT_EQ(directed.code, 3);
    EXPECT_THAT(directed.err, HasSubstr("metropolis"));
    EXPECT_EQ(directed.out, "");
    const auto matrix = check("ring, weights: matrix(\"short.txt\")", true);
    EXPECT_EQ(matrix.code, 4);
    const auto said = json::parse(matrix.out);
    EXPECT_EQ(said["ok"], false);
    EXPECT_THAT(said["error"]["where"].get<std::string>(), HasSubstr("short.txt:3"));
}

TEST(Check, SetReplacesAConstant) {
    const TemporaryFolder folder;
    const auto file = folder.write("a.trama", small_scheme());
    EXPECT_EQ(trama({"check", "--set", "rounds=7", file}).code, 0);
    const auto zero = trama({"check", "--set", "rounds=0", file});
    EXPECT_EQ(zero.code, 3);
    const auto unknown = trama({"check", "--set", "roudns=7", file});
    EXPECT_NE(unknown.code, 0);
    EXPECT_THAT(unknown.err, HasSubstr("roudns"));
    EXPECT_THAT(unknown.err, HasSubstr("`rounds`"));
}

TEST(Check, SaysWhatIsNotDeterministic) {
    const auto ended = trama({"check", TRAMA_SOURCE_DIR "/examples/fedasync.trama"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("not deterministic:\n"));
    EXPECT_THAT(ended.out, HasSubstr("fedasync.trama:15: `unicast`"));
    EXPECT_THAT(ended.out, HasSubstr("fedasync.trama:15: `gather`"));
}

TEST(Check, SaysWhatHasNoRuntimeYet) {
    const auto ended = trama({"check", TRAMA_SOURCE_DIR "/examples/later/edge_inference.trama"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("note"));
}

TEST(Show, EveryFormPrintsSomething) {
    const TemporaryFolder folder;
    const auto file = folder.write("a.trama", small_scheme());
    EXPECT_THAT(trama({"show", file}).out, HasSubstr("Model"));
    EXPECT_THAT(trama({"show", "--network", file}).out, HasSubstr("scheme/"));
    EXPECT_THAT(trama({"show", "--dot", file}).out, testing::StartsWith("digraph"));
    EXPECT_GT(trama({"show", "--dot", "--unfold", file}).out.size(),
              trama({"show", "--dot", file}).out.size());
    EXPECT_TRUE(json::parse(trama({"show", "--json", file}).out, nullptr, false).is_object());
    EXPECT_FALSE(trama({"show", "--passes"}).out.empty());
    EXPECT_EQ(trama({"show", folder.write("wrong.trama", wrong_scheme)}).code, 3);
}

TEST(Show, TheAlgebraIsAsciiWhereTheLocaleIs) {
    const TemporaryFolder folder;
    const auto file = folder.write("a.trama", small_scheme());
    const auto signs =
        trama(Start{.arguments = {"show", "--algebra", file}, .environment = {{"LANG", "C.UTF-8"}}}).out;
    const auto ascii =
        trama(Start{.arguments = {"show", "--algebra", file}, .environment = {{"LANG", "C"}}}).out;
    EXPECT_THAT(signs, HasSubstr("◁"));
    EXPECT_TRUE(std::all_of(ascii.begin(), ascii.end(), [](char c) {
        return static_cast<unsigned char>(c) < 128;
    })) << ascii;
}

TEST(Show, SvgIsDrawnByGraphviz) {
    const TemporaryFolder folder;
    const auto file = folder.write("a.trama", small_scheme());
    const auto without =
        trama(Start{.arguments = {"show", "--svg", file}, .environment = {{"PATH", "/nowhere"}}});
    EXPECT_EQ(without.code, 4);
    EXPECT_THAT(without.err, HasSubstr("apt install graphviz"));
    if (std::system("command -v dot > /dev/null") != 0) GTEST_SKIP() << "no Graphviz here";
    const auto picture = folder / "a.svg";
    const auto ended = trama({"show", "--svg", "--out", picture, file});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(read_file(picture), HasSubstr("<svg"));
}

TEST(Show, WhatCannotBeWrittenIsAnError) {
    const TemporaryFolder folder;
    const auto file = folder.write("a.trama", small_scheme());
    EXPECT_EQ(trama({"show", "--dot", "--out", "/nowhere/a.dot", file}).code, 4);
    const auto full = trama(Start{.arguments = {"show", "--dot", file}, .output_file = "/dev/full"});
    EXPECT_EQ(full.code, 4);
    EXPECT_THAT(full.err, HasSubstr("cannot write to standard output"));
}

TEST(Fmt, InPlaceOnceAndForAll) {
    const TemporaryFolder folder;
    const auto file =
        folder.write("a.trama", "data=digits()   # the digits\nscheme=init(mlp(64,10))>>test(data)\n");
    EXPECT_EQ(trama({"fmt", "--check", file}).code, 1);
    EXPECT_EQ(trama({"fmt", file}).code, 0);
    const auto once = read_file(file);
    EXPECT_THAT(once, HasSubstr("# the digits"));
    EXPECT_THAT(once, HasSubstr("init(mlp(64, 10)) >> test(data)"));
    EXPECT_EQ(trama({"fmt", "--check", file}).code, 0);
    EXPECT_EQ(trama({"fmt", file}).code, 0);
    EXPECT_EQ(read_file(file), once);
}

TEST(Fmt, KeepsTheFilesPermissions) {
    const TemporaryFolder folder;
    const auto file = folder.write("a.trama", "data=digits()\nscheme=init(mlp(64,10))>>test(data)\n");
    const auto mode = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
    std::filesystem::permissions(file, mode);
    EXPECT_EQ(trama({"fmt", file}).code, 0);
    EXPECT_EQ(std::filesystem::status(file).permissions(), mode);
}

TEST(Fmt, StandardInputGoesToStandardOutput) {
    const auto ended = trama(Start{.arguments = {"fmt", "-"}, .input = "a=1\n"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_EQ(ended.out, "a = 1\n");
}

TEST(Fmt, ASyntaxErrorLeavesTheFileAlone) {
    const TemporaryFolder folder;
    const auto file = folder.write("a.trama", "a=(1\n");
    EXPECT_EQ(trama({"fmt", file}).code, 3);
    EXPECT_EQ(read_file(file), "a=(1\n");
}

TEST(Explain, SaysMore) {
    const auto list = trama({"explain"});
    EXPECT_EQ(list.code, 0);
    const auto code = list.out.substr(0, list.out.find(' '));
    const auto ended = trama({"explain", code});
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.out, HasSubstr("right:"));
    std::string lower = code;
    lower[0] = static_cast<char>(std::tolower(lower[0]));
    EXPECT_EQ(trama({"explain", lower}).out, ended.out);
}

TEST(Blocks, OverviewAndDetail) {
    const auto all = trama({"blocks"});
    EXPECT_EQ(all.code, 0);
    for (const char* name : {"broadcast", "reduce", "feedback", "train", "fedavg", "digits", "adam"})
        EXPECT_THAT(all.out, HasSubstr(name));
    const auto one = trama({"blocks", "train"});
    EXPECT_EQ(one.code, 0);
    for (const char* word : {"Model -> Update", "optimizer", "batch", "default 64", "example"})
        EXPECT_THAT(one.out, HasSubstr(word));
    EXPECT_THAT(one.out, Not(HasSubstr("not yet")));
    EXPECT_THAT(trama({"blocks", "secagg"}).out, HasSubstr("not yet"));
    EXPECT_THAT(trama({"blocks", "exponential"}).out,
                AllOf(HasSubstr("exponential(start, by, per: round) : schedule"),
                      HasSubstr("exponential : topology")));
}

TEST(Blocks, TheReferenceIsFresh) {
    const auto ended = trama({"blocks", "--markdown"});
    ASSERT_EQ(ended.code, 0);
    const std::string file = TRAMA_SOURCE_DIR "/docs/reference.md";
    if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(file) << ended.out;
    EXPECT_TRUE(read_file(file) == ended.out) << "docs/reference.md is not what `trama blocks --markdown` "
                                                 "writes: run it, or this test with UPDATE_GOLDEN=1";
}

}  // namespace
}  // namespace trama::test
