#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trama/lang/source.hpp"

namespace trama::lang {

enum class Severity { error, warning, note };
std::string_view to_text(Severity severity);

/// A second place that explains a finding: the other width of a clash, the definition a call comes from.
struct Related {
    Span span;
    std::string message;
};

struct Diagnostic {
    std::string code;  ///< "T0203": letter T and four digits, documented in the catalogue (`trama explain`)
    Severity severity = Severity::error;
    Span span;
    std::string message;  ///< lower case, no full stop, names the actual values
    std::vector<Related> related;
    std::string hint;   ///< may be empty
    bool data = false;  ///< about files or data rather than the scheme: exit 4 rather than 3
};

/// What `trama explain CODE` says.
struct Explanation {
    std::string code;
    std::string title;
    std::string text;     ///< a few sentences: why it is wrong and how to mend it
    std::string example;  ///< a scheme that is wrong in this way
    std::string mended;   ///< the same, right
};

const std::vector<Explanation>& explanations();  ///< every code there is, in order
const Explanation* explain(std::string_view code);

/// How diagnostics look; the one place that renders them.
struct RenderOptions {
    bool color = false;
    bool utf8 = true;
    std::size_t width = 100;  ///< longer source lines are cut around the caret
};
std::string render(const Diagnostic& diagnostic, const RenderOptions& options = {});
std::string render(const std::vector<Diagnostic>& diagnostics,
                   const RenderOptions& options = {});  ///< with a closing count
/// A JSON array for editors: code, severity, file, line, column, end, message, hint, related (all from 1).
std::string to_json(const std::vector<Diagnostic>& diagnostics);

bool has_errors(const std::vector<Diagnostic>& diagnostics);

}  // namespace trama::lang
