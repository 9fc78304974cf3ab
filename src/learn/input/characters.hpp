#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trama::learn {

/// The 80 characters that LEAF's Shakespeare knows, in its order. A character's place is its number: what a
/// net for text is given, and predicts.
std::string_view characters();

/// The number of a code point. A tab, and every character that is not among the 80 (é, *, |), counts as a
/// space.
std::uint8_t character_number(char32_t code);

/// The names of all 80 as classes: the character itself, but `newline` and `space`.
std::vector<std::string> character_names();

}  // namespace trama::learn
