#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <set>
#include <string>

#include "trama/lang/ast.hpp"

// The catalogue of `trama explain`, as far as syntax errors go.

namespace {

using namespace trama;

std::vector<lang::Diagnostic> errors(const std::string& text) {
    return lang::parse(std::make_shared<const lang::Source>("example.trama", text)).diagnostics;
}

bool is_syntax(const std::string& code) {
    return code < "T0100";
}

TEST(Explanations, AreInOrderAndFoundByCode) {
    const auto& all = lang::explanations();
    ASSERT_FALSE(all.empty());
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_TRUE(std::regex_match(all[i].code, std::regex("T[0-9]{4}"))) << all[i].code;
        if (i > 0) {
            EXPECT_LT(all[i - 1].code, all[i].code);
        }
        EXPECT_FALSE(all[i].title.empty()) << all[i].code;
        EXPECT_FALSE(all[i].text.empty()) << all[i].code;
        EXPECT_EQ(lang::explain(all[i].code), &all[i]);
    }
    EXPECT_EQ(lang::explain("T9999"), nullptr);
    EXPECT_EQ(lang::explain(""), nullptr);
}

TEST(Explanations, ExamplesAreWrongInJustThisWayAndMended) {
    const std::set<std::string> without = {"T0002", "T0003", "T0004", "T0042",
                                           "T0043"};  // not to be shown in a line
    for (const lang::Explanation& explanation : lang::explanations()) {
        if (!is_syntax(explanation.code)) continue;
        SCOPED_TRACE(explanation.code);
        if (without.count(explanation.code) > 0) {
            EXPECT_TRUE(explanation.example.empty());
            continue;
        }
        const auto found = errors(explanation.example);
        EXPECT_TRUE(std::any_of(found.begin(), found.end(), [&](const lang::Diagnostic& finding) {
            return finding.code == explanation.code;
        })) << lang::render(found);
        EXPECT_EQ(lang::render(errors(explanation.mended)), "");
    }
}

/// Every code that the sources of the syntax report is in the catalogue, and the other way round.
TEST(Explanations, CoverEverySyntaxCode) {
    std::set<std::string> reported;
    const std::filesystem::path folder = std::filesystem::path(TRAMA_SOURCE_DIR) / "src" / "lang" / "syntax";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().filename().string().starts_with("explain")) continue;
        std::ifstream file(entry.path());
        const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        const std::regex code("\"(T[0-9]{4})\"");
        for (std::sregex_iterator match(text.begin(), text.end(), code), end; match != end; ++match) {
            reported.insert((*match)[1]);
        }
    }
    std::set<std::string> explained;
    for (const lang::Explanation& explanation : lang::explanations()) {
        if (is_syntax(explanation.code)) explained.insert(explanation.code);
    }
    EXPECT_EQ(reported, explained);
}

}  // namespace
