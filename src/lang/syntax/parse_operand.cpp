#include <algorithm>
#include <utility>

#include "lang/syntax/parser.hpp"

// Operands: names, calls, literals, brackets, and what follows them directly.

namespace trama::lang {
namespace {

constexpr std::string_view copies_hint =
    "for example: `[| client |]^4`, `[| client |]^n`, `[| train(lr: rates[i]) |]^(i: 4)`";

}  // namespace

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
        ast::Call dropped;
        body(dropped);
        panic_ = true;
        return missing(at);
    }
    if (!panic_) {
        if ((found.kind == Tok::kw_def || found.kind == Tok::kw_import) && !starts_statement()) {
            error("T0028", found, quoted(text(found)) + " is a keyword and cannot be a name",
                  "choose another name");
            next();
        } else {
            std::string hint;
            if (found.kind == Tok::plus) hint = "numbers are written without `+`";
            if (found.kind == Tok::caret) hint = std::string(copies_hint);
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
    if (!known || is(Tok::assign, 1) || is(Tok::left_paren, 1) || is(Tok::colon, 1)) return;
    if (!panic_) {
        reporter_.error("T0010", number.begin, unit.end, "a unit follows its number without a space",
                        "write `" + std::string(text(number)) + std::string(text(unit)) + "`");
    }
    next();
}

Parser::Parsed Parser::call() {
    const Token& first = peek();
    ast::Call node;
    node.function = name();
    node.parentheses = is(Tok::left_paren) && !line_ends();
    std::size_t height = 1;
    if (node.parentheses) height = std::max(height, arguments(node).height + 1);
    if (is(Tok::left_brace)) {
        if (line_ends() && !panic_) {
            error("T0034", peek(), "the body of " + quoted(node.function.text) + " begins on another line",
                  "write its `{` on the line of " + quoted(node.function.text));
        }
        Parsed parsed = body(node);
        height = std::max(height, parsed.height + 1);
        node.body = std::move(parsed.expr);
    }
    if (!node.parentheses && !node.body) return make(ast::Reference{std::move(node.function.text)}, first, 1);
    return make(std::move(node), first, height);
}

/// `( a, name: b )`; only the height of the result counts.
Parser::Parsed Parser::arguments(ast::Call& call) {
    const Token& opener = peek();
    std::size_t height = 0;
    open(Tok::right_paren);
    items("`,`", [&] { call.arguments.push_back(argument(height)); });
    close();
    call.arguments_span = span_from(opener);
    return {nullptr, height};
}

ast::Arg Parser::argument(std::size_t& height) {
    const Token& first = peek();
    ast::Arg arg;
    const Tok second = peek(1).kind;
    const bool keyword = first.kind == Tok::kw_def || first.kind == Tok::kw_import ||
                         first.kind == Tok::kw_true || first.kind == Tok::kw_false;
    const bool text_literal =
        first.kind == Tok::literal && lexed_.literals[first.literal].kind == ast::Literal::Kind::string;
    if ((first.kind == Tok::name || keyword || text_literal) &&
        (second == Tok::colon || second == Tok::assign)) {
        if (keyword && !panic_) {
            error("T0028", first, quoted(text(first)) + " is a keyword and cannot be a name",
                  "choose another name");
        }
        if (text_literal && !panic_) {
            error("T0045", first, "an argument's name is a bare name, not a string",
                  "write `" + lexed_.literals[first.literal].text + ": ...`");
        }
        arg.name = name();
        const Token& sign = next();
        if (sign.kind == Tok::assign && !panic_) {
            error("T0024", sign, "an argument is given with `:`, not `=`",
                  "write `" + arg.name->text + ": ...`");
        }
    }
    Parsed parsed = expression();
    height = std::max(height, parsed.height);
    arg.value = std::move(parsed.expr);
    arg.span = span_from(first);
    return arg;
}

Parser::Parsed Parser::body(ast::Call& call) {
    const Token& opener = peek();
    open(Tok::right_brace);
    if (is(Tok::right_brace)) {
        next();
        brackets_.pop_back();
        if (!panic_) {
            const std::string of =
                call.function.text.empty() ? "this body" : "the body of " + quoted(call.function.text);
            reporter_.error("T0029", opener.begin, previous().end, of + " is empty",
                            "it holds the scheme that is run: `{ broadcast >> ... }`");
        }
        call.body_span = span_from(opener);
        return missing(opener.end);
    }
    Parsed parsed = expression();
    bool reported = false;
    while (!panic_ && starts_expression() && !at_close()) {  // a second line without `>>`
        if (!reported) {
            error_after("T0041", previous(), "`>>` is missing before " + describe(peek()),
                        "a body is one scheme: its stages are joined by `>>`, also from line to line");
        }
        reported = true;
        expression();
    }
    if (!panic_ && !at_close()) no_comma("`>>`");
    skip_to_close();
    close();
    call.body_span = span_from(opener);
    return parsed;
}

Parser::Parsed Parser::distribute() {
    const Token& first = peek();
    ast::Distribute node;
    std::size_t height = 0;
    open(Tok::right_distribute);
    if (is(Tok::right_distribute)) {
        next();
        brackets_.pop_back();
        if (!panic_) {
            reporter_.error(
                "T0033", first.begin, previous().end, "this distribute is empty",
                "it holds the block to copy, or several side by side: `[| client |]^4`, `[| a, b |]`");
        }
        node.branches.push_back(missing(first.end).expr);
    } else {
        items("`>>` or `,`", [&] {
            Parsed branch = expression();
            height = std::max(height, branch.height);
            node.branches.push_back(std::move(branch.expr));
        });
        close();
    }
    node.brackets = span_from(first);
    return make(std::move(node), first, height + 1);
}

/// `^4`, `^n`, `^(n + 1)`, `^(i: n)` behind an operand, which should be a distribute.
Parser::Parsed Parser::copies(Parsed inner, const Token& first) {
    const Token& caret = peek();
    ast::Distribute node;
    if (const auto* distribute = inner.expr->as<ast::Distribute>()) {
        node = *distribute;
        if (node.copies && !panic_) {
            error("T0027", caret, "this distribute has a count of copies already",
                  "nest them: `[| [| client |]^2 |]^4`, or multiply: `[| client |]^(2 * 4)`");
        }
    } else {
        if (!panic_) {
            const auto* list = inner.expr->as<ast::ListExpr>();
            const std::string_view written = list != nullptr ? "..." : text(previous());
            error("T0027", caret,
                  list != nullptr ? "`^` copies a distribute `[| ... |]`, this is a list `[ ... ]`"
                                  : "`^` copies a distribute `[| ... |]` only",
                  "write `[| " + std::string(written) + " |]^...`; there is no power operator");
            if (list != nullptr && !list->elements.empty()) node.branches = list->elements;
        }
        if (node.branches.empty()) node.branches.push_back(inner.expr);
        node.brackets = inner.expr->span;
    }
    next();
    Parsed count = copy_count(node);
    node.copies = count.expr;
    return make(std::move(node), first, std::max(inner.height, count.height) + 1);
}

Parser::Parsed Parser::copy_count(ast::Distribute& node) {
    const Token& found = peek();
    node.index.reset();
    const bool here = !line_ends();
    if (here && found.kind == Tok::literal &&
        lexed_.literals[found.literal].kind == ast::Literal::Kind::integer) {
        return literal();
    }
    if (here && found.kind == Tok::name) {
        next();
        return make(ast::Reference{std::string(text(found))}, found, 1);
    }
    if (here && found.kind == Tok::left_paren) {
        open(Tok::right_paren);
        if (is(Tok::name) && is(Tok::colon, 1)) {
            node.index = name();
            next();
        } else if (is(Tok::name) && is(Tok::assign, 1)) {
            error("T0024", peek(1), "the copy's number is named with `:`, not `=`",
                  "write `^(" + std::string(text(peek())) + ": ...)`");
            node.index = name();
            next();
        }
        Parsed parsed = expression();
        if (!panic_ && !at_close()) no_comma("an operator");
        skip_to_close();
        close();
        return parsed;
    }
    if (!panic_ && found.kind != Tok::invalid) {
        if (here && found.kind == Tok::minus && is(Tok::literal, 1)) {
            error("T0026", found, "the count of copies cannot be negative", std::string(copies_hint));
            next();
            next();
            return missing(found.begin);
        }
        if (here && found.kind == Tok::literal) {
            error("T0026", found, "the count of copies is a whole number, not " + describe(found),
                  std::string(copies_hint));
            next();
            return missing(found.begin);
        }
        error_after("T0026", previous(), "`^` is followed by the count of copies", std::string(copies_hint));
    }
    if (found.kind == Tok::invalid) panic_ = true;
    return missing(previous().end);
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
