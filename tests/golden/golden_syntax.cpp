#include "golden/golden.hpp"
#include "trama/lang/ast.hpp"

// golden/syntax: what `parse` reports. Options: `--ascii`, `--width N`, `--color`, `--json`.

namespace {

std::string parse_report(const trama::golden::Case& golden) {
    const trama::lang::ParseResult parsed = trama::lang::parse(golden.source());
    if (golden.has("--json")) return trama::lang::to_json(parsed.diagnostics);
    trama::lang::RenderOptions options;
    options.utf8 = !golden.has("--ascii");
    options.color = golden.has("--color");
    for (const std::string& width : golden.values("--width"))
        options.width = std::stoul(width);
    return trama::lang::render(parsed.diagnostics, options);
}

TRAMA_GOLDEN(syntax, parse_report);

}  // namespace
