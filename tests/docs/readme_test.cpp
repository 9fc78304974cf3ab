// What README.md promises about this build.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "docs/page.hpp"
#include "support/process.hpp"

namespace trama::docs {
namespace {

using testing::HasSubstr;

TEST(Readme, ListsTheExitCodesOfTheHelp) {
    // One text, lines joined: "0 done · 1 ...".
    std::string listed;
    bool here = false;
    for (const auto& line : split(read("README.md").text, '\n')) {
        if (here && line.starts_with('#')) break;
        if (here && !line.empty()) listed += (listed.empty() ? "" : " ") + line;
        here = here || line == "## Exit codes";
    }
    std::string told;
    here = false;
    for (const auto& line : split(test::trama({"--help"}).out, '\n')) {
        static const std::regex row(R"(  (\d+) +(.*))");
        std::smatch found;
        if (here && std::regex_match(line, found, row))
            told += (told.empty() ? "" : " · ") + found[1].str() + " " + found[2].str();
        here = here || line == "exit codes:";
    }
    EXPECT_NE(told, "");
    EXPECT_EQ(listed, told);
}

/// The names in a row of the table, `(rr)` and `rounds:` left out.
std::vector<std::string> names_in(const std::string& row) {
    std::vector<std::string> names;
    static const std::regex name("`([a-z_0-9]+)`");
    const auto cells = read("README.md").row(row);
    const auto text = cells.size() > 1 ? cells[1] : std::string();
    for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at) {
        if (at->str() != "`rr`") names.push_back((*at)[1]);
    }
    return names;
}

std::string runs(const std::string& name) {
    const auto ended = test::trama({"blocks", name});
    EXPECT_EQ(ended.code, 0) << name;
    std::smatch found;
    return std::regex_search(ended.out, found, std::regex("\nruns +(yes|not yet)")) ? found[1].str() : "";
}

/// All that the table says to run.
std::vector<std::string> listed_names() {
    std::vector<std::string> all;
    for (const auto* row : {"runs now", "peers", "asynchronous", "rules of the server", "clients",
                            "on the way", "nets", "data"}) {
        const auto names = names_in(row);
        EXPECT_GE(names.size(), 5U) << row;
        std::ranges::copy(names, std::back_inserter(all));
    }
    return all;
}

TEST(Readme, WhatRunsRuns) {
    const auto names = listed_names();
    EXPECT_THAT(names,
                testing::IsSupersetOf({"init", "train", "gather", "reduce", "feedback", "fedavg", "topk"}));
    for (const auto& name : names)
        EXPECT_EQ(runs(name), "yes") << name;
}

/// Every block, rule, net, data set, partition and optimizer that runs is listed.
TEST(Readme, NothingThatRunsIsLeftOut) {
    const auto listed = listed_names();
    const auto reference = read("docs/reference.md");
    for (const char* group :
         {"Aggregation", "Communication", "Learning", "Loops", "Nets", "Data", "Partitions", "Optimizers",
          "Streams", "Compression", "Privacy", "Vision", "Robust aggregation", "Personalisation",
          "Topologies", "Weights", "Asynchrony"}) {
        const auto begin = reference.text.find("\n## " + std::string(group) + "\n");
        ASSERT_NE(begin, std::string::npos) << group;
        const auto end = reference.text.find("\n## ", begin + 1);
        std::size_t at = begin;
        while ((at = reference.text.find("\n### ", at + 1)) < end) {
            auto name = reference.text.substr(at + 5, reference.text.find('\n', at + 1) - at - 5);
            name.resize(std::min(name.find(" ("), name.size()));  // "exponential (topology)"
            if (name != "best" && runs(name) == "yes") {
                EXPECT_THAT(listed, testing::Contains(name)) << group;
            }
        }
    }
}

TEST(Readme, WhatDoesNotRunYetDoesNot) {
    const auto names = names_in("checks, does not run yet");
    EXPECT_GE(names.size(), 4U);
    for (const auto& name : names)
        EXPECT_EQ(runs(name), "not yet") << name;
}

TEST(Readme, BothKindsOfGatherRun) {
    const test::TemporaryFolder folder;
    for (const std::string gather : {"gather", "gather(rr)"}) {
        const auto ended = test::trama(
            test::Start{.arguments = {"run", "--quiet", "-"},
                        .input = "data = digits()\nclient = train(data, optimizer: sgd(lr: 0.1))\n"
                                 "scheme = init(mlp(64, 10)) >> broadcast >> [| client |]^3 >> " +
                                 gather + " >> test(data)\n",
                        .folder = folder.path()});
        EXPECT_EQ(ended.code, 0) << ended.err;
        EXPECT_THAT(ended.out, HasSubstr("accuracy"));
    }
}

}  // namespace
}  // namespace trama::docs
