// What the pages say about the code: excerpts, names, passes, numbers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "docs/page.hpp"
#include "support/process.hpp"
#include "trama/network/network.hpp"

namespace trama::docs {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const std::vector<std::string> about_code{"docs/internals.md", "docs/add-an-engine.md"};

TEST(Excerpts, AreInTheFilesThatTheyName) {
    std::size_t excerpts = 0;
    for (const auto& name : pages()) {
        const bool strict = std::ranges::find(about_code, name) != about_code.end();
        for (const auto& block : read(name).blocks) {
            if (!block.is("cpp")) continue;
            if (block.info.size() == 1) {
                EXPECT_FALSE(strict) << name << ":" << block.line << ": code on this page names its file";
                continue;
            }
            ++excerpts;
            EXPECT_TRUE(occurs(block.text, test::read_file(root() / block.info[1])))
                << name << ":" << block.line << " is not in " << block.info[1] << ":\n"
                << block.text;
        }
    }
    EXPECT_GE(excerpts, 6U);
}

std::string all_code() {
    std::string text;
    for (const char* folder : {"include", "src", "tests"}) {
        for (const auto& entry : fs::recursive_directory_iterator(root() / folder)) {
            const auto end = entry.path().extension();
            // This folder has the names that are not there.
            if (entry.path().string().find("tests/docs") != std::string::npos) continue;
            if (end == ".hpp" || end == ".cpp") text += test::read_file(entry.path());
        }
    }
    return text;
}

/// Types, functions and members in backticks: what has been renamed is found.
TEST(Names, OccurInTheCode) {
    static const std::regex name(R"(\$?[A-Za-z_]\w*(::[a-z_A-Z]\w*)*(\(\))?)");
    static const std::regex part(R"(\w+)");
    const auto code = all_code();
    for (const auto& page : about_code) {
        std::size_t names = 0;
        for (const auto& word : read(page).code) {
            if (!std::regex_match(word, name)) continue;
            for (std::sregex_iterator at(word.begin(), word.end(), part), end; at != end; ++at) {
                ++names;
                EXPECT_TRUE(std::regex_search(code, std::regex("\\b" + at->str() + "\\b")))
                    << page << ": " << word;
            }
        }
        EXPECT_GE(names, 20U) << page;
    }
}

TEST(Internals, ListsThePassesInTheirOrder) {
    const auto page = read("docs/internals.md");
    std::vector<std::string> listed;
    for (const auto& line : split(page.text, '\n')) {
        static const std::regex row(R"(\| `(\w+)` \|.*\| `[\w.]+`(, `[\w.]+`)* \|)");
        std::smatch found;
        if (!std::regex_match(line, found, row)) continue;
        for (const auto& pass : network::passes()) {
            if (pass.name == found[1]) listed.push_back(pass.name);
        }
    }
    std::vector<std::string> passes;
    for (const auto& pass : network::passes())
        passes.push_back(pass.name);
    EXPECT_EQ(listed, passes);
    EXPECT_NE(page.text.find("runs nine passes"), std::string::npos);
    EXPECT_EQ(passes.size(), 9U);
}

TEST(Internals, NamesThePathOfAnActorThatIsThere) {
    const auto shown = test::trama({"show", "--network", TRAMA_SOURCE_DIR "/examples/fedavg.trama"});
    EXPECT_THAT(shown.out, testing::HasSubstr("\n  scheme/feedback/[2]/client "));
    EXPECT_THAT(read("docs/internals.md").code, testing::Contains("scheme/feedback/[2]/client"));
}

/// "n buffers are copied", "the rule makes two", and the other blocks none.
TEST(Internals, BuffersOfARound) {
    const test::TemporaryFolder folder;
    const auto buffers = [&](const std::string& rounds, const std::string& clients) {
        const auto ended = test::trama(
            test::Start{.arguments = {"run", "--quiet", "--json", "--set", "rounds=" + rounds, "--set",
                                      "clients=" + clients, TRAMA_SOURCE_DIR "/examples/fedavg.trama"},
                        .folder = folder.path()});
        EXPECT_EQ(ended.code, 0) << ended.err;
        return json::parse(ended.out).at("model_buffers");
    };
    for (const int n : {3, 4}) {
        const auto one = buffers("1", std::to_string(n));
        const auto two = buffers("2", std::to_string(n));
        EXPECT_EQ(two["copied"].get<int>() - one["copied"].get<int>(), n);
        EXPECT_EQ(two["allocated"].get<int>() - one["allocated"].get<int>(), n + 2);
    }
}

}  // namespace
}  // namespace trama::docs
