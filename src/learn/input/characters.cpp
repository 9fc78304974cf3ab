#include "characters.hpp"

namespace trama::learn {

namespace {

constexpr std::string_view all =
    "\n !\"&'(),-.0123456789:;>?ABCDEFGHIJKLMNOPQRSTUVWXYZ[]abcdefghijklmnopqrstuvwxyz}";
static_assert(all.size() == 80);

}  // namespace

std::string_view characters() {
    return all;
}

std::uint8_t character_number(char32_t code) {
    const auto found = code < 0x80 ? all.find(static_cast<char>(code)) : std::string_view::npos;
    return static_cast<std::uint8_t>(found == std::string_view::npos ? all.find(' ') : found);
}

std::vector<std::string> character_names() {
    std::vector<std::string> names;
    for (const char one : all)
        names.push_back(one == '\n' ? "newline" : one == ' ' ? "space" : std::string(1, one));
    return names;
}

}  // namespace trama::learn
