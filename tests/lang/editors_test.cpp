#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "lang/syntax/token.hpp"

// The editors' files against the lexer's lists of keywords, units and symbols.

namespace {

using namespace trama;
using Json = nlohmann::json;

std::string editor_file(const std::string& path) {
    std::ifstream file(std::filesystem::path(TRAMA_SOURCE_DIR) / "editors" / path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

const Json& textmate() {
    static const Json json = Json::parse(editor_file("textmate/trama.tmLanguage.json"));
    return json;
}

/// The scope of the first pattern, in the grammar's order, that matches at the beginning of a text; with
/// captures, the scopes of these, joined.
std::string scope(const Json& patterns, const std::string& text) {
    for (const Json& pattern : patterns) {
        if (pattern.contains("include")) {
            const Json& rule = textmate()["repository"][pattern["include"].get<std::string>().substr(1)];
            const std::string found = scope(
                rule.contains("patterns") && !rule.contains("begin") ? rule["patterns"] : Json::array({rule}),
                text);
            if (!found.empty()) return found;
            continue;
        }
        const std::regex regex(
            (pattern.contains("begin") ? pattern["begin"] : pattern["match"]).get<std::string>());
        std::smatch match;
        if (!std::regex_search(text, match, regex, std::regex_constants::match_continuous)) continue;
        if (!pattern.contains("captures")) return pattern["name"];
        std::string all;
        for (const auto& [number, capture] : pattern["captures"].items()) {
            if (match[std::stoul(number)].length() == 0) continue;
            all += (all.empty() ? "" : " ") + capture["name"].get<std::string>();
        }
        return all;
    }
    return {};
}

std::string scope(const std::string& text) {
    return scope(textmate()["patterns"], text);
}

TEST(Editors, TextMateKnowsEveryKeywordAndUnit) {
    for (const lang::Keyword& keyword : lang::keywords) {
        const std::string found = scope(std::string(keyword.text) + " ");
        EXPECT_TRUE(found.starts_with("keyword.") || found.starts_with("constant.language."))
            << keyword.text << found;
        EXPECT_EQ(scope(std::string(keyword.text) + "x "), "variable.other.trama");
    }
    for (const lang::Unit& unit : lang::units) {
        EXPECT_EQ(scope("12" + std::string(unit.text) + ","),
                  "constant.numeric.trama keyword.other.unit.trama");
    }
}

TEST(Editors, TextMateScopes) {
    const std::pair<const char*, const char*> cases[] = {
        {"# comment", "comment.line.number-sign.trama"},
        {"\"text\"", "string.quoted.double.trama"},
        {"def star(", "keyword.declaration.def.trama entity.name.function.trama"},
        {"client = train", "variable.other.constant.trama keyword.operator.assignment.trama"},
        {"accuracy == 1", "variable.other.trama"},
        {"train(data)", "entity.name.function.trama"},
        {"tap {", "entity.name.function.trama"},
        {"lr: 0.1", "variable.parameter.trama punctuation.separator.key-value.trama"},
        {"^(i: 4)",
         "keyword.operator.copies.trama variable.parameter.trama punctuation.separator.key-value.trama"},
        {"^4", "keyword.operator.copies.trama"},
        {"gather >>", "variable.other.trama"},
        {">> b", "keyword.operator.pipe.trama"},
        {">= b", "keyword.operator.comparison.trama"},
        {"> b", "keyword.operator.comparison.trama"},
        {"= b", "keyword.operator.assignment.trama"},
        {"@ b", "keyword.operator.placement.trama"},
        {"+ b", "keyword.operator.arithmetic.trama"},
        {"- b", "keyword.operator.arithmetic.trama"},
        {"* b", "keyword.operator.arithmetic.trama"},
        {"/ b", "keyword.operator.arithmetic.trama"},
        {"[| b", "keyword.operator.distribute.trama"},
        {"|]", "keyword.operator.distribute.trama"},
        {"[1", "punctuation.section.trama"},
        {"]", "punctuation.section.trama"},
        {"{", "punctuation.section.trama"},
        {", b", "punctuation.separator.trama"},
        {"1_000,", "constant.numeric.trama"},
        {"1e-3)", "constant.numeric.trama"},
        {"0.5", "constant.numeric.trama"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(scope(text), expected) << text;
    const Json& escapes = textmate()["repository"]["string"]["patterns"];
    for (const char* escape : {"\\\"", "\\\\", "\\n", "\\t", "\\u{e9}"}) {
        EXPECT_EQ(scope(escapes, escape), "constant.character.escape.trama") << escape;
    }
    EXPECT_EQ(scope(escapes, "\\q"), "invalid.illegal.escape.trama");
}

TEST(Editors, TheExtensionIsComplete) {
    const Json package = Json::parse(editor_file("textmate/package.json"));
    EXPECT_EQ(package["contributes"]["grammars"][0]["scopeName"], textmate()["scopeName"]);
    for (const Json& path : {package["contributes"]["grammars"][0]["path"],
                             package["contributes"]["languages"][0]["configuration"]}) {
        const auto file = editor_file("textmate/" + path.get<std::string>());
        EXPECT_FALSE(Json::parse(file, nullptr, false).is_discarded()) << path;
    }
}

TEST(Editors, VimKnowsEveryKeywordAndUnit) {
    const std::string vim = editor_file("vim/syntax/trama.vim");
    for (const lang::Keyword& keyword : lang::keywords) {
        EXPECT_TRUE(std::regex_search(
            vim, std::regex("syn keyword trama\\w+[^\n]*\\b" + std::string(keyword.text) + "\\b")))
            << keyword.text;
    }
    const std::string number = vim.substr(vim.find("tramaNumber"));
    const std::string line = number.substr(0, number.find('\n'));
    for (const lang::Unit& unit : lang::units)
        EXPECT_NE(line.find(unit.text), std::string::npos) << unit.text;
}

}  // namespace
