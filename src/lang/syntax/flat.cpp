#include "lang/syntax/flat.hpp"

#include <cstdio>
#include <variant>

#include "lang/syntax/utf8.hpp"

namespace trama::lang {
namespace {

enum Level {
    pipe_level,
    comparison_level,
    sum_level,
    product_level,
    unary_level,
    place_level,
    operand_level
};

int level_of(std::string_view op) {
    if (op == "+" || op == "-") return sum_level;
    if (op == "*" || op == "/") return product_level;
    return comparison_level;
}

/// As an operand that must bind at least so tightly: a tree that was not parsed may need parentheses.
std::string operand(const ast::ExprPtr& expr, int least) {
    if (!expr) return {};
    return precedence(*expr) >= least ? flat(*expr) : "(" + flat(*expr) + ")";
}

template <class List>
std::string comma_separated(const List& list) {
    std::string out;
    for (const auto& item : list) {
        if (!out.empty()) out += ", ";
        if constexpr (std::is_same_v<std::decay_t<decltype(item)>, ast::Arg>) {
            out += flat(item);
        } else {
            out += flat(*item);
        }
    }
    return out;
}

struct Flat {
    const ast::Expr& expr;

    std::string operator()(const ast::Missing&) const { return {}; }
    std::string operator()(const ast::Literal& node) const {
        if (node.kind != ast::Literal::Kind::string) return node.text;
        // As it was written, where it was: `\u{e9}` stays.
        if (expr.span.source && expr.span.end <= expr.span.source->text().size()) {
            const std::string_view written = std::string_view(expr.span.source->text())
                                                 .substr(expr.span.begin, expr.span.end - expr.span.begin);
            if (written.size() >= 2 && written.front() == '"' && written.back() == '"')
                return std::string(written);
        }
        return quote(node.text);
    }
    std::string operator()(const ast::Reference& node) const { return node.name; }
    std::string operator()(const ast::Call& node) const {
        std::string out = node.function.text + flat_arguments(node);
        if (node.body) out += " { " + flat(*node.body) + " }";
        return out;
    }
    std::string operator()(const ast::Pipe& node) const {
        std::string out;
        for (const ast::ExprPtr& stage : node.stages) {
            if (&stage != &node.stages.front()) out += " >> ";
            out += operand(stage, comparison_level);
        }
        return out;
    }
    std::string operator()(const ast::Distribute& node) const {
        return flat_brackets(node) + flat_copies(node);
    }
    std::string operator()(const ast::Place& node) const {
        return operand(node.inner, operand_level) + " @ " + operand(node.site, operand_level);
    }
    std::string operator()(const ast::ListExpr& node) const {
        return "[" + comma_separated(node.elements) + "]";
    }
    std::string operator()(const ast::Index& node) const {
        return operand(node.list, operand_level) + "[" + flat(*node.index) + "]";
    }
    std::string operator()(const ast::Unary& node) const {
        return node.op + operand(node.operand, unary_level);
    }
    std::string operator()(const ast::Parens& node) const { return "(" + flat(*node.inner) + ")"; }
    std::string operator()(const ast::Binary& node) const {
        const int level = level_of(node.op);
        const int left = level == comparison_level ? level + 1 : level;
        return operand(node.left, left) + " " + node.op + " " + operand(node.right, level + 1);
    }
};

}  // namespace

int precedence(const ast::Expr& expr) {
    if (expr.as<ast::Pipe>()) return pipe_level;
    if (const auto* binary = expr.as<ast::Binary>()) return level_of(binary->op);
    if (expr.as<ast::Unary>()) return unary_level;
    if (expr.as<ast::Place>()) return place_level;
    return operand_level;
}

std::string flat(const ast::Expr& expr) {
    return std::visit(Flat{expr}, expr.node);
}

std::string flat(const ast::Arg& arg) {
    const std::string value = flat(*arg.value);
    return arg.name ? arg.name->text + ": " + value : value;
}

std::string flat_arguments(const ast::Call& call) {
    return call.parentheses ? "(" + comma_separated(call.arguments) + ")" : std::string();
}

std::string flat_brackets(const ast::Distribute& node) {
    return "[| " + comma_separated(node.branches) + " |]";
}

bool bare_copies(const ast::Distribute& node) {
    if (node.index || !node.copies) return false;
    const auto* literal = node.copies->as<ast::Literal>();
    return node.copies->as<ast::Reference>() || (literal && literal->kind == ast::Literal::Kind::integer);
}

std::string flat_copies(const ast::Distribute& node) {
    if (!node.copies) return {};
    const std::string count = flat(*node.copies);
    if (bare_copies(node)) return "^" + count;
    return "^(" + (node.index ? node.index->text + ": " : std::string()) + count + ")";
}

std::string format(const ast::Expr& expression) {
    return flat(expression);
}

std::string quote(std::string_view text) {
    std::string out = "\"";
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = decode(text, at);
        const std::string_view raw = text.substr(at, point.size);
        at += point.size;
        switch (point.code) {
            case '"':
                out += "\\\"";
                continue;
            case '\\':
                out += "\\\\";
                continue;
            case '\n':
                out += "\\n";
                continue;
            case '\t':
                out += "\\t";
                continue;
            default:
                break;
        }
        if (is_unsafe(point.code)) {
            char buffer[16];
            std::snprintf(buffer, sizeof buffer, "\\u{%x}", static_cast<unsigned>(point.code));
            out += buffer;
        } else {
            out += raw;
        }
    }
    return out + "\"";
}

}  // namespace trama::lang
