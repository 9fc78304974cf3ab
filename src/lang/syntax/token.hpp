#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "trama/lang/ast.hpp"

namespace trama::lang {

enum class Tok : std::uint8_t {
    end,
    invalid,  ///< stands where the lexer has already reported an error: the parser is silent about it
    name,
    kw_def,
    kw_import,
    kw_true,
    kw_false,
    literal,
    left_paren,
    right_paren,
    left_brace,
    right_brace,
    left_bracket,
    right_bracket,
    left_distribute,   // [|
    right_distribute,  // |]
    arrow,             // >>
    foreign_arrow,     // what other languages write for it: -> => |> | → •
    less,
    less_equal,
    greater,
    greater_equal,
    equal_equal,
    not_equal,
    assign,
    colon,
    comma,
    caret,
    at,
    plus,
    minus,
    star,
    slash,
    percent,    // apart from a number
    semicolon,  // reported by the lexer
    dot,
};

/// A token lies at [begin, end) of the source's text.
struct Token {
    Tok kind = Tok::end;
    bool newline_before = false;  ///< first of its line
    bool space_before =
        false;  ///< something (blanks, a newline, a comment) separates it from the token before
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t literal = 0;  ///< of a literal: its place in Tokens::literals
};

struct Tokens {
    std::vector<Token> tokens;  ///< the last one is Tok::end
    std::vector<ast::Literal> literals;
    std::vector<ast::Comment> comments;
};

/// A keyword with its token; names may not be keywords.
struct Keyword {
    std::string_view text;
    Tok kind;
};
inline constexpr Keyword keywords[] = {
    {"def", Tok::kw_def}, {"import", Tok::kw_import}, {"true", Tok::kw_true}, {"false", Tok::kw_false}};

/// The units that a number may have; `seconds` is 0 for `%`.
struct Unit {
    std::string_view text;
    double seconds;
};
inline constexpr Unit units[] = {{"ms", 0.001}, {"s", 1}, {"min", 60}, {"h", 3600}, {"%", 0}};

}  // namespace trama::lang
