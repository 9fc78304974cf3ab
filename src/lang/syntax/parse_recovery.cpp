#include <algorithm>

#include "lang/syntax/parser.hpp"

// How the parser reports, and finds its place again.

namespace trama::lang {
namespace {

std::string_view closer_text(Tok closer) {
    switch (closer) {
        case Tok::right_paren:
            return "`)`";
        case Tok::right_brace:
            return "`}`";
        case Tok::right_bracket:
            return "`]`";
        default:
            return "`|]`";
    }
}

bool is_closer(Tok kind) {
    return kind == Tok::right_paren || kind == Tok::right_brace || kind == Tok::right_bracket ||
           kind == Tok::right_distribute;
}

bool is_opener(Tok kind) {
    return kind == Tok::left_paren || kind == Tok::left_brace || kind == Tok::left_bracket ||
           kind == Tok::left_distribute;
}

}  // namespace

Diagnostic& Parser::error(std::string_view code, const Token& at, std::string message, std::string hint) {
    return reporter_.error(code, at.begin, at.end, std::move(message), std::move(hint));
}

Diagnostic& Parser::error_after(std::string_view code, const Token& before, std::string message,
                                std::string hint) {
    return reporter_.error(code, before.end, before.end, std::move(message), std::move(hint));
}

Parser::Parsed Parser::missing(std::size_t at) {
    auto expr = std::make_shared<ast::Expr>();
    expr->span = reporter_.span(at, at);
    return {std::move(expr), 1};
}

void Parser::too_deep(const Token& at) {
    if (!panic_) {
        error("T0042", at, "this expression nests deeper than " + std::to_string(limits_.depth) + " levels",
              "give its parts names");
    }
    panic_ = true;
}

bool Parser::closes_outer(Tok kind) const {
    return std::any_of(brackets_.begin(), brackets_.end(),
                       [&](const Bracket& open) { return open.closer == kind; });
}

/// At the end of what the innermost bracket holds: its closer, any other closer, or where it was forgotten.
bool Parser::at_close() const {
    return is_closer(peek().kind) || is(Tok::end) || starts_statement();
}

void Parser::close() {
    const Bracket bracket = brackets_.back();
    if (is(bracket.closer)) {
        next();
        panic_ = false;
        brackets_.pop_back();
        return;
    }
    if (is_closer(peek().kind) && !closes_outer(peek().kind)) {
        if (!panic_) mismatched(bracket);
        next();
        panic_ = false;
        brackets_.pop_back();
        return;
    }
    brackets_.pop_back();
    if (panic_) return;
    const std::string opener = shown_text(text(*bracket.opener));
    Diagnostic& finding =
        error_after("T0021", previous(),
                    std::string(closer_text(bracket.closer)) + " is missing, which closes " + opener);
    finding.related.push_back({reporter_.span(bracket.opener->begin, bracket.opener->end), "opened here"});
    panic_ = !is(Tok::left_brace);  // a body follows where `)` was forgotten: the place is certain
}

void Parser::mismatched(const Bracket& bracket) {
    const Token& found = peek();
    const std::string wanted(closer_text(bracket.closer));
    Diagnostic& finding = error(
        "T0022", found, shown_text(text(found)) + " does not close " + shown_text(text(*bracket.opener)));
    finding.related.push_back({reporter_.span(bracket.opener->begin, bracket.opener->end), "opened here"});
    finding.hint = "write " + wanted;
    if (found.kind == Tok::right_distribute && bracket.closer == Tok::right_bracket) {
        finding.hint = "a distribute is opened by `[|`; a list is closed by `]`";
    }
}

/// To the comma or closer that ends this element, over whole inner brackets.
void Parser::skip_item() {
    panic_ = true;
    std::size_t inner = 0;
    while (!is(Tok::end) && !starts_statement()) {
        const Tok kind = peek().kind;
        if (inner == 0 && (is_closer(kind) || kind == Tok::comma || kind == Tok::semicolon)) return;
        if (is_opener(kind)) ++inner;
        if (is_closer(kind)) --inner;
        next();
    }
}

/// To what closes the innermost bracket, over everything that cannot stand in it.
void Parser::skip_to_close() {
    while (!at_close()) {
        if (is(Tok::comma) || is(Tok::semicolon)) next();
        skip_item();
    }
}

/// To the next statement, over the brackets that are open; these stay for those who opened them.
void Parser::skip_statement() {
    std::size_t depth = brackets_.size();
    while (!is(Tok::end)) {
        const Tok kind = peek().kind;
        if (starts_statement()) return;
        if (depth == 0 && peek().newline_before && kind != Tok::arrow && kind != Tok::foreign_arrow) return;
        if (is_opener(kind)) ++depth;
        if (is_closer(kind) && depth > 0) --depth;
        next();
    }
}

void Parser::no_comma(std::string_view separators) {
    const Token& found = peek();
    // What the lexer has reported, and a string that is not closed, explain the rest.
    const bool open_string =
        found.kind == Tok::literal && is(Tok::invalid, 1) && peek(1).begin == peek(1).end;
    if (found.kind == Tok::invalid || open_string) {
        panic_ = true;
        return;
    }
    if (starts_expression()) {
        error_after("T0030", previous(), std::string(separators) + " is missing before " + describe(found));
        return;
    }
    std::string hint;
    if (found.kind == Tok::assign) hint = "`==` compares, `:` gives an argument by name";
    if (found.kind == Tok::colon) hint = "an argument's name is a bare name: `lr: 0.1`";
    if (found.kind == Tok::percent)
        hint = "`%` follows a number without a space; there is no remainder operator";
    if (found.kind == Tok::kw_def || found.kind == Tok::kw_import)
        hint = "a statement begins on a line of its own";
    error("T0044", found, "unexpected " + shown_text(text(found)), hint);
    panic_ = true;
}

}  // namespace trama::lang
