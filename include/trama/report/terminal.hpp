#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace trama::report {

/// What a stream can show.
struct Terminal {
    bool interactive = false;  ///< a terminal on which a line can be written again
    bool color = false;
    bool utf8 = false;
    std::size_t width = 100;  ///< columns; at least 20
};

using Environment = std::function<const char*(const char*)>;

/// Looks at the stream behind a file descriptor and at the environment: `NO_COLOR` (https://no-color.org) and
/// `TERM=dumb` turn colours off, `LC_ALL`, `LC_CTYPE`, `LANG` in this order say whether the text is UTF-8,
/// `COLUMNS` overrides the width that the terminal reports.
Terminal detect_terminal(int descriptor);
Terminal detect_terminal(bool is_terminal, std::size_t reported_width, const Environment& environment);

/// Text in colours, or as it is where there are none.
class Style {
  public:
    explicit Style(bool color) : color_(color) {}
    std::string bold(std::string_view text) const { return wrap("1", text); }
    std::string dim(std::string_view text) const { return wrap("2", text); }
    std::string red(std::string_view text) const { return wrap("1;31", text); }
    std::string green(std::string_view text) const { return wrap("32", text); }
    std::string yellow(std::string_view text) const { return wrap("1;33", text); }
    std::string cyan(std::string_view text) const { return wrap("36", text); }

  private:
    std::string wrap(std::string_view code, std::string_view text) const;
    bool color_;
};

}  // namespace trama::report
