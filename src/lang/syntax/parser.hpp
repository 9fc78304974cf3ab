#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lang/syntax/reporter.hpp"
#include "lang/syntax/token.hpp"
#include "trama/lang/ast.hpp"

namespace trama::lang {

/// Recursive descent over docs/grammar.md, one function per production.
///
/// Recovery: after an error that leaves the place in doubt the parser panics, that is, it reports nothing
/// until it has found a comma or bracket that belongs to an enclosing list, or the next statement. Errors
/// whose meaning is clear
/// (`=` for `:`) are reported and parsing goes on as if the right thing stood there.
class Parser {
  public:
    Parser(Reporter& reporter, const Limits& limits, const Tokens& tokens);

    std::vector<ast::Statement> file();
    ast::ExprPtr lone_expression();

  private:
    /// An expression with the height of its tree, which is limited so that no recursion over trees can
    /// overflow.
    struct Parsed {
        std::shared_ptr<ast::Expr> expr;
        std::size_t height = 0;
    };
    struct Bracket {
        Tok closer;
        const Token* opener;
    };

    // parser.cpp: tokens
    const Token& peek(std::size_t ahead = 0) const;
    const Token& previous() const { return tokens_[at_ > 0 ? at_ - 1 : 0]; }
    bool is(Tok kind, std::size_t ahead = 0) const { return peek(ahead).kind == kind; }
    const Token& next();
    std::string_view text(const Token& token) const;
    std::string describe(const Token& token) const;
    Span span_from(const Token& first) const;
    bool line_ends() const;  ///< a newline that counts, or the end of the file
    bool starts_expression() const;
    bool starts_statement() const;
    ast::Name name();

    // parse_recovery.cpp
    Diagnostic& error(std::string_view code, const Token& at, std::string message, std::string hint = {});
    Diagnostic& error_after(std::string_view code, const Token& before, std::string message,
                            std::string hint = {});
    Parsed missing(std::size_t at);
    void too_deep(const Token& at);
    void open(Tok closer) { brackets_.push_back({closer, &next()}); }
    void close();
    void mismatched(const Bracket& bracket);
    bool closes_outer(Tok kind) const;
    bool at_close() const;
    void skip_item();
    void skip_to_close();
    void skip_statement();
    void no_comma(std::string_view separators);
    template <class Item>
    void items(std::string_view separators, const Item& item);

    // parse_statement.cpp
    std::optional<ast::Statement> statement();
    std::optional<ast::Statement> binding(bool reported = false);
    std::optional<ast::Statement> definition();
    std::optional<ast::Statement> import();
    std::vector<ast::Name> parameters();
    void nameless();
    ast::ExprPtr value(const Token& behind, std::string_view what);
    bool starts_on_this_line() const;
    void end_of_statement();

    // parse_expression.cpp
    Parsed expression();
    Parsed pipe();
    bool at_pipe();
    Parsed comparison();
    Parsed sum();
    Parsed product();
    Parsed unary();
    Parsed placed();
    bool operand_missing(const Token& op);
    Parsed binary(Parsed left, const Token& op, Parsed right);
    template <class Node>
    Parsed make(Node node, const Token& first, std::size_t height);

    // parse_operand.cpp
    Parsed postfix();
    Parsed primary();
    Parsed literal();
    Parsed call();
    Parsed arguments(ast::Call& call);
    ast::Arg argument(std::size_t& height);
    Parsed body(ast::Call& call);
    Parsed distribute();
    Parsed copies(Parsed inner, const Token& first);
    Parsed copy_count(ast::Distribute& node);
    Parsed list();
    Parsed parens();
    Parsed index(Parsed inner, const Token& first);
    Parsed no_operand();
    void apart_unit();

    Reporter& reporter_;
    const Limits& limits_;
    const std::vector<Token>& tokens_;
    const Tokens& lexed_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    bool panic_ = false;
    std::vector<Bracket> brackets_;
};

/// Elements of the innermost bracket, separated by commas, up to its closer (which stays).
template <class Item>
void Parser::items(std::string_view separators, const Item& item) {
    while (!at_close()) {
        const std::size_t before = at_;
        item();
        if (at_close() || is(Tok::left_brace)) return;
        if (is(Tok::comma) || is(Tok::semicolon)) {
            next();
            panic_ = false;
            continue;
        }
        if (starts_expression() && !panic_ && at_ > before) {
            no_comma(separators);
            continue;  // as if the comma stood there
        }
        if (!panic_) no_comma(separators);
        skip_item();
        if (is(Tok::comma) || is(Tok::semicolon)) {
            next();
            panic_ = false;
        } else if (at_ == before) {
            next();
        }
    }
}

/// Wraps a node; one that would make the tree too high becomes Missing.
template <class Node>
Parser::Parsed Parser::make(Node node, const Token& first, std::size_t height) {
    if (height > limits_.depth) {
        too_deep(first);
        return missing(first.begin);
    }
    auto expr = std::make_shared<ast::Expr>();
    expr->node = std::move(node);
    expr->span = span_from(first);
    return {std::move(expr), height};
}

}  // namespace trama::lang
