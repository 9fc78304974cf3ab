#include <utility>

#include "lang/check/elaborate.hpp"

// Expressions.

namespace trama::lang {
namespace {

const ast::Expr& stripped(const ast::ExprPtr& expr) {
    const ast::Expr* at = expr.get();
    while (const auto* parens = at->as<ast::Parens>())
        at = parens->inner.get();
    return *at;
}

}  // namespace

bool Wanted::takes(Accepted::Kind kind) const {
    for (const Accepted& one : *accepted) {
        if (one.kind == kind) return true;
    }
    return false;
}

bool Wanted::takes_symbol(std::string_view name) const {
    for (const Accepted& one : *accepted) {
        for (const std::string& symbol : one.symbols) {
            if (symbol == name) return true;
        }
    }
    return false;
}

const Elaborator::Args& Elaborator::Use::arguments() const {
    static const Args none;
    return call == nullptr ? none : call->arguments;
}

Elaborator::Elaborator(const Registry& registry, const CheckOptions& options, Program& program,
                       Findings& findings)
    : registry_(registry), options_(options), program_(program), findings_(findings) {}

void Elaborator::enter() {
    constexpr std::size_t most_steps = 50'000'000;
    if (++steps_ > most_steps) {
        findings_.error("T0802", {{program_.root().source, 0, 0}, nullptr},
                        "this scheme takes more than " + std::to_string(most_steps) + " steps to expand",
                        "a `def` that uses its argument twice doubles it: chains of them grow without bound");
        throw LimitReached{};
    }
}

Value Elaborator::evaluate(const ast::ExprPtr& expr, const ScopePtr& scope, const Wanted* wanted) {
    enter();
    const Where where{expr->span, scope->expansion};
    const std::size_t most = 2 * options_.limits.depth;
    if (depth_ >= most) {
        findings_.error(
            "T0803", where,
            "after the expansion of `def` this nests deeper than " + std::to_string(most) + " levels");
        throw LimitReached{};
    }
    ++depth_;
    struct Leave {
        std::size_t& depth;
        ~Leave() { --depth; }
    } leave{depth_};
    if (const auto* node = expr->as<ast::Literal>()) return literal(*node);
    if (const auto* node = expr->as<ast::Reference>()) {
        return name({node->name, expr->span, nullptr, where}, scope, wanted);
    }
    if (const auto* node = expr->as<ast::Call>()) {
        return name({node->function.text, node->function.span, node, where}, scope, wanted);
    }
    if (const auto* node = expr->as<ast::Parens>()) return evaluate(node->inner, scope, wanted);
    if (const auto* node = expr->as<ast::Pipe>()) return Value::of(pipe(*node, scope, where));
    if (const auto* node = expr->as<ast::Distribute>()) return Value::of(copies(*node, scope, where));
    if (const auto* node = expr->as<ast::Place>()) return Value::of(placed(*node, scope, where));
    if (const auto* node = expr->as<ast::ListExpr>()) return list(*node, scope, wanted);
    if (const auto* node = expr->as<ast::Index>()) return element(*node, scope, where);
    if (const auto* node = expr->as<ast::Unary>()) return unary(*node, scope, where);
    if (const auto* node = expr->as<ast::Binary>()) return binary(*node, scope, where, wanted);
    return {};  // Missing: the parser has said so
}

Value Elaborator::literal(const ast::Literal& literal) const {
    using Kind = ast::Literal::Kind;
    switch (literal.kind) {
        case Kind::integer:
            return Value::of(core::Constant{literal.integer});
        case Kind::real:
            return Value::of(core::Constant{literal.real});
        case Kind::fraction:
            return Value::of(core::Constant{core::Fraction{literal.real}});
        case Kind::duration:
            return Value::of(core::Constant{core::Duration{literal.real}});
        case Kind::string:
            return Value::of(core::Constant{literal.text});
        case Kind::boolean:
            return Value::of(core::Constant{literal.boolean});
    }
    return {};
}

Value Elaborator::list(const ast::ListExpr& list, const ScopePtr& scope, const Wanted* wanted) {
    const Accepted* list_wanted = nullptr;
    if (wanted != nullptr) {
        for (const Accepted& one : *wanted->accepted) {
            if (one.kind == Accepted::Kind::list) list_wanted = &one;
        }
    }
    const Wanted inner{list_wanted == nullptr ? nullptr : &list_wanted->elements,
                       wanted == nullptr ? nullptr : wanted->parameter,
                       wanted == nullptr ? nullptr : wanted->signature};
    core::List elements;
    bool whole = true;
    for (const ast::ExprPtr& expr : list.elements) {
        Value value = evaluate(expr, scope, list_wanted == nullptr ? nullptr : &inner);
        if (value.kind == Value::Kind::scheme) {
            findings_.error("T0105", {expr->span, scope->expansion}, "a list holds values, not blocks",
                            "programs side by side are written `[| a, b |]`");
            value = {};
        }
        whole = whole && value.kind == Value::Kind::constant;
        elements.push_back(std::move(value.constant));
    }
    return whole ? Value::of(core::Constant{std::move(elements)}) : Value{};
}

/// The list of `list[i]`: not copied when it has a name, since a long list may be read for every copy.
std::shared_ptr<const core::Constant> Elaborator::list_value(const ast::ExprPtr& expr,
                                                             const ScopePtr& scope) {
    const ast::Expr* at = &stripped(expr);
    ScopePtr in = scope;
    while (const auto* reference = at->as<ast::Reference>()) {
        if (const Closure* argument = closure(reference->name, *in)) {
            at = &stripped(argument->expr);
            in = argument->scope;
            continue;
        }
        if (Definition* found = top_level(reference->name, *in); found != nullptr && found->constant) {
            found->used = true;
            return found->constant;
        }
        break;
    }
    Value value = evaluate(expr, scope);
    if (value.kind == Value::Kind::broken) return nullptr;
    if (value.kind == Value::Kind::scheme) {
        findings_.error("T0213", {expr->span, scope->expansion}, "only lists have elements, this is a block");
        return nullptr;
    }
    return std::make_shared<const core::Constant>(std::move(value.constant));
}

Value Elaborator::element(const ast::Index& index, const ScopePtr& scope, const Where& where) {
    const auto list = list_value(index.list, scope);
    const auto at = whole(index.index, scope, "an index");
    if (!list || !at) return {};
    const auto* elements = list->as<core::List>();
    if (elements == nullptr) {
        findings_.error("T0213", {index.list->span, scope->expansion},
                        "only lists have elements, this is " + describe(*list, registry_));
        return {};
    }
    if (*at < 0 || static_cast<std::uint64_t>(*at) >= elements->size()) {
        const std::string size = core::counted(static_cast<std::int64_t>(elements->size()), "element");
        findings_.error(
            "T0212", where, "the list has " + size + ", none at " + std::to_string(*at),
            elements->empty() ? "" : "they count from 0 to " + std::to_string(elements->size() - 1));
        return {};
    }
    return Value::of((*elements)[static_cast<std::size_t>(*at)]);
}

std::optional<std::int64_t> Elaborator::whole(const ast::ExprPtr& expr, const ScopePtr& scope,
                                              const std::string& what) {
    const Value value = evaluate(expr, scope);
    if (value.kind == Value::Kind::broken) return std::nullopt;
    if (value.kind == Value::Kind::constant) {
        if (const auto* number = value.constant.as<std::int64_t>()) return *number;
    }
    findings_.error(
        "T0204", {expr->span, scope->expansion},
        what + " is a whole number, not " +
            (value.kind == Value::Kind::scheme ? "a block" : describe(value.constant, registry_)));
    return std::nullopt;
}

TreePtr Elaborator::broken(const Where& where) {
    return make(Broken{}, where);
}

}  // namespace trama::lang
