#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "trama/lang/diagnostic.hpp"
#include "trama/lang/source.hpp"

/// The tree as written: what the parser makes and `fmt` prints. Names are not resolved, nothing is typed.
namespace trama::lang::ast {

struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;  // shared: `def` expansion and imports reuse subtrees

struct Name {
    std::string text;
    Span span;
};

/// `31`, `0.5`, `1%`, `30s`, `"text"`, `true`.
struct Literal {
    enum class Kind { integer, real, fraction, duration, string, boolean };
    Kind kind = Kind::integer;
    std::int64_t integer = 0;
    double real = 0;   ///< real; fraction as a share (1% = 0.01); duration in seconds
    std::string text;  ///< the value of a string; for numbers the text as written (fmt keeps it)
    bool boolean = false;
};

struct Reference {
    std::string name;
};

/// `name: value` or `value` inside a call's parentheses.
struct Arg {
    std::optional<Name> name;
    ExprPtr value;
    Span span;
};

/// `f(args)`, `f(args) { body }`, `f { body }`. A bare name is a Reference.
struct Call {
    Name function;
    bool parentheses = true;
    std::vector<Arg> arguments;
    ExprPtr body;         ///< null when there is none
    Span arguments_span;  ///< from `(` to `)`; nowhere without parentheses
    Span body_span;       ///< from `{` to `}`; nowhere without a body
};

/// `a >> b >> c`, flat: at least two stages.
struct Pipe {
    std::vector<ExprPtr> stages;
    std::vector<Span> arrows;  ///< the `>>` behind each stage but the last
};

/// `[| D |]^n`, `[| D |]^(i: n)`, `[| D1, D2 |]`.
struct Distribute {
    std::vector<ExprPtr> branches;
    ExprPtr copies;             ///< null when there is no `^`
    std::optional<Name> index;  ///< the `i` of `^(i: n)`
    Span brackets;              ///< from `[|` to `|]`
};

/// `D @ site`.
struct Place {
    ExprPtr inner;
    ExprPtr site;
};

struct ListExpr {
    std::vector<ExprPtr> elements;
};

/// `rates[i]`.
struct Index {
    ExprPtr list;
    ExprPtr index;
};

/// `-x`, and `( D )`, kept so that fmt prints what was meant.
struct Unary {
    std::string op;
    ExprPtr operand;
};

struct Parens {
    ExprPtr inner;
};

/// `+ - * /` and, in conditions, `< <= > >= == !=`.
struct Binary {
    std::string op;
    Span op_span;
    ExprPtr left;
    ExprPtr right;
};

/// What recovery puts where nothing could be parsed; a diagnostic has been made for it.
struct Missing {};

struct Expr {
    std::variant<Missing, Literal, Reference, Call, Pipe, Distribute, Place, ListExpr, Index, Unary, Parens,
                 Binary>
        node;
    Span span;

    template <class T>
    const T* as() const {
        return std::get_if<T>(&node);
    }
};

struct Binding {
    Name name;
    ExprPtr value;
};

struct Definition {
    Name name;
    std::vector<Name> parameters;
    bool parentheses = true;  ///< `def d = D` or `def d() = D` are the same; fmt drops the empty ones
    ExprPtr value;
};

struct Import {
    std::string path;  ///< as written, relative to the file
    Span path_span;
};

struct Statement {
    std::variant<Binding, Definition, Import> node;
    Span span;
};

struct Comment {
    std::string text;  ///< with its '#', without the end of line
    Span span;
    bool own_line = true;  ///< false: behind code on the same line
};

struct File {
    SourcePtr source;
    std::vector<Statement> statements;
    std::vector<Comment> comments;  ///< in order of place; fmt puts them back by their spans
};

}  // namespace trama::lang::ast

namespace trama::lang {

/// Limits of the front end, each with its own diagnostic.
struct Limits {
    std::size_t file_bytes = 4u << 20;
    std::size_t depth = 200;  ///< nesting of brackets and operators in an expression
    std::int64_t max_actors = 1'000'000;
};

struct ParseResult {
    ast::File file;
    std::vector<Diagnostic> diagnostics;  ///< every syntax error of the file, in order of place
};

/// Text to tree, with recovery: never throws on any bytes.
ParseResult parse(const SourcePtr& source, const Limits& limits = {});

/// Parses one expression (the value of `--set name=value`).
struct ParseExpressionResult {
    ast::ExprPtr expression;
    std::vector<Diagnostic> diagnostics;
};
ParseExpressionResult parse_expression(const SourcePtr& source, const Limits& limits = {});

/// Canonical layout of a tree without syntax errors, 100 columns wide: idempotent, keeps comments and single
/// blank lines.
std::string format(const ast::File& file);
/// An expression on one line, however long, without comments: for messages.
std::string format(const ast::Expr& expression);
/// A string literal with this value.
std::string quote(std::string_view text);

}  // namespace trama::lang
