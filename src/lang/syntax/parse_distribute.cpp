#include <algorithm>
#include <utility>

#include "lang/syntax/parser.hpp"

// `[| ... |]` and its copies.

namespace trama::lang {
namespace {

constexpr std::string_view copies_hint =
    "for example: `[| client |]^4`, `[| client |]^n`, `[| train(lr: rates[i]) |]^(i: 4)`";

}  // namespace

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
        if (node.copies) {
            error("T0027", caret, "this distribute has a count of copies already",
                  "nest them: `[| [| client |]^2 |]^4`, or multiply: `[| client |]^(2 * 4)`");
            panic_ = true;
            return inner;
        }
        next();
        const Parsed count = copy_count(node);
        node.copies = count.expr;
        return make(std::move(node), first, std::max(inner.height, count.height + 1));
    }
    // Something else is copied: taken for a distribute of it.
    const auto* list = inner.expr->as<ast::ListExpr>();
    if (list != nullptr && !list->elements.empty()) {
        node.branches = list->elements;
    } else {
        node.branches.push_back(inner.expr);
    }
    node.brackets = inner.expr->span;
    error("T0027", caret,
          list != nullptr ? "`^` copies a distribute `[| ... |]`, this is a list `[ ... ]`"
                          : "`^` copies a distribute `[| ... |]` only");
    next();
    const Parsed count = copy_count(node);
    node.copies = count.expr;
    const bool number = inner.expr->as<ast::Literal>() != nullptr;
    const bool site = &first != &tokens_.front() && (&first - 1)->kind == Tok::at;
    Parsed copied = make(std::move(node), first, std::max(inner.height, count.height) + 1);
    reporter_.hint_for(caret.begin, number ? "there is no power operator"
                                    : site ? "copies come before their place: `[| client |]^4 @ workers`"
                                           : "write " + shown_text(format(*copied.expr)));
    return copied;
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

}  // namespace trama::lang
