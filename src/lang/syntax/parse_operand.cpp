#include <algorithm>
#include <utility>

#include "lang/syntax/parser.hpp"

// Operands: literals, lists, parentheses, and what follows an operand directly.

namespace trama::lang {
Parser::Parsed Parser::postfix() {
    const Token& first = peek();
    Parsed parsed = primary();
    while (!line_ends() && !panic_) {
        const Token& token = peek();
        if (token.kind == Tok::left_bracket && !token.newline_before) {
            if (parsed.expr->as<ast::Distribute>() != nullptr) break;
            if (token.space_before && parsed.expr->as<ast::Reference>() == nullptr) break;
            if (token.space_before) {
                error("T0039", token, "a space before an index",
                      "write `" + std::string(text(previous())) +
                          "[...]`; if a list is meant, a `,` is missing");
            }
            parsed = index(std::move(parsed), first);
        } else if (token.kind == Tok::caret) {
            parsed = copies(std::move(parsed), first);
        } else if (token.kind == Tok::left_paren && !token.newline_before && !token.space_before) {
            error("T0036", token, "only names can be called",
                  "a function's arguments stand in one pair of parentheses behind its name");
            ast::Call dropped;
            arguments(dropped);
        } else if (token.kind == Tok::left_brace) {
            if (!brackets_.empty() && brackets_.back().closer == Tok::right_paren) break;
            error("T0046", token, "only names and calls take a body",
                  "a body follows its block: `feedback(rounds: 20) { ... }`");
            ast::Call dropped;
            body(dropped);
        } else {
            break;
        }
    }
    return parsed;
}

Parser::Parsed Parser::primary() {
    switch (peek().kind) {
        case Tok::name:
            return call();
        case Tok::literal:
        case Tok::kw_true:
        case Tok::kw_false:
            return literal();
        case Tok::left_distribute:
            return distribute();
        case Tok::left_bracket:
            return list();
        case Tok::left_paren:
            return parens();
        default:
            return no_operand();
    }
}

/// Reports that no operand stands here, and skips what cannot be anything else.
Parser::Parsed Parser::no_operand() {
    const Token& found = peek();
    const std::size_t at = found.begin;
    if (found.kind == Tok::invalid) {
        next();
        panic_ = true;
        return missing(at);
    }
    if (found.kind == Tok::left_brace) {
        if (!panic_)
            error("T0046", found, "this body belongs to no block", "name it: `feedback(rounds: 20) { ... }`");
        panic_ = true;
        ast::Call dropped;
        body(dropped);
        panic_ = true;
        return missing(at);
    }
    if (!panic_) {
        if ((found.kind == Tok::kw_def || found.kind == Tok::kw_import) && !starts_statement()) {
            error("T0028", found, shown_text(text(found)) + " is a keyword and cannot be a name",
                  "choose another name");
            next();
        } else {
            std::string hint;
            if (found.kind == Tok::plus) hint = "numbers are written without `+`";
            if (found.kind == Tok::caret) hint = "a count of copies follows what it copies: `[| client |]^4`";
            error("T0020", found, "expected an expression, found " + describe(found), hint);
        }
    }
    panic_ = true;
    return missing(at);
}

Parser::Parsed Parser::literal() {
    const Token& token = next();
    ast::Literal node;
    if (token.kind == Tok::literal) {
        node = lexed_.literals[token.literal];
        if (node.kind == ast::Literal::Kind::integer || node.kind == ast::Literal::Kind::real) apart_unit();
        if (is(Tok::invalid) && peek().begin == peek().end) {  // behind a string that is not closed
            next();
            panic_ = true;
        }
    } else {
        node.kind = ast::Literal::Kind::boolean;
        node.boolean = token.kind == Tok::kw_true;
        node.text = text(token);
    }
    return make(std::move(node), token, 1);
}

/// `30 s` and `1 %`: a unit with a space before it.
void Parser::apart_unit() {
    const Token& number = previous();
    const Token& unit = peek();
    if (unit.newline_before || (unit.kind != Tok::name && unit.kind != Tok::percent)) return;
    const bool known =
        std::any_of(std::begin(units), std::end(units), [&](const Unit& u) { return u.text == text(unit); });
    const Tok behind = peek(1).newline_before ? Tok::end : peek(1).kind;
    const bool remainder = unit.kind == Tok::percent &&
                           (behind == Tok::literal || behind == Tok::name || behind == Tok::left_paren);
    if (!known || remainder || is(Tok::assign, 1) || is(Tok::left_paren, 1) || is(Tok::colon, 1)) return;
    if (!panic_) {
        reporter_.error("T0010", number.begin, unit.end, "a unit follows its number without a space",
                        "write `" + std::string(text(number)) + std::string(text(unit)) + "`");
    }
    next();
}

Parser::Parsed Parser::list() {
    const Token& first = peek();
    ast::ListExpr node;
    std::size_t height = 0;
    open(Tok::right_bracket);
    items("`,`", [&] {
        Parsed element = expression();
        height = std::max(height, element.height);
        node.elements.push_back(std::move(element.expr));
    });
    close();
    return make(std::move(node), first, height + 1);
}

Parser::Parsed Parser::parens() {
    const Token& first = peek();
    open(Tok::right_paren);
    Parsed inner = expression();
    if (!panic_ && !at_close()) {
        if (is(Tok::comma)) {
            error("T0044", peek(), "unexpected `,`",
                  "a list is written `[a, b]`, programs side by side `[| a, b |]`");
            panic_ = true;
        } else {
            no_comma("`>>` or an operator");
        }
    }
    skip_to_close();
    close();
    ast::Parens node;
    node.inner = std::move(inner.expr);
    return make(std::move(node), first, inner.height + 1);
}

Parser::Parsed Parser::index(Parsed inner, const Token& first) {
    open(Tok::right_bracket);
    ast::Index node;
    node.list = std::move(inner.expr);
    Parsed position;
    if (is(Tok::right_bracket)) {
        error("T0039", peek(), "this index is empty", "elements count from 0: `rates[0]`");
        position = missing(peek().begin);
    } else {
        position = expression();
        if (!panic_ && !at_close()) {
            if (is(Tok::comma)) {
                error("T0044", peek(), "unexpected `,`",
                      "an index is one number; in a list of lists, `,` separates the lists");
            } else {
                no_comma("an operator");
            }
        }
        skip_to_close();
    }
    close();
    node.index = std::move(position.expr);
    return make(std::move(node), first, std::max(inner.height, position.height) + 1);
}

}  // namespace trama::lang
