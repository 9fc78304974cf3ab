#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "lang/syntax/utf8.hpp"
#include "trama/lang/ast.hpp"
#include "trama/lang/diagnostic.hpp"

// Sources, and how findings in them look.

namespace {

using namespace trama;
using lang::Diagnostic;
using lang::Severity;
using lang::Span;

lang::SourcePtr source(const std::string& name, std::string text) {
    return std::make_shared<const lang::Source>(name, std::move(text));
}

Span find(const lang::SourcePtr& in, const std::string& text) {
    const std::size_t at = in->text().find(text);
    return {in, at, at + text.size()};
}

Diagnostic finding(Span span, std::string message) {
    Diagnostic diagnostic;
    diagnostic.code = "T0999";
    diagnostic.span = std::move(span);
    diagnostic.message = std::move(message);
    return diagnostic;
}

TEST(Source, LinesAndColumns) {
    const auto text = source("x",
                             "\xEF\xBB\xBF"
                             "a\r\né世b\n\nlast");
    EXPECT_EQ(text->lines(), 4u);
    EXPECT_EQ(text->line(1), "a");
    EXPECT_EQ(text->line(2), "é世b");
    EXPECT_EQ(text->line(3), "");
    EXPECT_EQ(text->line(4), "last");
    EXPECT_EQ(text->line(5), "");
    EXPECT_EQ(text->line(0), "");
    const Span b = find(text, "b");
    EXPECT_EQ(text->position(b.begin).line, 2u);
    EXPECT_EQ(text->position(b.begin).column, 3u);
    EXPECT_EQ(text->position(3).column, 1u);
    EXPECT_EQ(text->position(10000).line, 4u);
    EXPECT_EQ(text->position(10000).column, 5u);
}

TEST(Source, JoinedSpans) {
    const auto text = source("x", "abc def");
    const Span joined = lang::join(find(text, "b"), find(text, "de"));
    EXPECT_EQ(joined.begin, 1u);
    EXPECT_EQ(joined.end, 6u);
    EXPECT_EQ(lang::join({}, find(text, "b")).begin, 1u);
    EXPECT_EQ(lang::join(find(text, "b"), {}).end, 2u);
}

TEST(Source, ReadingFails) {
    const auto missing = lang::read_source("/no/such/file.trama");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, core::ErrorKind::data);
    EXPECT_EQ(missing.error().message, "cannot open: No such file or directory");
    EXPECT_EQ(missing.error().where, "/no/such/file.trama");
    const auto folder = lang::read_source("/");
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().message, "this is a folder, not a scheme");
    const auto endless = lang::read_source("/dev/zero");
    ASSERT_FALSE(endless);
    EXPECT_EQ(endless.error().message, "the file is larger than 16 MiB, too large for a scheme");
}

TEST(Source, Reads) {
    const auto path = std::filesystem::temp_directory_path() / "trama_source_test.trama";
    std::ofstream(path, std::ios::binary) << "a = 1\n";
    const auto read = lang::read_source(path.string());
    std::filesystem::remove(path);
    ASSERT_TRUE(read);
    EXPECT_EQ((*read)->text(), "a = 1\n");
    EXPECT_EQ((*read)->path(), path.string());
}

TEST(Render, SecondPlacesInOtherFilesAndOnOtherLines) {
    const auto main = source("main.trama", "n = 4\n\nscheme = broadcast >> [| client |]^n\n");
    const auto other = source("clients.trama", "# imported\nclient = train(data)\n");
    Diagnostic diagnostic = finding(find(main, "[| client |]^n"), "these do not fit");
    diagnostic.related.push_back({find(main, "n = 4"), "four copies"});
    diagnostic.related.push_back({find(other, "train(data)"), "defined here"});
    diagnostic.related.push_back({{}, "said without a place"});
    diagnostic.hint = "one\nand another line";
    EXPECT_EQ(lang::render(diagnostic),
              "error[T0999]: these do not fit\n"
              " --> main.trama:3:23\n"
              "1 | n = 4\n"
              "  | ----- four copies\n"
              "3 | scheme = broadcast >> [| client |]^n\n"
              "  |                       ^^^^^^^^^^^^^^\n"
              " ::: clients.trama:2:10\n"
              "2 | client = train(data)\n"
              "  |          ----------- defined here\n"
              "note: said without a place\n"
              "hint: one\n"
              "      and another line\n");
}

TEST(Render, NowhereAndAtTheEnd) {
    EXPECT_EQ(lang::render(finding({}, "nothing to show")), "error[T0999]: nothing to show\n");
    const auto text = source("x.trama", "a = 1\n");
    EXPECT_EQ(lang::render(finding({text, 6, 6}, "at the end")),
              "error[T0999]: at the end\n --> x.trama:2:1\n2 |\n  | ^\n");
    const auto empty = source("empty.trama", "");
    EXPECT_EQ(lang::render(finding({empty, 0, 0}, "empty")),
              "error[T0999]: empty\n --> empty.trama:1:1\n1 |\n  | ^\n");
}

TEST(Render, SeveralLinesAreShownByTheFirst) {
    const auto text = source("x.trama", "a = f(1,\n      2)\n");
    EXPECT_EQ(lang::render(finding(find(text, "f(1,\n      2)"), "long")),
              "error[T0999]: long\n --> x.trama:1:5\n1 | a = f(1,\n  |     ^^^^\n");
}

TEST(Render, CountsBySeverity) {
    const auto text = source("x.trama", "abc\n");
    std::vector<Diagnostic> all(4, finding(find(text, "b"), "m"));
    all[1].severity = Severity::warning;
    all[2].severity = Severity::note;
    const std::string report = lang::render(all);
    EXPECT_TRUE(report.ends_with("\n\n2 errors, 1 warning, 1 note\n")) << report;
    EXPECT_NE(report.find("warning[T0999]: m"), std::string::npos);
    EXPECT_EQ(lang::render(std::vector<Diagnostic>{}), "");
    EXPECT_TRUE(lang::has_errors(all));
    EXPECT_FALSE(lang::has_errors({all[1], all[2]}));
    EXPECT_EQ(lang::to_json({}), "[]\n");
}

TEST(Render, NeverWiderThanAsked) {
    std::string long_line = "a = [";
    for (int i = 0; i < 300; ++i)
        long_line += "世界é" + std::to_string(i) + ", ";
    const auto text = source("x.trama", long_line);
    for (std::size_t at = 0; at < long_line.size(); at += 7) {
        for (const bool utf8 : {true, false}) {
            const std::string report =
                lang::render(finding({text, at, at + 40}, "m"), {.utf8 = utf8, .width = 60});
            std::size_t width = 0;
            for (std::size_t i = 0; i < report.size();) {
                const lang::CodePoint point = lang::decode(report, i);
                width = point.code == '\n' ? 0 : width + lang::display_width(point.code);
                ASSERT_LE(width, 60u) << report;
                EXPECT_TRUE(utf8 || point.code < 0x80);
                i += point.size;
            }
        }
    }
}

TEST(Render, WidthsOfCharacters) {
    EXPECT_EQ(lang::display_width(U'a'), 1u);
    EXPECT_EQ(lang::display_width(U'é'), 1u);
    EXPECT_EQ(lang::display_width(U'世'), 2u);
    EXPECT_EQ(lang::display_width(U'Ａ'), 2u);
    EXPECT_EQ(lang::display_width(U'한'), 2u);
    EXPECT_EQ(lang::display_width(U'😀'), 2u);
    EXPECT_EQ(lang::display_width(0x301), 0u);
    EXPECT_EQ(lang::display_width(0x200D), 0u);
    EXPECT_EQ(lang::display_width(0xFE0F), 0u);
    EXPECT_EQ(lang::display_width(0x2192), 1u);
    EXPECT_EQ(lang::display_width(0x378), 1u);
}

TEST(Utf8, DecodesStrictly) {
    const auto size_of = [](std::string_view text) {
        const lang::CodePoint point = lang::decode(text, 0);
        return point.valid ? static_cast<int>(point.size) : -1;
    };
    EXPECT_EQ(size_of("a"), 1);
    EXPECT_EQ(size_of("é"), 2);
    EXPECT_EQ(size_of("世"), 3);
    EXPECT_EQ(size_of("😀"), 4);
    for (const std::string_view bad : {"\x80", "\xC3", "\xC3(", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
                                       "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
        EXPECT_EQ(size_of(bad), -1);
    }
    for (char32_t code = 1; code < 0x110000; code += 7) {
        if (code >= 0xD800 && code <= 0xDFFF) continue;
        std::string text;
        lang::append(text, code);
        ASSERT_EQ(lang::decode(text, 0).code, code);
        ASSERT_EQ(lang::decode(text, 0).size, text.size());
    }
}

TEST(Quote, ParsesBack) {
    for (const std::string text : {"", "a\"b\\c\n\t", "\x01\x7f", "é世\u202e", "😀"}) {
        const auto parsed = lang::parse_expression(source("v", lang::quote(text)));
        EXPECT_EQ(lang::render(parsed.diagnostics), "");
        EXPECT_EQ(parsed.expression->as<lang::ast::Literal>()->text, text);
    }
}

}  // namespace
