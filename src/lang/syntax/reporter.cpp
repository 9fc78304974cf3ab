#include "lang/syntax/reporter.hpp"

#include <algorithm>
#include <utility>

#include "lang/syntax/utf8.hpp"

namespace trama::lang {

Diagnostic& Reporter::error(std::string_view code, std::size_t begin, std::size_t end, std::string message,
                            std::string hint) {
    const bool again = std::any_of(diagnostics_.begin(), diagnostics_.end(),
                                   [&](const Diagnostic& finding) { return finding.span.begin == begin; });
    if (!again && full()) ++dropped_count_;
    Diagnostic& place = again || full() ? dropped_ : diagnostics_.emplace_back();
    place = Diagnostic{};
    place.code = code;
    place.span = span(begin, end);
    place.message = std::move(message);
    place.hint = std::move(hint);
    return place;
}

void Reporter::hint_for(std::size_t begin, std::string hint) {
    const auto found = std::find_if(diagnostics_.rbegin(), diagnostics_.rend(),
                                    [&](const Diagnostic& finding) { return finding.span.begin == begin; });
    if (found != diagnostics_.rend()) found->hint = std::move(hint);
}

std::vector<Diagnostic> Reporter::take() {
    // Of findings at one place the one that came first stays first.
    std::stable_sort(diagnostics_.begin(), diagnostics_.end(),
                     [](const Diagnostic& a, const Diagnostic& b) { return a.span.begin < b.span.begin; });
    if (dropped_count_ > 0) {
        const std::size_t end = diagnostics_.back().span.end;
        diagnostics_.push_back({.code = "T0043",
                                .span = span(end, end),
                                .message = "too many syntax errors: only the first " + std::to_string(limit) +
                                           " found are shown",
                                .related = {},
                                .hint = "is this a Trama file?"});
    }
    return std::move(diagnostics_);
}

std::string shown_text(std::string_view text) {
    constexpr std::size_t most = 40;
    std::string out = "`";
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = decode(text, at);
        if (++count > most) {
            out += "...";
            break;
        }
        if (point.valid && !is_unsafe(point.code)) {
            out.append(text, at, point.size);
        } else {
            out += point.code == '\t' ? " " : "?";
        }
        at += point.size;
    }
    return out + "`";
}

}  // namespace trama::lang
