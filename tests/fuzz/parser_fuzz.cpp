#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "../support/same_tree.hpp"
#include "require.hpp"
#include "trama/lang/ast.hpp"

// Any bytes parse, and what is reported renders; what parses without errors formats, to the same tree and
// comments, and formatting again changes nothing.

namespace {

using namespace trama;
using fuzz::require;

lang::SourcePtr source(std::string text) {
    return std::make_shared<const lang::Source>("fuzz.trama", std::move(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const lang::ParseResult parsed = lang::parse(source(text));
    const std::string report =
        lang::render(parsed.diagnostics, {.color = false, .utf8 = size % 2 == 0, .width = 60});
    require(report.empty() == parsed.diagnostics.empty(), "a report without findings, or the other way round",
            text);
    lang::to_json(parsed.diagnostics);
    for (const lang::Diagnostic& finding : parsed.diagnostics) {
        require(finding.span.begin <= finding.span.end && finding.span.end <= size,
                "a span outside of the text", text);
    }
    lang::parse_expression(source(text));
    if (!parsed.diagnostics.empty()) return 0;

    const std::string formatted = lang::format(parsed.file);
    const lang::ParseResult again = lang::parse(source(formatted));
    require(again.diagnostics.empty(), "formatting makes errors", formatted);
    require(test::same(parsed.file, again.file), "formatting changes the tree", formatted);
    require(parsed.file.comments.size() == again.file.comments.size(), "formatting loses comments",
            formatted);
    require(lang::format(again.file) == formatted, "formatting again changes the text", formatted);
    return 0;
}
