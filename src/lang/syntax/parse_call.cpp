#include <algorithm>
#include <utility>

#include "lang/syntax/parser.hpp"

// Names and calls, with their arguments and bodies.

namespace trama::lang {

Parser::Parsed Parser::call() {
    const Token& first = peek();
    ast::Call node;
    node.function = name();
    node.parentheses = is(Tok::left_paren) && !line_ends();
    std::size_t height = 1;
    if (node.parentheses) height = std::max(height, arguments(node).height + 1);
    if (is(Tok::left_brace)) {
        if (line_ends() && !panic_) {
            error("T0034", peek(),
                  "the body of " + shown_text(node.function.text) + " begins on another line",
                  "write its `{` on the line of " + shown_text(node.function.text));
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
            error("T0028", first, shown_text(text(first)) + " is a keyword and cannot be a name",
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
                call.function.text.empty() ? "this body" : "the body of " + shown_text(call.function.text);
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
    if (!panic_ && (is(Tok::comma) || is(Tok::assign))) {
        error("T0044", peek(), "unexpected " + shown_text(text(peek())) + " in a body",
              is(Tok::comma) ? "programs side by side are written `[| a, b |]`"
                             : "names are bound outside, in statements of their own");
        panic_ = true;
    }
    if (!panic_ && !at_close()) no_comma("`>>`");
    skip_to_close();
    close();
    call.body_span = span_from(opener);
    return parsed;
}

}  // namespace trama::lang
