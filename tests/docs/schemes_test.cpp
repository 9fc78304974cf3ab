// Every scheme on a page is right, expands, and runs. What is meant to be wrong or not whole is marked `trama
// fragment`; what is a file of the examples, which are run as such, `trama examples/<name>.trama`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <regex>

#include "docs/page.hpp"
#include "support/process.hpp"

namespace trama::docs {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Shown {
    std::string place;  ///< "tutorial_2": the second one of its page
    std::string text;
};

std::ostream& operator<<(std::ostream& out, const Shown& shown) {
    return out << shown.place;
}

std::vector<Shown> schemes() {
    std::vector<Shown> all;
    for (const auto& name : pages(true)) {
        int number = 0;
        for (const auto& block : read(name).blocks) {
            if (!block.is("trama")) continue;
            ++number;
            if (block.info.size() == 1)
                all.push_back({name_of(name) + "_" + std::to_string(number), block.text});
        }
    }
    return all;
}

class Scheme : public testing::TestWithParam<Shown> {
  protected:
    test::Ended trama(std::vector<std::string> line) {
        line.push_back(file_);
        return test::trama(test::Start{.arguments = std::move(line), .folder = folder_.path()});
    }

    test::TemporaryFolder folder_;
    std::string file_ = folder_.write("shown.trama", GetParam().text);
};

TEST_P(Scheme, IsRightAndExpands) {
    const auto checked = trama({"check"});
    EXPECT_EQ(checked.code, 0) << checked.err;
    EXPECT_THAT(checked.err, Not(HasSubstr("warning"))) << "a page shows no loose ends";
    const auto expanded = trama({"show", "--network"});
    EXPECT_EQ(expanded.code, 0) << expanded.err;
    EXPECT_THAT(expanded.out, HasSubstr("\n  scheme/result"));
}

TEST_P(Scheme, Runs) {
    // Two rounds show that it does.
    folder_.write("shown.trama", std::regex_replace(GetParam().text, std::regex(R"(rounds( *)([:=]) *\d+)"),
                                                    "rounds$1$2 2"));
    const auto ended = trama({"run", "--quiet"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("2 rounds in "));
    EXPECT_THAT(ended.out, HasSubstr("accuracy"));
}

INSTANTIATE_TEST_SUITE_P(Pages, Scheme, testing::ValuesIn(schemes()),
                         [](const auto& info) { return info.param.place; });

TEST(Schemes, OfTheExamplesAreTheirFiles) {
    const bool update = std::getenv("UPDATE_GOLDEN") != nullptr;
    std::size_t count = 0;
    for (const auto& name : pages(true)) {
        auto page = read(name);
        for (const auto& block : page.blocks) {
            if (!block.is("trama") || block.info.size() == 1 || block.info[1] == "fragment") continue;
            ++count;
            const auto file = test::read_file(root() / block.info[1]);
            if (block.text == file) continue;
            if (!update || file.empty()) {
                ADD_FAILURE() << name << ":" << block.line << " is not " << block.info[1]
                              << ": run this test with UPDATE_GOLDEN=1";
                continue;
            }
            const auto at = page.text.find(block.info[1] + "\n" + block.text) + block.info[1].size() + 1;
            std::ofstream(root() / name) << page.text.replace(at, block.text.size(), file);
        }
    }
    EXPECT_GE(count, 20U);
}

TEST(Schemes, AreManyAndFragmentsFew) {
    EXPECT_GE(schemes().size(), 8U);
    std::size_t fragments = 0;
    for (const auto& name : pages(true)) {
        for (const auto& block : read(name).blocks) {
            if (!block.is("trama") || block.info.size() == 1 || block.info[1].starts_with("examples/"))
                continue;
            EXPECT_EQ(block.info[1], "fragment") << name << ":" << block.line;
            ++fragments;
        }
    }
    EXPECT_LE(fragments, 3U);
}

}  // namespace
}  // namespace trama::docs
