#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/error.hpp"

namespace trama::lang {

/// The text of one file and where its lines start. Shared: spans point into it for as long as a tree lives.
class Source {
  public:
    Source(std::string path, std::string text);

    const std::string& path() const { return path_; }  ///< as given; "<stdin>" for standard input
    const std::string& text() const { return text_; }
    struct Position {
        std::size_t line = 1;    ///< from 1
        std::size_t column = 1;  ///< from 1, in code points
    };
    Position position(std::size_t offset) const;
    std::string_view line(std::size_t number) const;  ///< without its end of line
    std::size_t lines() const { return starts_.size(); }

  private:
    std::string path_;
    std::string text_;
    std::vector<std::size_t> starts_;
};

using SourcePtr = std::shared_ptr<const Source>;

/// Bytes [begin, end) of a source. A default span is "nowhere".
struct Span {
    SourcePtr source;
    std::size_t begin = 0;
    std::size_t end = 0;
};

Span join(const Span& first, const Span& last);

/// Reads a file, or standard input for "-". Errors: kind `data` (missing, not readable, a directory).
core::Result<SourcePtr> read_source(const std::string& path);

}  // namespace trama::lang
