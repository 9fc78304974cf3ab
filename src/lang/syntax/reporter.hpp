#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "trama/lang/diagnostic.hpp"

namespace trama::lang {

/// Collects the syntax errors of one source, up to a limit that keeps the output readable.
class Reporter {
  public:
    explicit Reporter(SourcePtr source) : source_(std::move(source)) {}

    /// One finding a place: a second one at the same byte follows from the first, and is dropped.
    /// The diagnostic may be completed by the caller (hint, related) until the next one.
    Diagnostic& error(std::string_view code, std::size_t begin, std::size_t end, std::string message,
                      std::string hint = {});
    /// Gives the last finding that begins there a hint.
    void hint_for(std::size_t begin, std::string hint);
    Span span(std::size_t begin, std::size_t end) const { return {source_, begin, end}; }
    const SourcePtr& source() const { return source_; }
    /// Says that the rest was not looked at.
    void cut() { ++dropped_count_; }
    bool full() const { return diagnostics_.size() >= limit; }
    bool empty() const { return diagnostics_.empty(); }
    /// Everything reported, in order of place, with a last word when some were left out.
    std::vector<Diagnostic> take();

  private:
    static constexpr std::size_t limit = 100;
    SourcePtr source_;
    std::vector<Diagnostic> diagnostics_;
    Diagnostic dropped_;
    std::size_t dropped_count_ = 0;
};

/// Text of the user's in a message: in backquotes, shortened, on one line.
std::string shown_text(std::string_view text);

}  // namespace trama::lang
