#include <algorithm>
#include <array>

#include "lang/syntax/snippet.hpp"
#include "trama/core/words.hpp"
#include "trama/lang/diagnostic.hpp"

// How findings look:
//
//   error[T0021]: `)` is missing, which closes `(`
//    --> star.trama:2:22
//   2 | data = mnist(dir: "a"
//     |             -        ^
//   hint: ...

namespace trama::lang {
namespace {

/// Text of several lines: those after the first stand under its beginning.
std::string indented(const std::string& text, std::size_t columns) {
    std::string out;
    for (const char c : text) {
        out += c;
        if (c == '\n') out.append(columns, ' ');
    }
    return out;
}

}  // namespace

std::string render(const Diagnostic& diagnostic, const RenderOptions& options) {
    std::string title(to_text(diagnostic.severity));
    if (!diagnostic.code.empty()) title += "[" + diagnostic.code + "]";
    const std::string message = indented(shown_message(diagnostic.message, options.utf8), title.size() + 2);
    std::string out =
        paint(title, color_of(diagnostic.severity), options) + paint(": " + message, "1", options) + "\n";

    std::vector<Mark> marks;
    if (diagnostic.span.source) marks.push_back({diagnostic.span, "", true});
    for (const Related& related : diagnostic.related) {
        if (related.span.source) marks.push_back({related.span, related.message, false});
    }
    out += snippet(marks, diagnostic.severity, options);
    for (const Related& related : diagnostic.related) {  // what has no place is said all the same
        if (!related.span.source)
            out +=
                paint("note", "1;36", options) + ": " + shown_message(related.message, options.utf8) + "\n";
    }
    if (!diagnostic.hint.empty()) {
        out += paint("hint", "1;36", options) + ": " +
               indented(shown_message(diagnostic.hint, options.utf8), 6) + "\n";
    }
    return out;
}

std::string render(const std::vector<Diagnostic>& diagnostics, const RenderOptions& options) {
    std::string out;
    std::array<std::size_t, 3> counts{};
    for (const Diagnostic& finding : diagnostics) {
        out += render(finding, options) + "\n";
        ++counts[static_cast<std::size_t>(finding.severity)];
    }
    std::string total;
    for (const Severity severity : {Severity::error, Severity::warning, Severity::note}) {
        const std::size_t count = counts[static_cast<std::size_t>(severity)];
        if (count > 0)
            total += (total.empty() ? "" : ", ") +
                     core::counted(static_cast<std::int64_t>(count), to_text(severity));
    }
    return total.empty() ? out : out + total + "\n";
}

}  // namespace trama::lang
