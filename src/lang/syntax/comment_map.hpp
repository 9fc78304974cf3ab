#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "trama/lang/ast.hpp"

namespace trama::lang {

/// Where `fmt` puts a file's comments back.
///
/// A comment belongs to the innermost container around it: the file, a pair of brackets or a pipe. There it
/// stands before one of the items, behind one on the same line, behind the opening bracket, or at the end. A
/// comment in the middle of an item that is no container (`a: # here` of an argument) moves before that item.
class CommentMap {
  public:
    explicit CommentMap(const ast::File& file);

    struct Around {
        std::vector<const ast::Comment*> before;
        const ast::Comment* after = nullptr;
    };
    struct Inside {
        const ast::Comment* opening = nullptr;
        std::vector<const ast::Comment*> end;
        bool any = false;  ///< any comment at all that belongs to this container
    };
    /// Of an item: the address of its Statement, Arg, or Expr.
    const Around& around(const void* item) const;
    /// Of a container: the address of its Span (Call::arguments_span, Expr::span, ...); null for the file.
    const Inside& inside(const void* container) const;
    /// True when a comment was moved: its distance from what is around it means nothing.
    bool moved(const ast::Comment* comment) const;

  private:
    struct Item {
        const void* key;
        const Span* span;
        const ast::Expr* expr;  ///< what is inside; null for definitions without one
    };
    bool place(const ast::Comment& comment, const ast::Expr* expr);
    bool place_in_pipe(const ast::Comment& comment, const ast::Expr& expr, const ast::Pipe& pipe);
    template <class ItemAt>
    void place_in(const ast::Comment& comment, const void* container, std::size_t open, std::size_t count,
                  const ItemAt& item_at);
    bool same_line(std::size_t from, std::size_t to) const;

    const std::string& text_;
    std::unordered_map<const void*, Around> around_;
    std::unordered_map<const void*, Inside> inside_;
    std::unordered_map<const void*, bool> moved_;
};

}  // namespace trama::lang
