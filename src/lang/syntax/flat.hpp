#pragma once

#include <string>
#include <string_view>

#include "trama/lang/ast.hpp"

namespace trama::lang {

/// Parts of expressions on one line, for `format`.
std::string flat(const ast::Expr& expr);
std::string flat(const ast::Arg& arg);
std::string flat_arguments(const ast::Call& call);       ///< `(a, b: c)`; empty without parentheses
std::string flat_brackets(const ast::Distribute& node);  ///< `[| a, b |]`
std::string flat_copies(const ast::Distribute& node);    ///< `^4`, `^(i: n)`; empty without `^`
bool bare_copies(const ast::Distribute& node);           ///< `^4` and `^n` need no parentheses

/// How tightly an operator binds, from 0 for `>>`.
int precedence(const ast::Expr& expr);

}  // namespace trama::lang
