#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace trama::lang {

/// One code point of a text. An invalid byte is U+FFFD of size 1 with `valid` false.
struct CodePoint {
    char32_t code = 0;
    std::size_t size = 1;
    bool valid = true;
};

/// The code point that begins at `at` (precondition: inside the text). Strict: no overlong forms, no
/// surrogates.
CodePoint decode(std::string_view text, std::size_t at);

void append(std::string& text, char32_t code);

/// Columns that a terminal uses for it: 0 for combining marks, 2 for East Asian wide characters.
unsigned display_width(char32_t code);

/// True for what a terminal must not be given raw: control characters and those that reorder text.
bool is_unsafe(char32_t code);

}  // namespace trama::lang
