#include <algorithm>

#include "lang/syntax/flat.hpp"
#include "lang/syntax/printer.hpp"
#include "lang/syntax/snippet.hpp"

namespace trama::lang {
namespace {

constexpr std::size_t step = 4;

bool is_number(const ast::Expr& expr) {
    if (const auto* unary = expr.as<ast::Unary>()) return is_number(*unary->operand);
    const auto* literal = expr.as<ast::Literal>();
    return literal != nullptr && literal->kind != ast::Literal::Kind::string;
}

}  // namespace

void Printer::expression(const ast::Expr& expr, std::size_t indent, std::size_t tail) {
    const Facts& known = facts(expr);
    if (!known.broken && column_ + known.width + tail <= page) {
        put(flat(expr));
    } else {
        broken(expr, indent, tail);
    }
}

/// Over several lines, if the expression has anything to break.
void Printer::broken(const ast::Expr& expr, std::size_t indent, std::size_t tail) {
    if (const auto* node = expr.as<ast::Pipe>()) return pipe(expr, *node, indent, tail);
    if (const auto* node = expr.as<ast::Call>()) return call(*node, indent, tail);
    if (const auto* node = expr.as<ast::Distribute>()) return distribute(*node, indent, tail);
    if (const auto* node = expr.as<ast::ListExpr>()) return list(expr, *node, indent);
    if (const auto* node = expr.as<ast::Parens>()) {
        open(expr.span, "(");
        item(node->inner.get(), node->inner->span, indent + step, "",
             [&] { expression(*node->inner, indent + step, 0); });
        return close(expr.span, ")", indent);
    }
    if (const auto* node = expr.as<ast::Place>()) {
        expression(*node->inner, indent, 3 + facts(*node->site).width + tail);
        put(" @ ");
        return expression(*node->site, indent, tail);
    }
    if (const auto* node = expr.as<ast::Index>()) {
        expression(*node->list, indent, 2 + facts(*node->index).width + tail);
        put("[");
        expression(*node->index, indent, tail + 1);
        return put("]");
    }
    if (const auto* node = expr.as<ast::Unary>()) {
        put(node->op);
        return expression(*node->operand, indent, tail);
    }
    if (const auto* node = expr.as<ast::Binary>()) {
        expression(*node->left, indent, node->op.size() + 2 + facts(*node->right).width + tail);
        put(" " + node->op + " ");
        return expression(*node->right, indent, tail);
    }
    put(flat(expr));
}

bool Printer::has_body(const ast::Expr& stage) const {
    if (const auto* place = stage.as<ast::Place>()) return has_body(*place->inner);
    const auto* call = stage.as<ast::Call>();
    return call != nullptr && call->body != nullptr;
}

/// The widths of the first and the last line of a stage that is broken in the middle of a line; false when it
/// has not one opening and one closing bracket for that.
bool Printer::inline_ends(const ast::Expr& stage, std::size_t& head, std::size_t& foot) {
    if (const auto* node = stage.as<ast::Call>()) {
        const bool arguments = arguments_break(*node);
        head = node->function.text.size() +
               (arguments ? 1 : shown_width(flat_arguments(*node)) + (node->body ? 2 : 0));
        foot = 1;
        return arguments || node->body;
    }
    if (const auto* node = stage.as<ast::Distribute>()) {
        head = 2;
        foot = 2 + shown_width(flat_copies(*node));
        return elements_break(node->brackets, node->branches) &&
               !(node->copies && facts(*node->copies).broken);
    }
    if (const auto* node = stage.as<ast::Place>()) {
        const bool ends = inline_ends(*node->inner, head, foot) && !facts(*node->site).broken;
        foot += 3 + facts(*node->site).width;
        return ends;
    }
    head = foot = 1;
    return stage.as<ast::ListExpr>() != nullptr || stage.as<ast::Parens>() != nullptr;
}

/// Whether a pipe can stay on its line, broken only inside the brackets of some stages:
/// `init(net) >> feedback(rounds: 20) {` ... `} >> test(data)`.
bool Printer::inline_fits(const ast::Pipe& node, bool break_bodies, std::size_t indent, std::size_t tail) {
    std::size_t column = column_;
    for (const ast::ExprPtr& stage : node.stages) {
        if (&stage != &node.stages.front()) column += 4;
        const bool breaks_here = facts(*stage).broken || (break_bodies && has_body(*stage));
        if (!breaks_here) {
            column += facts(*stage).width;
            continue;
        }
        std::size_t head = 0;
        std::size_t foot = 0;
        if (!inline_ends(*stage, head, foot) || column + head > page) return false;
        column = indent + foot;
    }
    return column + tail <= page;
}

void Printer::pipe(const ast::Expr& expr, const ast::Pipe& node, std::size_t indent, std::size_t tail) {
    if (!breaks_pipe(expr, node)) {
        for (const bool bodies : {false, true}) {
            if (!inline_fits(node, bodies, indent, tail)) continue;
            for (const ast::ExprPtr& stage : node.stages) {
                if (&stage != &node.stages.front()) put(" >> ");
                const bool breaks_here = facts(*stage).broken || (bodies && has_body(*stage));
                if (breaks_here) {
                    broken(*stage, indent, 0);
                } else {
                    put(flat(*stage));
                }
            }
            return;
        }
    }
    // One stage a line; under the first when that begins a line, else indented.
    const std::size_t inner = column_ == indent ? indent : indent + step;
    for (const ast::ExprPtr& stage : node.stages) {
        const bool first = &stage == &node.stages.front();
        if (!first) {
            comments_before(comments_.around(stage.get()).before, stage->span.begin, inner);
            own_line(stage->span.begin, inner);
            put(">> ");
        }
        expression(*stage, first ? indent : inner, &stage == &node.stages.back() ? tail : 0);
        place_ = std::max(place_, stage->span.end);
        after(stage.get());
    }
}

void Printer::open(const Span& container, std::string_view bracket) {
    put(bracket);
    place_ = container.begin;
    after_opening_ = true;
    if (const ast::Comment* comment = comments_.inside(&container).opening) {
        put("  " + comment->text);
        place_ = comment->span.end;
    }
}

void Printer::close(const Span& container, std::string_view bracket, std::size_t indent) {
    comments_before(comments_.inside(&container).end, container.end, indent + step);
    new_line(indent);
    put(bracket);
    place_ = container.end;
    after_opening_ = false;
}

/// An item of a broken container on lines of its own, with its comments.
template <class Print>
void Printer::item(const void* key, const Span& span, std::size_t indent, std::string_view separator,
                   const Print& print) {
    comments_before(comments_.around(key).before, span.begin, indent);
    own_line(span.begin, indent);
    print();
    put(separator);
    place_ = span.end;
    after(key);
}

void Printer::call(const ast::Call& node, std::size_t indent, std::size_t tail) {
    put(node.function.text);
    const std::string arguments = flat_arguments(node);
    const std::size_t behind = node.body ? 2 : tail;
    const bool fits = !arguments_break(node) && column_ + shown_width(arguments) + behind <= page;
    const bool nothing_to_break = node.arguments.empty() && !comments_.inside(&node.arguments_span).any;
    if (fits || nothing_to_break) {
        put(arguments);
    } else {
        open(node.arguments_span, "(");
        for (const ast::Arg& arg : node.arguments) {
            item(&arg, arg.span, indent + step, ",", [&] {
                if (arg.name) put(arg.name->text + ": ");
                expression(*arg.value, indent + step, 1);
            });
        }
        close(node.arguments_span, ")", indent);
    }
    if (!node.body) return;
    put(" ");
    open(node.body_span, "{");
    item(node.body.get(), node.body->span, indent + step, "",
         [&] { expression(*node.body, indent + step, 0); });
    close(node.body_span, "}", indent);
}

void Printer::distribute(const ast::Distribute& node, std::size_t indent, std::size_t tail) {
    const bool brackets_break = elements_break(node.brackets, node.branches);
    const std::string brackets = flat_brackets(node);
    const bool copies_break = node.copies && facts(*node.copies).broken;
    const std::size_t copies_width = copies_break ? 0 : shown_width(flat_copies(node)) + tail;
    if (!brackets_break && column_ + shown_width(brackets) + copies_width <= page) {
        put(brackets);
    } else {
        open(node.brackets, "[|");
        for (const ast::ExprPtr& branch : node.branches) {
            const std::string_view separator = node.branches.size() > 1 ? "," : "";
            item(branch.get(), branch->span, indent + step, separator,
                 [&] { expression(*branch, indent + step, separator.size()); });
        }
        close(node.brackets, "|]", indent);
    }
    if (!node.copies) return;
    const bool bare = bare_copies(node);
    put(bare ? "^" : "^(");
    if (node.index) put(node.index->text + ": ");
    expression(*node.copies, indent, tail + (bare ? 0 : 1));
    if (!bare) put(")");
}

void Printer::list(const ast::Expr& expr, const ast::ListExpr& node, std::size_t indent) {
    const bool numbers = std::all_of(node.elements.begin(), node.elements.end(),
                                     [](const ast::ExprPtr& element) { return is_number(*element); });
    if (node.elements.empty() && !comments_.inside(&expr.span).any) return put("[]");
    open(expr.span, "[");
    if (numbers && !comments_.inside(&expr.span).any) {
        fill(node, indent + step);
    } else {
        for (const ast::ExprPtr& element : node.elements) {
            item(element.get(), element->span, indent + step, ",",
                 [&] { expression(*element, indent + step, 1); });
        }
    }
    close(expr.span, "]", indent);
}

/// As many numbers as fit on each line.
void Printer::fill(const ast::ListExpr& node, std::size_t indent) {
    new_line(indent);
    for (const ast::ExprPtr& element : node.elements) {
        const std::string text = flat(*element) + ",";
        if (column_ > indent) {
            if (column_ + 1 + text.size() > page) {
                new_line(indent);
            } else {
                put(" ");
            }
        }
        put(text);
    }
}

}  // namespace trama::lang
