#pragma once

#include <string>

#include "trama/lang/signature.hpp"

namespace trama::cli {

/// "reduce(rule, arity: = flat) : A^n -> B": name, arguments and type in one line.
std::string heading(const lang::Signature& signature);
/// What an argument may be: "int, at least 1, default 64, may be a schedule".
std::string describe(const lang::Parameter& parameter);
/// The first sentence of a text.
std::string first_sentence(const std::string& text);

/// docs/reference.md: every block, rule, data set, ... that a scheme can name.
std::string reference_markdown(const lang::Registry& registry);

}  // namespace trama::cli
