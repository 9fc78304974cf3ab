#include <cstdio>
#include <string>
#include <utility>

#include "lang/syntax/lexer.hpp"
#include "lang/syntax/utf8.hpp"

// Strings with their escapes.

namespace trama::lang {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

ast::Literal string_literal(std::string value) {
    ast::Literal literal;
    literal.kind = ast::Literal::Kind::string;
    literal.text = std::move(value);
    return literal;
}

}  // namespace

void Lexer::string() {
    const std::size_t begin = at_++;
    const std::size_t end = line_end(begin);
    std::string value;
    while (at_ < end && text_[at_] != '"') {
        if (text_[at_] == '\\') {
            escape(value);
        } else {
            value += text_[at_++];
        }
    }
    if (at_ < end) {
        ++at_;
    } else {
        at_ = end;
        reporter_.error(
            "T0005", begin, at_, "this string is not closed",
            "a string ends with `\"` on the line where it begins; a newline in it is written `\\n`");
        // What was swallowed with it may have held closing brackets: the parser is silent about them.
        push_literal(string_literal(std::move(value)), begin);
        newline_ = space_ = false;
        return push(Tok::invalid, at_);
    }
    push_literal(string_literal(std::move(value)), begin);
}

void Lexer::escape(std::string& value) {
    const std::size_t begin = at_++;
    const char c = at(at_);
    const auto one = [&](char result) {
        value += result;
        ++at_;
    };
    switch (c) {
        case '"':
            return one('"');
        case '\\':
            return one('\\');
        case 'n':
            return one('\n');
        case 't':
            return one('\t');
        default:
            break;
    }
    if (c == 'u') {
        ++at_;
        char32_t code = 0;
        std::size_t count = 0;
        if (at(at_) == '{') {
            ++at_;
            while (hex_digit(at(at_)) >= 0) {
                if (count < 8) code = code * 16 + static_cast<char32_t>(hex_digit(at(at_)));
                ++count;
                ++at_;
            }
            const bool scalar = code > 0 && code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
            if (at(at_) == '}') {
                ++at_;
                if (count > 0 && count <= 6 && scalar) return append(value, code);
            }
        }
        reporter_.error("T0006", begin, at_,
                        shown_text(text_.substr(begin, at_ - begin)) + " names no character",
                        "write the code point in hexadecimal: `\\u{e9}` is é");
        return;
    }
    const bool at_line_end = at_ >= line_end(begin);
    std::size_t end = at_;
    if (!at_line_end) end += decode(text_, at_).size;
    reporter_.error(
        "T0006", begin, end, "unknown escape " + shown_text(text_.substr(begin, end - begin)),
        "escapes are \\\" \\\\ \\n \\t and \\u{...}; a backslash itself is written `\\\\`, and paths "
        "may use `/`");
    at_ = end;
}

void Lexer::foreign_string(std::string_view open, std::string_view close) {
    const std::size_t begin = at_;
    const std::size_t line = line_end(begin);
    std::size_t end = std::string_view::npos;
    // Word processors are not consistent: any closing mark of the family, or a plain one, will do.
    const std::string_view closers[] = {close, open,
                                        open == "'" ? std::string_view("'") : std::string_view("\"")};
    std::size_t size = 0;
    for (const std::string_view closer : closers) {
        const std::size_t found = text_.find(closer, begin + open.size());
        if (found < line && found < end) {
            end = found;
            size = closer.size();
        }
    }
    if (end == std::string_view::npos) {
        at_ += open.size();
        reporter_.error("T0012", begin, at_, "unexpected quotation mark " + shown_text(open),
                        "strings are written \"like this\"");
        return push(Tok::invalid, begin);
    }
    at_ = end + size;
    std::string value(text_.substr(begin + open.size(), end - begin - open.size()));
    reporter_.error("T0012", begin, at_, "a string is written between `\"`, not " + shown_text(open),
                    "write `\"" + value + "\"`");
    push_literal(string_literal(std::move(value)), begin);
}

}  // namespace trama::lang
