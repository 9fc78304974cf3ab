#include "lang/syntax/lexer.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "lang/syntax/utf8.hpp"

namespace trama::lang {
namespace {

struct Symbol {
    std::string_view text;
    Tok kind;
};
// Longest first: the first match is the longest.
constexpr Symbol symbols[] = {{"[|", Tok::left_distribute},
                              {"|]", Tok::right_distribute},
                              {">>", Tok::arrow},
                              {">=", Tok::greater_equal},
                              {"<=", Tok::less_equal},
                              {"==", Tok::equal_equal},
                              {"!=", Tok::not_equal},
                              {"->", Tok::foreign_arrow},
                              {"=>", Tok::foreign_arrow},
                              {"|>", Tok::foreign_arrow},
                              {"(", Tok::left_paren},
                              {")", Tok::right_paren},
                              {"{", Tok::left_brace},
                              {"}", Tok::right_brace},
                              {"[", Tok::left_bracket},
                              {"]", Tok::right_bracket},
                              {"|", Tok::foreign_arrow},
                              {"<", Tok::less},
                              {">", Tok::greater},
                              {"=", Tok::assign},
                              {":", Tok::colon},
                              {",", Tok::comma},
                              {"^", Tok::caret},
                              {"@", Tok::at},
                              {"+", Tok::plus},
                              {"-", Tok::minus},
                              {"*", Tok::star},
                              {"/", Tok::slash},
                              {"%", Tok::percent},
                              {";", Tok::semicolon},
                              {".", Tok::dot}};

std::string code_name(char32_t code) {
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, "U+%04X", static_cast<unsigned>(code));
    return buffer;
}

}  // namespace

Lexer::Lexer(Reporter& reporter) : reporter_(reporter), text_(reporter.source()->text()) {}

std::size_t Lexer::line_end(std::size_t from) const {
    std::size_t end = std::min(text_.find('\n', from), text_.size());
    if (end > from && end < text_.size() && text_[end - 1] == '\r') --end;
    return end;
}

void Lexer::push(Tok kind, std::size_t begin) {
    out_.tokens.push_back(
        {kind, newline_, space_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_), 0});
    newline_ = space_ = false;
}

void Lexer::push_literal(ast::Literal literal, std::size_t begin) {
    push(Tok::literal, begin);
    out_.tokens.back().literal = static_cast<std::uint32_t>(out_.literals.size());
    out_.literals.push_back(std::move(literal));
}

Tokens Lexer::run() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    out_.tokens.reserve(text_.size() / 4 + 1);
    while (at_ < text_.size() && !reporter_.full()) {
        if (!skip_blank()) token();
    }
    if (at_ < text_.size()) reporter_.cut();
    at_ = text_.size();
    newline_ = true;
    push(Tok::end, at_);
    return std::move(out_);
}

bool Lexer::skip_blank() {
    const char c = text_[at_];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        newline_ = newline_ || c == '\n';
        space_ = true;
        ++at_;
        return true;
    }
    if (c == '#') {
        comment();
        return true;
    }
    if (c == '/' && (at(at_ + 1) == '/' || at(at_ + 1) == '*')) {
        foreign_comment();
        return true;
    }
    return false;
}

void Lexer::comment() {
    std::size_t end = line_end(at_);
    std::string_view text = text_.substr(at_, end - at_);
    while (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')
        text.remove_suffix(1);
    out_.comments.push_back({std::string(text), reporter_.span(at_, at_ + text.size()), newline_});
    at_ = end;
    space_ = true;
}

void Lexer::foreign_comment() {
    const bool block = at(at_ + 1) == '*';
    std::size_t end = line_end(at_);
    if (block) {
        const std::size_t close = text_.find("*/", at_ + 2);
        end = close == std::string_view::npos ? text_.size() : close + 2;
    }
    reporter_.error("T0011", at_, at_ + 2, shown_text(text_.substr(at_, 2)) + " does not begin a comment",
                    "comments begin with `#` and end with the line");
    newline_ = newline_ || text_.substr(at_, end - at_).find('\n') != std::string_view::npos;
    space_ = true;
    at_ = end;
}

void Lexer::token() {
    const char c = text_[at_];
    if (is_letter(c)) return word();
    if (is_digit(c) || (c == '.' && is_digit(at(at_ + 1)))) return number();
    if (c == '"') return string();
    if (c == '\'') return foreign_string("'", "'");
    if (static_cast<unsigned char>(c) >= 0x80) return not_ascii();
    symbol();
}

void Lexer::word() {
    const std::size_t begin = at_;
    bool foreign = false;
    while (at_ < text_.size()) {
        if (is_letter(text_[at_]) || is_digit(text_[at_])) {
            ++at_;
            continue;
        }
        if (static_cast<unsigned char>(text_[at_]) < 0x80) break;
        const CodePoint point = decode(text_, at_);
        // Letters of other scripts begin with U+00AA; arrows, mathematics and punctuation end a name.
        const bool letter = point.valid && point.code >= 0xAA && !is_unsafe(point.code) &&
                            point.code != 0xAB && point.code != 0xBB && point.code != 0xD7 &&
                            point.code != 0xF7 && !(point.code >= 0x2000 && point.code <= 0x2BFF) &&
                            !(point.code >= 0x3000 && point.code <= 0x303F) && !(point.code >= 0xFF00);
        if (!letter) break;
        foreign = true;
        at_ += point.size;
    }
    const std::string_view text = text_.substr(begin, at_ - begin);
    if (foreign) {
        reporter_.error("T0014", begin, at_,
                        "the name " + shown_text(text) + " has letters that names cannot have",
                        "names are made of a-z, A-Z, 0-9 and _");
        return push(Tok::name, begin);
    }
    const auto* keyword = std::find_if(std::begin(keywords), std::end(keywords),
                                       [&](const Keyword& entry) { return entry.text == text; });
    push(keyword != std::end(keywords) ? keyword->kind : Tok::name, begin);
}

void Lexer::symbol() {
    const std::size_t begin = at_;
    for (const Symbol& symbol : symbols) {
        if (!starts(symbol.text)) continue;
        at_ += symbol.text.size();
        if (symbol.kind == Tok::semicolon) {
            reporter_.error("T0013", begin, at_, "`;` is not part of the language",
                            "a newline ends a binding; arguments are separated by `,`");
        }
        return push(symbol.kind, begin);
    }
    const char c = text_[at_++];
    while (c == '&' && at(at_) == '&')
        ++at_;
    if (c == '\0') return push(Tok::invalid, begin);  // reported with the encoding
    const auto code = static_cast<unsigned char>(c);
    std::string hint;
    if (c == '!') hint = "`!=` compares; there is no `not`";
    if (c == '&') hint = "several conditions are several arguments: `rounds: 20, until: accuracy >= 0.97`";
    if (c == '$') hint = "names are written bare: `rounds`";
    reporter_.error("T0001", begin, at_,
                    code < 0x20 || code == 0x7F
                        ? "unexpected control character " + code_name(code)
                        : "unexpected character " + shown_text(text_.substr(begin, at_ - begin)),
                    hint);
    push(Tok::invalid, begin);
}

bool Lexer::look_alike(char32_t code, std::size_t begin) {
    struct LookAlike {
        char32_t code;
        std::string_view text;
        Tok kind;
    };
    static constexpr LookAlike table[] = {{0x2265, ">=", Tok::greater_equal},
                                          {0x2264, "<=", Tok::less_equal},
                                          {0x2260, "!=", Tok::not_equal},
                                          {0xD7, "*", Tok::star},
                                          {0xF7, "/", Tok::slash},
                                          {0x2212, "-", Tok::minus},
                                          {0x2013, "-", Tok::minus},
                                          {0x2014, "-", Tok::minus}};
    for (const LookAlike& entry : table) {
        if (entry.code != code) continue;
        reporter_.error("T0001", begin, at_,
                        "unexpected character " + shown_text(text_.substr(begin, at_ - begin)),
                        "write `" + std::string(entry.text) + "`");
        push(entry.kind, begin);
        return true;
    }
    return false;
}

void Lexer::not_ascii() {
    const std::size_t begin = at_;
    const CodePoint point = decode(text_, at_);
    const char32_t code = point.code;
    if (!point.valid) {
        while (at_ < text_.size() && !decode(text_, at_).valid)
            ++at_;
        return push(Tok::invalid, begin);  // reported with the encoding
    }
    if (code == 0x201C || code == 0x201D || code == 0x201E)
        return foreign_string(text_.substr(at_, 3), "\u201D");
    if (code == 0x2018 || code == 0x2019 || code == 0x201A)
        return foreign_string(text_.substr(at_, 3), "\u2019");
    if (code == 0xAB) return foreign_string("\u00AB", "\u00BB");
    at_ += point.size;
    if (code == 0x2192 || code == 0x21D2 || code == 0x2022) return push(Tok::foreign_arrow, begin);
    if (look_alike(code, begin)) return;
    const bool blank = code == 0xA0 || (code >= 0x2000 && code <= 0x200A) || code == 0x202F || code == 0x3000;
    if (blank || is_unsafe(code)) {
        reporter_.error("T0001", begin, at_, "unexpected invisible character " + code_name(code),
                        blank ? "use a plain space" : "delete it");
        space_ = true;
        return;
    }
    if (code >= 0x370 && code < 0x2000) {  // a name in another alphabet, reported as one
        at_ = begin;
        return word();
    }
    if (code >= 0xC0 && code < 0x370) {
        at_ = begin;
        return word();
    }
    std::string hint;
    if (code == 0x25C1 || code == 0x25B7)
        hint = "the algebra's notation is an output: write `broadcast`, `reduce(...)`";
    if (code >= 0xFF01 && code <= 0xFF5E)
        hint = std::string("write `") + static_cast<char>(code - 0xFEE0) + "`";
    // A row of the same kind is one finding.
    while (hint.empty() && at_ < text_.size()) {
        const CodePoint next = decode(text_, at_);
        if (!next.valid || next.code < 0x2000 || is_unsafe(next.code)) break;
        at_ += next.size;
    }
    reporter_.error("T0001", begin, at_,
                    "unexpected character " + shown_text(text_.substr(begin, at_ - begin)), hint);
    push(Tok::invalid, begin);
}

}  // namespace trama::lang
