#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "trama/lang/ast.hpp"

// What fmt promises beyond its golden files; idempotence on generated sentences is in grammar_test.cpp.

namespace {

using namespace trama;
namespace ast = lang::ast;

std::string formatted(const std::string& text) {
    const lang::ParseResult parsed = lang::parse(std::make_shared<const lang::Source>("x.trama", text));
    EXPECT_EQ(lang::render(parsed.diagnostics), "");
    return lang::format(parsed.file);
}

ast::ExprPtr expr(decltype(ast::Expr::node) node) {
    auto made = std::make_shared<ast::Expr>();
    made->node = std::move(node);
    return made;
}

ast::ExprPtr reference(const std::string& name) {
    return expr(ast::Reference{name});
}

/// Examples are what users copy: they show the canonical layout.
TEST(Format, ExamplesAreFormatted) {
    const std::filesystem::path folder = std::filesystem::path(TRAMA_SOURCE_DIR) / "examples";
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().extension() != ".trama") continue;
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        EXPECT_EQ(formatted(text), text) << entry.path();
        ++count;
    }
    EXPECT_GE(count, 5u);
}

/// Trees that no text has made: printed with the parentheses that keep their meaning.
TEST(Format, TreesWithoutSource) {
    ast::Binary sum{"+", {}, reference("a"), reference("b")};
    ast::Binary product{"*", {}, expr(sum), reference("c")};
    EXPECT_EQ(lang::format(*expr(product)), "(a + b) * c");
    ast::Binary right{"-", {}, reference("a"), expr(sum)};
    EXPECT_EQ(lang::format(*expr(right)), "a - (a + b)");
    ast::Pipe pipe{{reference("a"), reference("b")}, {}};
    EXPECT_EQ(lang::format(*expr(ast::Pipe{{expr(pipe), reference("c")}, {}})), "(a >> b) >> c");
    EXPECT_EQ(lang::format(*expr(ast::Place{expr(pipe), reference("s")})), "(a >> b) @ s");
    EXPECT_EQ(lang::format(*expr(ast::Unary{"-", expr(sum)})), "-(a + b)");
    EXPECT_EQ(lang::format(*expr(ast::Index{expr(sum), reference("i")})), "(a + b)[i]");
    ast::Literal text;
    text.kind = ast::Literal::Kind::string;
    text.text = "a\"b\n";
    EXPECT_EQ(lang::format(*expr(text)), "\"a\\\"b\\n\"");
}

TEST(Format, KeepsThePageWidthWhereThereIsAPlaceToBreak) {
    const std::string text = formatted(
        "a = f(g(h(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, "
        "ccccccccccccccc)), "
        "[| dddddddddddddddddddd >> eeeeeeeeeeeeeeeeeeeeeeeee >> "
        "ffffffffffffffffffffffffffffffffffffffffffff "
        "|]^(i: 4), x: loop(rounds: 3) { ggggggggggggggggggggggggggggg >> "
        "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh "
        "})\n");
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        EXPECT_LE(end - begin, 100u) << text;
        begin = end + 1;
    }
    EXPECT_EQ(formatted(text), text);
}

}  // namespace
