#include "lang/syntax/comment_map.hpp"

#include <string>
#include <string_view>

namespace trama::lang {
namespace {

bool within(std::size_t place, const Span& span) {
    return span.begin < place && place < span.end;
}

const Span& span_of(const ast::Expr& expr) {
    return expr.span;
}

}  // namespace

CommentMap::CommentMap(const ast::File& file) : text_(file.source->text()) {
    const auto value_of = [](const ast::Statement& statement) -> const ast::Expr* {
        if (const auto* binding = std::get_if<ast::Binding>(&statement.node)) return binding->value.get();
        if (const auto* definition = std::get_if<ast::Definition>(&statement.node))
            return definition->value.get();
        return nullptr;
    };
    for (const ast::Comment& comment : file.comments) {
        place_in(comment, nullptr, 0, file.statements.size(), [&](std::size_t i) {
            const ast::Statement& statement = file.statements[i];
            return Item{&statement, &statement.span, value_of(statement)};
        });
    }
}

const CommentMap::Around& CommentMap::around(const void* item) const {
    static const Around none;
    const auto found = around_.find(item);
    return found == around_.end() ? none : found->second;
}

const CommentMap::Inside& CommentMap::inside(const void* container) const {
    static const Inside none;
    const auto found = inside_.find(container);
    return found == inside_.end() ? none : found->second;
}

bool CommentMap::moved(const ast::Comment* comment) const {
    return moved_.count(comment) > 0;
}

bool CommentMap::same_line(std::size_t from, std::size_t to) const {
    return std::string_view(text_).substr(from, to - from).find('\n') == std::string_view::npos;
}

/// Into a container whose items are numbered in order of place.
template <class ItemAt>
void CommentMap::place_in(const ast::Comment& comment, const void* container, std::size_t open,
                          std::size_t count, const ItemAt& item_at) {
    const std::size_t at = comment.span.begin;
    std::size_t low = 0;
    std::size_t high = count;
    while (low < high) {  // the first item that ends behind the comment
        const std::size_t middle = low + (high - low) / 2;
        if (item_at(middle).span->end > at) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    if (low < count && within(at, *item_at(low).span)) {
        const Item item = item_at(low);
        if (item.expr != nullptr && place(comment, item.expr)) return;
        inside_[container].any = true;
        around_[item.key].before.push_back(&comment);
        moved_[&comment] = true;
        return;
    }
    Inside& inside = inside_[container];
    inside.any = true;
    if (low > 0 && same_line(item_at(low - 1).span->end, at)) {
        around_[item_at(low - 1).key].after = &comment;
    } else if (low == 0 && container != nullptr && same_line(open, at)) {
        inside.opening = &comment;
    } else if (low < count) {
        around_[item_at(low).key].before.push_back(&comment);
    } else {
        inside.end.push_back(&comment);
    }
}

/// Into a container somewhere inside of an expression; false when there is none around the comment.
bool CommentMap::place(const ast::Comment& comment, const ast::Expr* expr) {
    if (expr == nullptr || !within(comment.span.begin, expr->span)) return false;
    const std::size_t at = comment.span.begin;
    const auto in_list = [&](const Span& brackets, const std::vector<ast::ExprPtr>& items) {
        place_in(comment, &brackets, brackets.begin, items.size(),
                 [&](std::size_t i) { return Item{items[i].get(), &span_of(*items[i]), items[i].get()}; });
        return true;
    };
    const auto in_one = [&](const Span& brackets, const ast::ExprPtr& inner) {
        place_in(comment, &brackets, brackets.begin, 1,
                 [&](std::size_t) { return Item{inner.get(), &inner->span, inner.get()}; });
        return true;
    };
    if (const auto* pipe = expr->as<ast::Pipe>()) return place_in_pipe(comment, *expr, *pipe);
    if (const auto* call = expr->as<ast::Call>()) {
        if (call->parentheses && within(at, call->arguments_span)) {
            place_in(comment, &call->arguments_span, call->arguments_span.begin, call->arguments.size(),
                     [&](std::size_t i) {
                         const ast::Arg& arg = call->arguments[i];
                         return Item{&arg, &arg.span, arg.value.get()};
                     });
            return true;
        }
        return call->body && within(at, call->body_span) && in_one(call->body_span, call->body);
    }
    if (const auto* distribute = expr->as<ast::Distribute>()) {
        if (within(at, distribute->brackets)) return in_list(distribute->brackets, distribute->branches);
        return place(comment, distribute->copies.get());
    }
    if (const auto* list = expr->as<ast::ListExpr>()) return in_list(expr->span, list->elements);
    if (const auto* parens = expr->as<ast::Parens>()) return in_one(expr->span, parens->inner);
    if (const auto* place_node = expr->as<ast::Place>()) {
        return place(comment, place_node->inner.get()) || place(comment, place_node->site.get());
    }
    if (const auto* index = expr->as<ast::Index>()) {
        return place(comment, index->list.get()) || place(comment, index->index.get());
    }
    if (const auto* unary = expr->as<ast::Unary>()) return place(comment, unary->operand.get());
    if (const auto* binary = expr->as<ast::Binary>()) {
        return place(comment, binary->left.get()) || place(comment, binary->right.get());
    }
    return false;
}

bool CommentMap::place_in_pipe(const ast::Comment& comment, const ast::Expr& expr, const ast::Pipe& pipe) {
    // What is inside the first stage, but in no container there, belongs before the whole pipe.
    const ast::Expr& first = *pipe.stages.front();
    if (within(comment.span.begin, first.span)) return place(comment, &first);
    place_in(comment, &expr.span, expr.span.begin, pipe.stages.size(), [&](std::size_t i) {
        return Item{pipe.stages[i].get(), &pipe.stages[i]->span, pipe.stages[i].get()};
    });
    return true;
}

}  // namespace trama::lang
