#pragma once

#include <cstddef>
#include <variant>

#include "trama/lang/ast.hpp"

/// Whether two trees say the same: everything but where it stands in the text.
namespace trama::test {

namespace ast = lang::ast;

inline bool same(const ast::ExprPtr& a, const ast::ExprPtr& b);
inline bool same(const ast::Arg& a, const ast::Arg& b);
inline bool same(const ast::Name& a, const ast::Name& b);
inline bool same(const ast::Statement& a, const ast::Statement& b);

template <class List>
bool same_all(const List& a, const List& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!same(a[i], b[i])) return false;
    }
    return true;
}

template <class Optional>
bool same_name(const Optional& a, const Optional& b) {
    if (a.has_value() != b.has_value()) return false;
    return !a || a->text == b->text;
}

inline bool same(const ast::Arg& a, const ast::Arg& b) {
    return same_name(a.name, b.name) && same(a.value, b.value);
}
inline bool same(const ast::Name& a, const ast::Name& b) {
    return a.text == b.text;
}

struct SameNode {
    bool operator()(const ast::Missing&, const ast::Missing&) const { return true; }
    bool operator()(const ast::Literal& a, const ast::Literal& b) const {
        return a.kind == b.kind && a.integer == b.integer && a.real == b.real && a.text == b.text &&
               a.boolean == b.boolean;
    }
    bool operator()(const ast::Reference& a, const ast::Reference& b) const { return a.name == b.name; }
    bool operator()(const ast::Call& a, const ast::Call& b) const {
        return same(a.function, b.function) && a.parentheses == b.parentheses &&
               same_all(a.arguments, b.arguments) && same(a.body, b.body);
    }
    bool operator()(const ast::Pipe& a, const ast::Pipe& b) const { return same_all(a.stages, b.stages); }
    bool operator()(const ast::Distribute& a, const ast::Distribute& b) const {
        return same_all(a.branches, b.branches) && same(a.copies, b.copies) && same_name(a.index, b.index);
    }
    bool operator()(const ast::Place& a, const ast::Place& b) const {
        return same(a.inner, b.inner) && same(a.site, b.site);
    }
    bool operator()(const ast::ListExpr& a, const ast::ListExpr& b) const {
        return same_all(a.elements, b.elements);
    }
    bool operator()(const ast::Index& a, const ast::Index& b) const {
        return same(a.list, b.list) && same(a.index, b.index);
    }
    bool operator()(const ast::Unary& a, const ast::Unary& b) const {
        return a.op == b.op && same(a.operand, b.operand);
    }
    bool operator()(const ast::Parens& a, const ast::Parens& b) const { return same(a.inner, b.inner); }
    bool operator()(const ast::Binary& a, const ast::Binary& b) const {
        return a.op == b.op && same(a.left, b.left) && same(a.right, b.right);
    }
    template <class A, class B>
    bool operator()(const A&, const B&) const {
        return false;
    }
};

inline bool same(const ast::ExprPtr& a, const ast::ExprPtr& b) {
    if (!a || !b) return !a && !b;
    return std::visit(SameNode{}, a->node, b->node);
}

inline bool same(const ast::Statement& a, const ast::Statement& b) {
    if (a.node.index() != b.node.index()) return false;
    if (const auto* binding = std::get_if<ast::Binding>(&a.node)) {
        const auto& other = std::get<ast::Binding>(b.node);
        return same(binding->name, other.name) && same(binding->value, other.value);
    }
    if (const auto* definition = std::get_if<ast::Definition>(&a.node)) {
        const auto& other = std::get<ast::Definition>(b.node);
        return same(definition->name, other.name) && same_all(definition->parameters, other.parameters) &&
               same(definition->value, other.value);
    }
    return std::get<ast::Import>(a.node).path == std::get<ast::Import>(b.node).path;
}

inline bool same(const ast::File& a, const ast::File& b) {
    return same_all(a.statements, b.statements);
}

}  // namespace trama::test
