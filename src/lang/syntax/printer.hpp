#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lang/syntax/comment_map.hpp"
#include "trama/lang/ast.hpp"

namespace trama::lang {

/// Lays a file out in 100 columns.
///
/// Every decision to break a line is one that the next run makes again, because it finds the break in the
/// source: a line break behind an opening bracket or beside a `>>` is kept. That is what makes `fmt`
/// idempotent.
class Printer {
  public:
    explicit Printer(const ast::File& file);
    std::string run();

  private:
    static constexpr std::size_t page = 100;

    /// What is known of an expression before it is laid out.
    struct Facts {
        std::size_t width = 0;  ///< on one line
        bool broken = false;    ///< something inside must break
    };
    const Facts& facts(const ast::Expr& expr) { return facts_.at(&expr); }
    const Facts& measure(const ast::Expr& expr);
    bool measure_parts(const ast::Expr& expr);
    bool breaks(const Span& container, const Span* first) const;  ///< the brackets themselves
    bool breaks_pipe(const ast::Expr& expr, const ast::Pipe& pipe) const;
    bool arguments_break(const ast::Call& call);
    bool elements_break(const Span& brackets, const std::vector<ast::ExprPtr>& elements);

    // printer.cpp: statements
    void statement(const ast::Statement& statement, std::size_t name_width);
    std::size_t aligned_run(std::size_t first, std::size_t& name_width, std::size_t& comment_column);
    bool one_line_binding(const ast::Statement& statement) const;
    void comments_before(const std::vector<const ast::Comment*>& comments, std::size_t next_begin,
                         std::size_t indent);
    void own_line(std::size_t begin,
                  std::size_t indent);  ///< begins a line, after a blank one if the source has one

    // print_expression.cpp. `tail`: columns that must stay free behind the expression on its last line.
    void expression(const ast::Expr& expr, std::size_t indent, std::size_t tail);
    void broken(const ast::Expr& expr, std::size_t indent, std::size_t tail);
    void pipe(const ast::Expr& expr, const ast::Pipe& node, std::size_t indent, std::size_t tail);
    bool inline_fits(const ast::Pipe& node, bool break_bodies, std::size_t indent, std::size_t tail);
    bool inline_ends(const ast::Expr& stage, std::size_t& head, std::size_t& foot);
    bool has_body(const ast::Expr& stage) const;
    void call(const ast::Call& node, std::size_t indent, std::size_t tail);
    void distribute(const ast::Distribute& node, std::size_t indent, std::size_t tail);
    void list(const ast::Expr& expr, const ast::ListExpr& node, std::size_t indent);
    void fill(const ast::ListExpr& node, std::size_t indent);
    void open(const Span& container, std::string_view bracket);
    void close(const Span& container, std::string_view bracket, std::size_t indent);
    template <class Print>
    void item(const void* key, const Span& span, std::size_t indent, std::string_view separator,
              const Print& print);

    void put(std::string_view text);
    void new_line(std::size_t indent);
    void after(const void* item);

    const ast::File& file_;
    std::string_view text_;
    CommentMap comments_;
    std::unordered_map<const ast::Expr*, Facts> facts_;
    std::string out_;
    std::size_t column_ = 0;
    std::size_t place_ =
        0;  ///< in the source, behind what was printed last: blank lines are looked for from here
    bool after_opening_ = true;  ///< no blank line at the beginning of the file or behind an opening bracket
};

}  // namespace trama::lang
