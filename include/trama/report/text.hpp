#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trama::report {

/// Columns that a UTF-8 text takes, one per code point.
std::size_t columns(std::string_view text);

/// Breaks a paragraph at spaces so that no line is wider than `width`; every line but the first starts with
/// `indent` spaces (the first is assumed to stand at that column already). A longer word stays whole. Line
/// ends in `text` stay.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent = 0);

/// The same text in ASCII, for terminals and locales that know nothing else: arrows and signs of the algebra
/// become their usual spellings, what has none becomes `?`.
std::string to_ascii(std::string_view text);

/// Rows with aligned columns, two spaces apart; the last column is wrapped at `width` and goes on in its own
/// column. Every row has as many cells as the widest; missing ones are empty. Ends with a newline.
std::string table(const std::vector<std::vector<std::string>>& rows, std::size_t width,
                  std::size_t indent = 0);

std::string seconds(double value);       ///< "1.2 ms", "0.12 s", "12 s", "3 min 20 s", "1 h 02 min"
std::string bytes(std::uint64_t value);  ///< "512 B", "1.2 MB" (powers of 1000)
std::string number(double value);        ///< a metric: "0.9512", "12.31", "3.1e-05"
std::string share(double value);         ///< "0.9512" -> "95.1 %"
/// `━━━───`: `part` (0 to 1) of `size` columns.
std::string bar(double part, std::size_t size, bool utf8);

}  // namespace trama::report
