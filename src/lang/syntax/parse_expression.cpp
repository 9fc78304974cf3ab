#include <algorithm>
#include <utility>

#include "lang/syntax/parser.hpp"

// Operators, loosest first.

namespace trama::lang {

Parser::Parsed Parser::expression() {
    if (depth_ >= limits_.depth) {
        const Token& found = peek();
        too_deep(found);
        const std::size_t at = found.begin;
        skip_statement();
        return missing(at);
    }
    ++depth_;
    Parsed parsed = pipe();
    --depth_;
    return parsed;
}

/// `>>` continues over newlines on both sides. What other languages write for it is reported and taken for
/// it.
bool Parser::at_pipe() {
    if (is(Tok::arrow)) return true;
    if (!is(Tok::foreign_arrow)) return false;
    if (!panic_) {
        const std::string_view written = text(peek());
        std::string hint;
        if (written == "|") {
            const bool argument = !brackets_.empty() && brackets_.back().closer == Tok::right_paren;
            hint = argument ? "where the reference says `a | b`, give one of them"
                            : "a distribute is written `[| ... |]`";
        }
        error("T0023", peek(), "stages are joined by `>>`, not " + shown_text(written), hint);
    }
    return true;
}

Parser::Parsed Parser::pipe() {
    const Token& first = peek();
    Parsed parsed = comparison();
    if (!at_pipe()) return parsed;
    ast::Pipe node;
    std::size_t height = parsed.height;
    node.stages.push_back(std::move(parsed.expr));
    do {
        const Token& op = next();
        Parsed stage;
        if (operand_missing(op)) {
            stage = missing(op.end);
        } else {
            stage = comparison();
        }
        node.arrows.push_back(reporter_.span(op.begin, op.end));
        node.stages.push_back(std::move(stage.expr));
        height = std::max(height, stage.height);
    } while (at_pipe());
    return make(std::move(node), first, height);
}

/// Reports an operator without a right side where the next line, or nothing, follows.
bool Parser::operand_missing(const Token& op) {
    const bool pipe = op.kind == Tok::arrow || op.kind == Tok::foreign_arrow;
    const bool ends = is(Tok::end) || starts_statement() || (!pipe && line_ends());
    if (!ends) return false;
    if (panic_) return true;
    const std::string what = pipe ? "a block" : op.kind == Tok::at ? "a site" : "a value";
    if (!is(Tok::end) && !starts_statement()) {
        error_after("T0034", op, "expected " + what + " after " + shown_text(text(op)) + " on the same line",
                    "a newline ends a binding unless inside brackets or beside `>>`");
        if (starts_expression()) return false;
    } else {
        error_after("T0020", op, std::string("expected ") + what + " after " + shown_text(text(op)));
    }
    panic_ = true;
    return true;
}

Parser::Parsed Parser::binary(Parsed left, const Token& op, Parsed right) {
    ast::Binary node;
    node.op = text(op);
    node.op_span = reporter_.span(op.begin, op.end);
    const std::size_t height = 1 + std::max(left.height, right.height);
    if (height > limits_.depth) {
        too_deep(op);
        return missing(op.begin);
    }
    const Span span = left.expr->span;
    node.left = std::move(left.expr);
    node.right = std::move(right.expr);
    Token first = op;  // the span begins where the left side does
    first.begin = static_cast<std::uint32_t>(span.begin);
    return make(std::move(node), first, height);
}

Parser::Parsed Parser::comparison() {
    const auto at_comparison = [&] {
        return !line_ends() && (is(Tok::less) || is(Tok::less_equal) || is(Tok::greater) ||
                                is(Tok::greater_equal) || is(Tok::equal_equal) || is(Tok::not_equal));
    };
    Parsed left = sum();
    if (!at_comparison()) return left;
    const Token& op = next();
    Parsed right = operand_missing(op) ? missing(op.end) : sum();
    Parsed parsed = binary(std::move(left), op, std::move(right));
    while (at_comparison()) {
        const Token& second = next();
        if (!panic_) {
            Diagnostic& finding = error("T0035", second, "comparisons do not chain");
            finding.related.push_back({reporter_.span(op.begin, op.end), "the first comparison"});
            finding.hint = "several conditions are several arguments";
        }
        if (!operand_missing(second)) sum();
    }
    return parsed;
}

Parser::Parsed Parser::sum() {
    Parsed left = product();
    while (!line_ends() && (is(Tok::plus) || is(Tok::minus))) {
        const Token& op = next();
        Parsed right = operand_missing(op) ? missing(op.end) : product();
        left = binary(std::move(left), op, std::move(right));
    }
    return left;
}

Parser::Parsed Parser::product() {
    Parsed left = unary();
    while (!line_ends() && (is(Tok::star) || is(Tok::slash) || is(Tok::percent))) {
        const Token& op = next();
        if (op.kind == Tok::percent && !panic_) {
            error("T0047", op, "there is no remainder operator", "a share is written without a space: `1%`");
        }
        Parsed right = operand_missing(op) ? missing(op.end) : unary();
        left = binary(std::move(left), op, std::move(right));
    }
    return left;
}

Parser::Parsed Parser::unary() {
    if (!is(Tok::minus)) return placed();
    const Token& op = next();
    if (operand_missing(op)) return missing(op.end);
    if (depth_ >= limits_.depth) return expression();  // reports it
    ++depth_;
    Parsed operand = unary();
    --depth_;
    ast::Unary node;
    node.op = "-";
    node.operand = std::move(operand.expr);
    return make(std::move(node), op, operand.height + 1);
}

Parser::Parsed Parser::placed() {
    const Token& first = peek();
    Parsed parsed = postfix();
    if (!is(Tok::at) || line_ends()) return parsed;
    const Token& op = next();
    Parsed site = operand_missing(op) ? missing(op.end) : postfix();
    ast::Place node;
    const std::size_t height = std::max(parsed.height, site.height) + 1;
    node.inner = std::move(parsed.expr);
    node.site = std::move(site.expr);
    Parsed result = make(std::move(node), first, height);
    while (is(Tok::at) && !line_ends()) {
        const Token& second = next();
        if (!panic_) {
            Diagnostic& finding = error("T0040", second, "a block is placed once");
            finding.related.push_back({reporter_.span(op.begin, op.end), "placed here already"});
        }
        if (!operand_missing(second)) postfix();
    }
    return result;
}

}  // namespace trama::lang
