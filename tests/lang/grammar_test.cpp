#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>

#include "lang/ebnf.hpp"
#include "support/same_tree.hpp"
#include "trama/lang/ast.hpp"

// docs/grammar.md against the parser and the formatter.

namespace {

using namespace trama;

std::string file_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::filesystem::path root() {
    return TRAMA_SOURCE_DIR;
}

const test::Grammar& grammar() {
    static const test::Grammar grammar = test::Grammar::read(file_text(root() / "docs" / "grammar.md"));
    return grammar;
}

lang::ParseResult parse(const std::string& text) {
    return lang::parse(std::make_shared<const lang::Source>("sentence.trama", text));
}

/// Kinds of nodes that occur in a tree.
void collect(const lang::ast::ExprPtr& expr, std::set<std::string>& kinds) {
    namespace ast = lang::ast;
    if (!expr) return;
    if (expr->as<ast::Missing>()) kinds.insert("missing");
    if (const auto* node = expr->as<ast::Literal>())
        kinds.insert("literal " + std::to_string(static_cast<int>(node->kind)));
    if (expr->as<ast::Reference>()) kinds.insert("reference");
    if (const auto* node = expr->as<ast::Call>()) {
        kinds.insert(std::string("call") + (node->parentheses ? " ()" : "") + (node->body ? " {}" : ""));
        for (const ast::Arg& arg : node->arguments) {
            kinds.insert(arg.name ? "named argument" : "argument");
            collect(arg.value, kinds);
        }
        collect(node->body, kinds);
    }
    if (const auto* node = expr->as<ast::Pipe>()) {
        kinds.insert("pipe");
        EXPECT_EQ(node->arrows.size() + 1, node->stages.size());
        for (const auto& stage : node->stages)
            collect(stage, kinds);
    }
    if (const auto* node = expr->as<ast::Distribute>()) {
        kinds.insert(node->index ? "copies by index" : node->copies ? "copies" : "distribute");
        for (const auto& branch : node->branches)
            collect(branch, kinds);
        collect(node->copies, kinds);
    }
    if (const auto* node = expr->as<ast::Place>()) {
        kinds.insert("place");
        collect(node->inner, kinds);
        collect(node->site, kinds);
    }
    if (const auto* node = expr->as<ast::ListExpr>()) {
        kinds.insert("list");
        for (const auto& element : node->elements)
            collect(element, kinds);
    }
    if (const auto* node = expr->as<ast::Index>()) {
        kinds.insert("index");
        collect(node->list, kinds);
        collect(node->index, kinds);
    }
    if (const auto* node = expr->as<ast::Unary>()) {
        kinds.insert("unary");
        collect(node->operand, kinds);
    }
    if (const auto* node = expr->as<ast::Parens>()) {
        kinds.insert("parens");
        collect(node->inner, kinds);
    }
    if (const auto* node = expr->as<ast::Binary>()) {
        kinds.insert("binary " + node->op);
        collect(node->left, kinds);
        collect(node->right, kinds);
    }
}

TEST(Grammar, EveryProductionHasAnExampleThatNeedsIt) {
    EXPECT_GE(grammar().productions().size(), 35u);
    for (const test::Production& production : grammar().productions()) {
        SCOPED_TRACE(production.name);
        ASSERT_FALSE(production.example.empty());
        const lang::ParseResult parsed = parse(production.example);
        EXPECT_EQ(lang::render(parsed.diagnostics), "");
        EXPECT_TRUE(test::Recognizer(grammar(), production.example).accepts("file"));
        EXPECT_FALSE(test::Recognizer(grammar(), production.example, production.name).accepts("file"))
            << "the example does without it";
    }
}

TEST(Grammar, EveryProductionIsUsed) {
    for (const test::Production& production : grammar().productions()) {
        if (production.name == "file") continue;
        bool used = false;
        const auto search = [&](const auto& self, const test::Rule& rule) -> void {
            used = used || (rule.kind == test::Rule::Kind::production && rule.text == production.name);
            for (const test::RulePtr& part : rule.parts)
                self(self, *part);
        };
        for (const test::Production& other : grammar().productions())
            search(search, *other.rule);
        EXPECT_TRUE(used) << production.name;
    }
}

TEST(Grammar, GeneratedSentencesParseAndFormat) {
    std::set<std::string> kinds;
    for (std::uint64_t seed = 0; seed < 2500; ++seed) {
        const int depth = 6 + static_cast<int>(seed % 24);
        const std::string text = test::Generator(grammar(), seed).sentence("file", depth, seed % 4 != 0);
        const lang::ParseResult parsed = parse(text);
        ASSERT_EQ(lang::render(parsed.diagnostics), "") << "seed " << seed << ":\n" << text;
        for (const lang::ast::Statement& statement : parsed.file.statements) {
            if (const auto* node = std::get_if<lang::ast::Binding>(&statement.node))
                collect(node->value, kinds);
            if (const auto* node = std::get_if<lang::ast::Definition>(&statement.node)) {
                kinds.insert("definition");
                collect(node->value, kinds);
            }
            if (std::holds_alternative<lang::ast::Import>(statement.node)) kinds.insert("import");
        }
        const std::string formatted = lang::format(parsed.file);
        const lang::ParseResult again = parse(formatted);
        ASSERT_EQ(lang::render(again.diagnostics), "") << "seed " << seed << ":\n"
                                                       << text << "\n---\n"
                                                       << formatted;
        ASSERT_TRUE(test::same(parsed.file, again.file)) << "seed " << seed << ":\n"
                                                         << text << "\n---\n"
                                                         << formatted;
        ASSERT_EQ(parsed.file.comments.size(), again.file.comments.size()) << text << "\n---\n" << formatted;
        ASSERT_EQ(lang::format(again.file), formatted) << "seed " << seed << ":\n" << text;
    }
    const std::set<std::string> all = {
        "argument",   "binary !=", "binary *",  "binary +",        "binary -",   "binary /",
        "binary <",   "binary <=", "binary ==", "binary >",        "binary >=",  "call ()",
        "call () {}", "call {}",   "copies",    "copies by index", "definition", "distribute",
        "import",     "index",     "list",      "literal 0",       "literal 1",  "literal 2",
        "literal 3",  "literal 4", "literal 5", "named argument",  "parens",     "pipe",
        "place",      "reference", "unary"};
    EXPECT_EQ(kinds, all) << "what the parser can make and what the grammar can say";
}

TEST(Grammar, ExpressionsPrintOnOneLineAndParseBack) {
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        const std::string text = test::Generator(grammar(), seed).sentence("expression", 12, seed % 2 == 0);
        const auto source = std::make_shared<const lang::Source>("value", "(" + text + ")");
        const lang::ParseExpressionResult parsed = lang::parse_expression(source);
        ASSERT_EQ(lang::render(parsed.diagnostics), "") << text;
        const std::string line = lang::format(*parsed.expression);
        EXPECT_EQ(line.find('\n'), std::string::npos) << line;
        const auto again = lang::parse_expression(std::make_shared<const lang::Source>("value", line));
        ASSERT_EQ(lang::render(again.diagnostics), "") << line;
        EXPECT_TRUE(test::same(parsed.expression, again.expression)) << line;
    }
}

/// What the parser takes, the grammar takes: on every scheme in the repository without syntax errors.
TEST(Grammar, RecognizesEverySchemeThatParses) {
    std::size_t count = 0;
    for (const char* folder : {"examples", "tests/golden"}) {
        if (!std::filesystem::exists(root() / folder)) continue;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root() / folder)) {
            if (entry.path().extension() != ".trama") continue;
            const std::string text = file_text(entry.path());
            if (text.size() > 20000 || text.starts_with("\xEF\xBB\xBF") || !parse(text).diagnostics.empty())
                continue;
            EXPECT_TRUE(test::Recognizer(grammar(), text).accepts("file")) << entry.path();
            const lang::ParseResult parsed = parse(text);
            const std::string formatted = lang::format(parsed.file);
            const lang::ParseResult again = parse(formatted);
            EXPECT_TRUE(test::same(parsed.file, again.file)) << entry.path();
            EXPECT_EQ(lang::format(again.file), formatted) << entry.path();
            ++count;
        }
    }
    EXPECT_GE(count, 10u);
}

TEST(Grammar, RecognizerRefuses) {
    for (const char* text :
         {"a = ", "= 3", "a = b c", "a = [| b", "a = b ^ 4", "a = 1 < 2 < 3", "a = rates [0]", "def = 3",
          "a = f(b: )", "a = \"x", "import x", "a = 1x", "a = b a = c"}) {
        EXPECT_FALSE(test::Recognizer(grammar(), text).accepts("file")) << text;
        EXPECT_FALSE(parse(text).diagnostics.empty()) << text;
    }
}

}  // namespace
