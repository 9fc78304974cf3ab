#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>
#include <random>
#include <string>

#include "lang/syntax/lexer.hpp"
#include "trama/lang/ast.hpp"

// Text to tree: what the golden files cannot show, that is, values, spans and limits.

namespace {

using namespace trama;
namespace ast = lang::ast;

lang::SourcePtr source(std::string text) {
    return std::make_shared<const lang::Source>("test.trama", std::move(text));
}

/// Kept until the end of the program: tests hold pointers into it.
const ast::ExprPtr& value(const std::string& text) {
    static std::deque<ast::ExprPtr> kept;
    const lang::ParseExpressionResult parsed = lang::parse_expression(source(text));
    EXPECT_EQ(lang::render(parsed.diagnostics), "") << text;
    return kept.emplace_back(parsed.expression);
}

const ast::Literal& literal(const ast::ExprPtr& expr) {
    const auto* node = expr->as<ast::Literal>();
    if (node == nullptr) throw std::logic_error("not a literal");
    return *node;
}

std::string written(const lang::Span& span) {
    return span.source->text().substr(span.begin, span.end - span.begin);
}

std::string codes(const std::vector<lang::Diagnostic>& diagnostics) {
    std::string all;
    for (const lang::Diagnostic& finding : diagnostics)
        all += (all.empty() ? "" : " ") + finding.code;
    return all;
}

TEST(Parser, Integers) {
    EXPECT_EQ(literal(value("0")).integer, 0);
    EXPECT_EQ(literal(value("007")).integer, 7);
    EXPECT_EQ(literal(value("1_000_000")).integer, 1000000);
    EXPECT_EQ(literal(value("9223372036854775807")).integer, INT64_MAX);
    EXPECT_EQ(literal(value("1_000")).text, "1_000");
    EXPECT_EQ(literal(value("12")).kind, ast::Literal::Kind::integer);
}

TEST(Parser, RealsFractionsAndDurations) {
    EXPECT_EQ(literal(value("0.5")).kind, ast::Literal::Kind::real);
    EXPECT_EQ(literal(value("0.1")).real, 0.1);
    EXPECT_EQ(literal(value("1e-3")).real, 1e-3);
    EXPECT_EQ(literal(value("1_0.2_5E+2")).real, 1025.0);
    EXPECT_EQ(literal(value("1%")).kind, ast::Literal::Kind::fraction);
    EXPECT_EQ(literal(value("1%")).real, 0.01);
    EXPECT_EQ(literal(value("12.5%")).real, 0.125);
    EXPECT_EQ(literal(value("30s")).kind, ast::Literal::Kind::duration);
    EXPECT_EQ(literal(value("30s")).real, 30.0);
    EXPECT_EQ(literal(value("250ms")).real, 0.25);
    EXPECT_EQ(literal(value("10min")).real, 600.0);
    EXPECT_EQ(literal(value("1.5h")).real, 5400.0);
    EXPECT_EQ(literal(value("30s")).text, "30s");
}

TEST(Parser, StringsAndBooleans) {
    EXPECT_EQ(literal(value(R"("a\"b\\c\n\t\u{e9}\u{1F600}")")).text, "a\"b\\c\n\té😀");
    EXPECT_EQ(literal(value("\"\"")).text, "");
    EXPECT_TRUE(literal(value("true")).boolean);
    EXPECT_FALSE(literal(value("false")).boolean);
    EXPECT_EQ(literal(value("false")).kind, ast::Literal::Kind::boolean);
}

TEST(Parser, PrecedenceAndAssociation) {
    const auto* sum = value("1 - 2 - 3 * -4")->as<ast::Binary>();
    ASSERT_NE(sum, nullptr);
    EXPECT_EQ(sum->op, "-");
    ASSERT_NE(sum->left->as<ast::Binary>(), nullptr);
    EXPECT_EQ(written(sum->left->span), "1 - 2");
    EXPECT_EQ(written(sum->right->span), "3 * -4");
    const auto* condition = value("accuracy >= 0.9 + 0.07")->as<ast::Binary>();
    ASSERT_NE(condition, nullptr);
    EXPECT_EQ(condition->op, ">=");
    EXPECT_EQ(written(condition->op_span), ">=");
    const auto* pipe = value("a @ s >> b >> [| c |]^2 @ t")->as<ast::Pipe>();
    ASSERT_NE(pipe, nullptr);
    ASSERT_EQ(pipe->stages.size(), 3u);
    ASSERT_EQ(pipe->arrows.size(), 2u);
    EXPECT_EQ(written(pipe->arrows[1]), ">>");
    const auto* place = pipe->stages[2]->as<ast::Place>();
    ASSERT_NE(place, nullptr);
    EXPECT_NE(place->inner->as<ast::Distribute>(), nullptr);
}

TEST(Parser, CallsAndSpans) {
    const ast::ExprPtr expr = value("feedback(rounds: 20, until: accuracy >= 0.97) { a >> b }");
    const auto* call = expr->as<ast::Call>();
    ASSERT_NE(call, nullptr);
    EXPECT_EQ(call->function.text, "feedback");
    EXPECT_EQ(written(call->function.span), "feedback");
    ASSERT_EQ(call->arguments.size(), 2u);
    EXPECT_EQ(call->arguments[1].name->text, "until");
    EXPECT_EQ(written(call->arguments[1].span), "until: accuracy >= 0.97");
    EXPECT_EQ(written(call->arguments_span), "(rounds: 20, until: accuracy >= 0.97)");
    EXPECT_EQ(written(call->body_span), "{ a >> b }");
    EXPECT_EQ(written(call->body->span), "a >> b");
    EXPECT_EQ(written(expr->span), "feedback(rounds: 20, until: accuracy >= 0.97) { a >> b }");
    EXPECT_FALSE(value("tap { a }")->as<ast::Call>()->parentheses);
    EXPECT_NE(value("gather")->as<ast::Reference>(), nullptr);
}

TEST(Parser, DistributesAndIndices) {
    const auto* copies = value("[| train(lr: rates[i]), |]^(i: n + 1)")->as<ast::Distribute>();
    ASSERT_NE(copies, nullptr);
    EXPECT_EQ(copies->branches.size(), 1u);
    EXPECT_EQ(copies->index->text, "i");
    EXPECT_EQ(written(copies->copies->span), "n + 1");
    EXPECT_EQ(written(copies->brackets), "[| train(lr: rates[i]), |]");
    const auto* call = value("f(rates[0], [1, 2], [[3]][0][0])")->as<ast::Call>();
    ASSERT_NE(call, nullptr);
    EXPECT_NE(call->arguments[0].value->as<ast::Index>(), nullptr);
    EXPECT_NE(call->arguments[1].value->as<ast::ListExpr>(), nullptr);
    EXPECT_NE(call->arguments[2].value->as<ast::Index>(), nullptr);
}

TEST(Parser, StatementsAndComments) {
    const lang::ParseResult parsed = lang::parse(
        source("# first\nimport \"x.trama\"  # second\ndef f(a, b,) = a >> b\n\nx = 1\r\n# third"));
    EXPECT_EQ(lang::render(parsed.diagnostics), "");
    ASSERT_EQ(parsed.file.statements.size(), 3u);
    EXPECT_EQ(std::get<ast::Import>(parsed.file.statements[0].node).path, "x.trama");
    EXPECT_EQ(written(std::get<ast::Import>(parsed.file.statements[0].node).path_span), "\"x.trama\"");
    EXPECT_EQ(std::get<ast::Definition>(parsed.file.statements[1].node).parameters.size(), 2u);
    EXPECT_EQ(written(parsed.file.statements[1].span), "def f(a, b,) = a >> b");
    EXPECT_EQ(std::get<ast::Binding>(parsed.file.statements[2].node).name.text, "x");
    ASSERT_EQ(parsed.file.comments.size(), 3u);
    EXPECT_TRUE(parsed.file.comments[0].own_line);
    EXPECT_FALSE(parsed.file.comments[1].own_line);
    EXPECT_EQ(parsed.file.comments[2].text, "# third");
}

TEST(Parser, NewlinesEndBindingsButBesideArrowsAndInBrackets) {
    const lang::ParseResult parsed =
        lang::parse(source("a = b\n\n  # why\n  >> c >>\n\n# and why\n d\ne = f(\n1\n,\n2)"));
    EXPECT_EQ(lang::render(parsed.diagnostics), "");
    ASSERT_EQ(parsed.file.statements.size(), 2u);
    EXPECT_EQ(std::get<ast::Binding>(parsed.file.statements[0].node).value->as<ast::Pipe>()->stages.size(),
              3u);
}

TEST(Parser, RecoversWithoutCascades) {
    const lang::ParseResult parsed = lang::parse(
        source("a = f(1, 2\nb = 3\nc = [| x -> y |]^\nd = 4 5\ne = feedback(rounds = 3) {}\nf = 7\n"));
    EXPECT_EQ(codes(parsed.diagnostics), "T0021 T0023 T0026 T0041 T0024 T0029");
    EXPECT_EQ(parsed.file.statements.size(), 6u);
    EXPECT_EQ(written(parsed.file.statements.back().span), "f = 7");
}

TEST(Parser, ValuesOfTheCommandLine) {
    EXPECT_EQ(codes(lang::parse_expression(source("")).diagnostics), "T0020");
    EXPECT_EQ(codes(lang::parse_expression(source("5 6")).diagnostics), "T0031");
    EXPECT_EQ(codes(lang::parse_expression(source("5, 6")).diagnostics), "T0031");
    EXPECT_EQ(codes(lang::parse_expression(source("f(")).diagnostics), "T0021");
    EXPECT_NE(lang::parse_expression(source("f(")).expression, nullptr);
    EXPECT_EQ(literal(value("  5  # five")).integer, 5);
}

TEST(ParserLimits, FileSize) {
    lang::Limits limits;
    limits.file_bytes = 10;
    EXPECT_EQ(codes(lang::parse(source("a = 123456789"), limits).diagnostics), "T0004");
    EXPECT_EQ(codes(lang::parse_expression(source("12345678901"), limits).diagnostics), "T0004");
    EXPECT_EQ(codes(lang::parse(source("a = 123456"), limits).diagnostics), "");
}

std::string repeated(const std::string& text, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i)
        all += text;
    return all;
}

TEST(ParserLimits, NestingIsBoundedHoweverItIsWritten) {
    constexpr std::size_t many = 100000;
    const std::string deep[] = {repeated("(", many) + "1" + repeated(")", many),
                                repeated("[", many),
                                repeated("[| ", many) + "a" + repeated(" |]", many),
                                repeated("f(", many),
                                repeated("f { ", many) + "a" + repeated(" }", many),
                                repeated("-", many) + "1",
                                repeated("1 + ", many) + "1",
                                repeated("1 * ", many) + "1",
                                "a" + repeated("[0]", many),
                                repeated("(1 + ", many),
                                "[| a |]^" + repeated("(", many),
                                repeated("{", many)};
    for (const std::string& text : deep) {
        const lang::ParseResult parsed = lang::parse(source("a = " + text + "\nb = 2\n"));
        EXPECT_FALSE(parsed.diagnostics.empty()) << text.substr(0, 20);
        EXPECT_LE(parsed.diagnostics.size(), 2u) << text.substr(0, 20) << codes(parsed.diagnostics);
    }
    // The limit itself is within reach: 199 brackets around a value.
    EXPECT_EQ(codes(lang::parse(source("a = " + repeated("(", 199) + "1" + repeated(")", 199))).diagnostics),
              "");
    EXPECT_EQ(codes(lang::parse(source("a = " + repeated("1 + ", 199) + "1")).diagnostics), "");
    EXPECT_EQ(codes(lang::parse(source("a = " + repeated("(", 200) + "1" + repeated(")", 200))).diagnostics),
              "T0042");
    // Width is not depth.
    EXPECT_EQ(codes(lang::parse(source("a = b" + repeated(" >> c", 10000))).diagnostics), "");
    EXPECT_EQ(codes(lang::parse(source("a = [" + repeated("1, ", 10000) + "]")).diagnostics), "");
}

TEST(ParserLimits, DeepTreesFormat) {
    const lang::ParseResult parsed =
        lang::parse(source("a = " + repeated("[| f(x, ", 99) + "1" + repeated(") |]^2", 99) + "\n"));
    ASSERT_EQ(codes(parsed.diagnostics), "");
    const std::string text = lang::format(parsed.file);
    EXPECT_EQ(lang::format(lang::parse(source(text)).file), text);
}

TEST(ParserLimits, TenThousandStatementsParseFast) {
    std::string text;
    for (int i = 0; i < 10000; ++i) {
        text += "scheme_" + std::to_string(i) + " = init(net) >> feedback(rounds: 20) {\n" +
                "    broadcast >> [| client |]^4 >> reduce(fedavg) >> test(data)  # why\n}\n";
    }
    const auto begin = std::chrono::steady_clock::now();
    const lang::ParseResult parsed = lang::parse(source(text));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    EXPECT_EQ(parsed.file.statements.size(), 10000u);
    RecordProperty("milliseconds", static_cast<int>(seconds.count() * 1000));  // no test asserts a time
}

TEST(ParserRobustness, AnyBytes) {
    std::mt19937_64 random(1);
    const std::string pieces[] = {"(",       ")",
                                  "[",       "]",
                                  "[|",      "|]",
                                  "{",       "}",
                                  ">>",      "\n",
                                  " ",       "a",
                                  "b = ",    "def ",
                                  "import ", "\"",
                                  "1",       "30s",
                                  "^",       "@",
                                  ",",       ":",
                                  "=",       "#",
                                  "\xff",    std::string(1, '\0'),
                                  "é",       ";",
                                  "-",       "+",
                                  "|",       "//",
                                  "/*",      "'",
                                  "“",       "true",
                                  "f(x: ",   "\r\n",
                                  "\\",      "%",
                                  "."};
    for (int round = 0; round < 20000; ++round) {
        std::string text;
        for (std::size_t count = random() % 30; count > 0; --count)
            text += pieces[random() % std::size(pieces)];
        const lang::ParseResult parsed = lang::parse(source(text));
        const std::string report =
            lang::render(parsed.diagnostics, {.color = false, .utf8 = round % 2 == 0, .width = 40});
        EXPECT_EQ(report.empty(), parsed.diagnostics.empty());
        for (std::size_t i = 0; i + 1 < parsed.diagnostics.size(); ++i) {
            EXPECT_LE(parsed.diagnostics[i].span.begin, parsed.diagnostics[i + 1].span.begin) << text;
        }
        if (parsed.diagnostics.empty()) {
            const std::string formatted = lang::format(parsed.file);
            EXPECT_EQ(lang::format(lang::parse(source(formatted)).file), formatted) << text;
        }
        lang::parse_expression(source(text));
    }
}

}  // namespace
