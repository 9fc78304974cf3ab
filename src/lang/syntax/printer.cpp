#include "lang/syntax/printer.hpp"

#include <algorithm>
#include <utility>

#include "lang/syntax/flat.hpp"
#include "lang/syntax/snippet.hpp"

namespace trama::lang {
namespace {

bool has_newline(std::string_view text) {
    return text.find('\n') != std::string_view::npos;
}

/// Two newlines with nothing but blanks between them.
bool has_blank_line(std::string_view text) {
    bool newline = false;
    for (const char c : text) {
        if (c == '\n') {
            if (newline) return true;
            newline = true;
        } else if (c != ' ' && c != '\t' && c != '\r') {
            newline = false;
        }
    }
    return false;
}

}  // namespace

Printer::Printer(const ast::File& file) : file_(file), text_(file.source->text()), comments_(file) {}

void Printer::put(std::string_view text) {
    out_ += text;
    column_ += shown_width(text);
}

void Printer::new_line(std::size_t indent) {
    if (!out_.empty()) out_ += '\n';
    out_.append(indent, ' ');
    column_ = indent;
}

void Printer::own_line(std::size_t begin, std::size_t indent) {
    const bool blank =
        !after_opening_ && begin > place_ && has_blank_line(text_.substr(place_, begin - place_));
    if (blank) out_ += '\n';
    new_line(indent);
    after_opening_ = false;
}

void Printer::comments_before(const std::vector<const ast::Comment*>& comments, std::size_t next_begin,
                              std::size_t indent) {
    for (const ast::Comment* comment : comments) {
        const bool moved = comments_.moved(comment);
        own_line(moved ? next_begin : comment->span.begin, indent);
        put(comment->text);
        place_ = moved ? next_begin : comment->span.end;
    }
}

void Printer::after(const void* item) {
    if (const ast::Comment* comment = comments_.around(item).after) {
        put("  " + comment->text);
        place_ = std::max(place_, comment->span.end);
    }
}

bool Printer::breaks(const Span& container, const Span* first) const {
    if (comments_.inside(&container).any) return true;
    return first != nullptr && has_newline(text_.substr(container.begin, first->begin - container.begin));
}

bool Printer::breaks_pipe(const ast::Expr& expr, const ast::Pipe& pipe) const {
    if (comments_.inside(&expr.span).any) return true;
    for (std::size_t i = 0; i + 1 < pipe.stages.size(); ++i) {
        const std::size_t end = pipe.stages[i]->span.end;
        if (has_newline(text_.substr(end, pipe.stages[i + 1]->span.begin - end))) return true;
    }
    return false;
}

bool Printer::arguments_break(const ast::Call& call) {
    if (!call.parentheses) return false;
    if (breaks(call.arguments_span, call.arguments.empty() ? nullptr : &call.arguments.front().span))
        return true;
    return std::any_of(call.arguments.begin(), call.arguments.end(),
                       [&](const ast::Arg& arg) { return facts(*arg.value).broken; });
}

bool Printer::elements_break(const Span& brackets, const std::vector<ast::ExprPtr>& elements) {
    if (breaks(brackets, elements.empty() ? nullptr : &elements.front()->span)) return true;
    return std::any_of(elements.begin(), elements.end(),
                       [&](const ast::ExprPtr& element) { return facts(*element).broken; });
}

bool Printer::measure_parts(const ast::Expr& expr) {
    const auto one = [&](const ast::ExprPtr& part) { return part && measure(*part).broken; };
    const auto all = [&](const std::vector<ast::ExprPtr>& parts) {
        for (const ast::ExprPtr& part : parts)
            measure(*part);
    };
    if (const auto* node = expr.as<ast::Pipe>()) {
        all(node->stages);
        return breaks_pipe(expr, *node) ||
               std::any_of(node->stages.begin(), node->stages.end(),
                           [&](const ast::ExprPtr& stage) { return facts(*stage).broken; });
    }
    if (const auto* node = expr.as<ast::Call>()) {
        for (const ast::Arg& arg : node->arguments)
            measure(*arg.value);
        const bool body = one(node->body) || (node->body && breaks(node->body_span, &node->body->span));
        return arguments_break(*node) || body;
    }
    if (const auto* node = expr.as<ast::Distribute>()) {
        all(node->branches);
        const bool copies = one(node->copies);
        return elements_break(node->brackets, node->branches) || copies;
    }
    if (const auto* node = expr.as<ast::ListExpr>()) {
        all(node->elements);
        return elements_break(expr.span, node->elements);
    }
    if (const auto* node = expr.as<ast::Parens>())
        return one(node->inner) || breaks(expr.span, &node->inner->span);
    if (const auto* node = expr.as<ast::Unary>()) return one(node->operand);
    if (const auto* node = expr.as<ast::Place>()) {
        const bool inner = one(node->inner);
        return one(node->site) || inner;
    }
    if (const auto* node = expr.as<ast::Index>()) {
        const bool inner = one(node->list);
        return one(node->index) || inner;
    }
    if (const auto* node = expr.as<ast::Binary>()) {
        const bool left = one(node->left);
        return one(node->right) || left;
    }
    return false;
}

const Printer::Facts& Printer::measure(const ast::Expr& expr) {
    const bool broken = measure_parts(expr);
    return facts_[&expr] = Facts{shown_width(flat(expr)), broken};
}

/// A binding that takes one line: these are aligned with their neighbours.
bool Printer::one_line_binding(const ast::Statement& statement) const {
    const auto* binding = std::get_if<ast::Binding>(&statement.node);
    if (binding == nullptr) return false;
    const Facts& value = facts_.at(binding->value.get());
    return !value.broken && binding->name.text.size() + 3 + value.width <= page;
}

/// The bindings on adjacent lines from `first` on: their `=`, and the comments behind them, stand in one
/// column.
std::size_t Printer::aligned_run(std::size_t first, std::size_t& name_width, std::size_t& comment_column) {
    std::size_t last = first;
    std::size_t widest_name = 0;
    std::size_t widest_value = 0;
    std::size_t commented = 0;
    std::size_t end = 0;
    for (; last < file_.statements.size(); ++last) {
        const ast::Statement& statement = file_.statements[last];
        if (!one_line_binding(statement)) break;
        if (last > first) {
            if (!comments_.around(&statement).before.empty()) break;
            if (has_blank_line(text_.substr(end, statement.span.begin - end))) break;
        }
        const auto& binding = std::get<ast::Binding>(statement.node);
        const std::size_t width = facts(*binding.value).width;
        widest_name = std::max(widest_name, binding.name.text.size());
        widest_value = std::max(widest_value, width);
        const ast::Comment* comment = comments_.around(&statement).after;
        if (comment != nullptr) commented = std::max(commented, width);
        end = comment != nullptr ? comment->span.end : statement.span.end;
    }
    const bool aligned = widest_name + 3 + widest_value <= page;
    name_width = aligned ? widest_name : 0;
    comment_column = aligned ? widest_name + 3 + commented : 0;
    return std::max(last, first + 1);
}

void Printer::statement(const ast::Statement& statement, std::size_t name_width) {
    if (const auto* binding = std::get_if<ast::Binding>(&statement.node)) {
        put(binding->name.text);
        if (name_width > column_) put(std::string(name_width - column_, ' '));
        put(" = ");
        expression(*binding->value, 0, 0);
    } else if (const auto* definition = std::get_if<ast::Definition>(&statement.node)) {
        put("def " + definition->name.text);
        if (!definition->parameters.empty()) {
            std::string parameters;
            for (const ast::Name& parameter : definition->parameters) {
                parameters += (parameters.empty() ? "" : ", ") + parameter.text;
            }
            put("(" + parameters + ")");
        }
        put(" = ");
        expression(*definition->value, 0, 0);
    } else {
        const auto& import = std::get<ast::Import>(statement.node);
        const Span& path = import.path_span;
        put("import " + (path.source ? std::string(text_.substr(path.begin, path.end - path.begin))
                                     : quote(import.path)));
    }
    place_ = statement.span.end;
}

std::string Printer::run() {
    for (const ast::Statement& statement : file_.statements) {
        if (const auto* binding = std::get_if<ast::Binding>(&statement.node)) measure(*binding->value);
        if (const auto* definition = std::get_if<ast::Definition>(&statement.node))
            measure(*definition->value);
    }
    std::size_t run_end = 0;
    std::size_t name_width = 0;
    std::size_t comment_column = 0;
    for (std::size_t i = 0; i < file_.statements.size(); ++i) {
        const ast::Statement& next = file_.statements[i];
        if (i >= run_end) run_end = aligned_run(i, name_width, comment_column);
        comments_before(comments_.around(&next).before, next.span.begin, 0);
        own_line(next.span.begin, 0);
        statement(next, name_width);
        if (comments_.around(&next).after != nullptr && column_ < comment_column) {
            put(std::string(comment_column - column_, ' '));
        }
        after(&next);
    }
    comments_before(comments_.inside(nullptr).end, 0, 0);
    if (!out_.empty()) out_ += '\n';

    // Files with the line ends of Windows keep them.
    const std::size_t newline = text_.find('\n');
    if (newline == std::string_view::npos || newline == 0 || text_[newline - 1] != '\r')
        return std::move(out_);
    std::string windows;
    for (const char c : out_) {
        if (c == '\n') windows += '\r';
        windows += c;
    }
    return windows;
}

std::string format(const ast::File& file) {
    return Printer(file).run();
}

}  // namespace trama::lang
