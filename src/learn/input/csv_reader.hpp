#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/error.hpp"

namespace trama::learn {

/// Rows of a CSV text (RFC 4180): quoted fields may hold separators, doubled quotes and line breaks; LF or
/// CRLF; a byte order mark and empty lines are passed over. Unquoted fields lose spaces and tabs around them.
class CsvReader {
  public:
    /// `file` is for messages. The text must outlive the reader.
    CsvReader(std::string file, std::string_view text, char separator);

    /// The next row's fields, valid until the next call; none at the end. Errors: kind `data` (a quote that
    /// never ends, text after a closing quote), with the line.
    core::Result<bool> next(std::vector<std::string_view>& fields);
    std::size_t line() const { return row_line_; }  ///< where the last row began, from 1

  private:
    core::Result<std::string_view> quoted();
    std::string_view plain();
    bool at_line_end() const;

    std::string file_;
    std::string_view text_;
    char separator_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t row_line_ = 0;
    std::deque<std::string> unquoted_;  // fields with doubled quotes, of the last row
};

}  // namespace trama::learn
