#include <filesystem>
#include <sstream>

#include "golden/golden.hpp"
#include "trama/lang/scheme.hpp"
#include "trama/learn/library.hpp"

// golden/check: what `check` finds, with the built-in functions. Options: `--set name=value`, `--max-actors
// N`,
// `--width N`.
// golden/show: the typed tree, or with `--algebra`, `--ascii`, `--json` the other notations.

namespace {

using namespace trama;

lang::CheckResult checked(const golden::Case& golden) {
    std::filesystem::current_path(golden.path.parent_path());  // paths in messages stay short
    learn::Library library;
    learn::add_builtins(library);
    // What this build runs does not matter here, but for the one block that the tests of T0902 use.
    for (const lang::Signature* signature : library.registry().all()) {
        if (signature->name != "exchange") library.registry().set_runs(signature->name);
    }
    library.registry().set_runs("feedback", {"checkpoint"});
    lang::CheckOptions options;
    options.probe_data = [&](const core::Call& call) { return library.probe_data(call); };
    options.probe_net = [&](const core::Call& call) { return library.probe_net(call); };
    for (const std::string& value : golden.values("--set")) {
        const std::size_t sign = value.find('=');
        options.set.emplace_back(value.substr(0, sign), value.substr(sign + 1));
    }
    for (const std::string& value : golden.values("--max-actors"))
        options.limits.max_actors = std::stoll(value);
    lang::CheckResult result = lang::check(golden.source(), library.registry(), options);
    // Signatures live as long as the library: what is printed later must not need them.
    if (!result.scheme) return result;
    std::ostringstream text;
    if (golden.path.parent_path().filename() == "show") {
        if (golden.has("--algebra")) {
            text << lang::print_algebra(*result.scheme, !golden.has("--ascii"));
        } else if (golden.has("--json")) {
            text << lang::print_json(*result.scheme);
        } else {
            text << lang::print_typed(*result.scheme);
        }
    } else {
        text << "scheme: " << lang::to_text(result.scheme->root->out) << "\n";
        for (const lang::Nondeterminism& one : result.scheme->nondeterminism) {
            const auto place = one.span.source->position(one.span.begin);
            text << "not deterministic: `" << one.block << "` at " << place.line << ":" << place.column << " "
                 << one.why << "\n";
        }
        if (result.scheme->nondeterminism.empty()) text << "deterministic\n";
    }
    result.scheme.emplace();
    result.scheme->canonical = text.str();
    return result;
}

std::string report(const golden::Case& golden) {
    const lang::CheckResult result = checked(golden);
    lang::RenderOptions options;
    for (const std::string& width : golden.values("--width"))
        options.width = std::stoul(width);
    std::string text = lang::render(result.diagnostics, options);
    if (result.scheme) text += (text.empty() ? "" : "\n") + result.scheme->canonical;
    return text;
}

TRAMA_GOLDEN(check, report);
TRAMA_GOLDEN(show, report);

}  // namespace
