#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "trama/lang/diagnostic.hpp"

namespace trama::lang {

/// Source lines with what is marked in them; a part of `render`.
struct Mark {
    Span span;
    std::string label;
    bool primary = false;
};

/// A line as a terminal shows it: tabs expanded, what is not printable escaped, too much of it left out.
class ShownLine {
  public:
    /// `bytes` [from, to) of the line are to be seen; at most `columns` columns are shown.
    ShownLine(std::string_view line, std::size_t from, std::size_t to, std::size_t columns, bool utf8);

    const std::string& text() const { return text_; }
    /// Where the byte at this place of the line is shown, from 0; the ends of what is shown when it is left
    /// out.
    std::size_t column(std::size_t byte) const;
    bool shows(std::size_t byte) const { return byte >= first_byte_ && byte <= last_byte_; }

  private:
    std::string text_;
    std::vector<std::size_t> columns_;  ///< of the bytes from first_byte_ to last_byte_
    std::size_t first_byte_ = 0;
    std::size_t last_byte_ = 0;
};

/// How one code point (or an invalid byte) of the source is shown.
std::string shown(std::string_view text, std::size_t at, bool utf8);
/// The same for a whole message; newlines stay.
std::string shown_message(std::string_view text, bool utf8);
std::size_t shown_width(std::string_view text);

/// The lines that hold the marks, one source after the other, the primary mark's first.
std::string snippet(const std::vector<Mark>& marks, Severity severity, const RenderOptions& options);

/// Colours: a text between an ANSI code and the reset; the text alone without colours.
std::string paint(std::string_view text, std::string_view code, const RenderOptions& options);
std::string_view color_of(Severity severity);
inline constexpr std::string_view frame_color = "1;34";

}  // namespace trama::lang
