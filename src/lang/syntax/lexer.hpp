#pragma once

#include <string>
#include <string_view>

#include "lang/syntax/reporter.hpp"
#include "lang/syntax/token.hpp"

namespace trama::lang {

inline bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Text to tokens, with a diagnostic for everything that is no token.
class Lexer {
  public:
    explicit Lexer(Reporter& reporter);
    Tokens run();

  private:
    char at(std::size_t index) const { return index < text_.size() ? text_[index] : '\0'; }
    bool starts(std::string_view word) const { return text_.substr(at_).starts_with(word); }
    std::size_t line_end(std::size_t from) const;
    void push(Tok kind, std::size_t begin);
    void push_literal(ast::Literal literal, std::size_t begin);

    bool skip_blank();  ///< one blank, newline or comment
    void comment();
    void foreign_comment();
    void token();
    void word();
    void symbol();
    void not_ascii();
    bool look_alike(char32_t code, std::size_t begin);

    void number();  // lex_number.cpp
    bool digits(bool& bad_underscore);
    void malformed_number(std::size_t begin, std::string message, std::string hint);

    void string();  // lex_string.cpp
    void escape(std::string& value);
    void foreign_string(std::string_view open, std::string_view close);

    Reporter& reporter_;
    std::string_view text_;
    std::size_t at_ = 0;
    bool newline_ = true;
    bool space_ = true;
    Tokens out_;
};

}  // namespace trama::lang
