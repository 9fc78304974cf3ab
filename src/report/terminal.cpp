#include "trama/report/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace trama::report {
namespace {

constexpr std::size_t narrowest = 20;

bool is_set(const char* value) {
    return value != nullptr && *value != '\0';
}

bool names_utf8(const Environment& environment) {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* value = environment(name);
        if (!is_set(value)) continue;
        std::string locale = value;
        std::transform(locale.begin(), locale.end(), locale.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
    }
    return false;
}

}  // namespace

Terminal detect_terminal(bool is_terminal, std::size_t reported_width, const Environment& environment) {
    Terminal terminal;
    const char* kind = environment("TERM");
    const bool dumb = !is_set(kind) || std::strcmp(kind, "dumb") == 0;
    terminal.interactive = is_terminal && !dumb;
    terminal.color = terminal.interactive && !is_set(environment("NO_COLOR"));
    terminal.utf8 = names_utf8(environment);
    if (is_terminal && reported_width > 0) terminal.width = reported_width;
    if (const char* columns = environment("COLUMNS"); is_set(columns)) {
        std::size_t width = 0;
        const char* end = columns + std::strlen(columns);
        const auto [rest, error] = std::from_chars(columns, end, width);
        if (error == std::errc{} && rest == end && width > 0) terminal.width = width;
    }
    terminal.width = std::max(terminal.width, narrowest);
    return terminal;
}

Terminal detect_terminal(int descriptor) {
    const bool is_terminal = isatty(descriptor) == 1;
    winsize size{};
    if (is_terminal) ioctl(descriptor, TIOCGWINSZ, &size);
    return detect_terminal(is_terminal, size.ws_col, [](const char* name) { return std::getenv(name); });
}

std::string Style::wrap(std::string_view code, std::string_view text) const {
    if (!color_) return std::string(text);
    std::string out = "\x1b[";
    out.append(code).append("m").append(text).append("\x1b[0m");
    return out;
}

}  // namespace trama::report
