// Any text checks: findings or a scheme. Findings render; a scheme prints in every notation, expands to a
// sound network (expand verifies each pass) that prints too, and is the same scheme after formatting.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "require.hpp"
#include "trama/lang/ast.hpp"
#include "trama/lang/scheme.hpp"
#include "trama/learn/library.hpp"
#include "trama/network/network.hpp"

namespace {

using namespace trama;

const learn::Library& library() {
    static const learn::Library& all = [&]() -> const learn::Library& {
        static learn::Library made;
        learn::add_builtins(made);
        return made;
    }();
    return all;
}

lang::SourcePtr source(std::string path, std::string text) {
    return std::make_shared<const lang::Source>(std::move(path), std::move(text));
}

/// Small, and without files: every import finds the same text.
lang::CheckOptions options() {
    lang::CheckOptions options;
    options.limits.max_actors = 500;
    options.expanded_nodes = 2'000;
    options.check_files = false;
    options.probe_data = [](const core::Call&) -> core::Result<lang::ShapeFacts> {
        return lang::ShapeFacts{{64}, 10, 1437};
    };
    options.probe_net = [](const core::Call& call) { return library().probe_net(call); };
    options.read = [](const std::string& path) -> core::Result<lang::SourcePtr> {
        return source(path,
                      "rate = 0.1\nnet = mlp(64, 10)\ndef star(block, n) = broadcast >> [| block |]^n\n");
    };
    return options;
}

void require_sound(const lang::CheckResult& checked, const std::string& text) {
    bool errors = false;
    for (const lang::Diagnostic& finding : checked.diagnostics) {
        errors = errors || finding.severity == lang::Severity::error;
        const lang::Span& span = finding.span;
        fuzz::require(!span.source || (span.begin <= span.end && span.end <= span.source->text().size()),
                      "a span outside of the text", text);
    }
    fuzz::require(errors != checked.scheme.has_value(), "neither an error nor a scheme, or both", text);
    lang::render(checked.diagnostics, {.color = false, .utf8 = true, .width = 60});
    fuzz::require(nlohmann::json::accept(lang::to_json(checked.diagnostics)), "findings that are no JSON",
                  text);
}

void require_prints(const lang::Scheme& scheme, const std::string& text) {
    lang::print_typed(scheme);
    lang::print_algebra(scheme, true);
    lang::print_algebra(scheme, false);
    fuzz::require(nlohmann::json::accept(lang::print_json(scheme)), "a scheme that is no JSON", text);
    // Graphs in files are read when the scheme expands.
    if (text.find("edges") != std::string::npos || text.find("matrix") != std::string::npos) return;
    const auto network = network::expand(scheme, {.max_actors = 500});
    if (!network) {
        fuzz::require(!network.error().message.empty(), "an error without words", text);
        return;
    }
    network::print_text(*network);
    network::print_dot(*network, {.unfold = text.size() % 2 == 0});
    fuzz::require(nlohmann::json::accept(network::print_json(*network)), "a network that is no JSON", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const lang::CheckOptions with = options();
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto written = source("fuzz.trama", text);
    const lang::CheckResult checked = lang::check(written, library().registry(), with);
    require_sound(checked, text);
    if (!checked.scheme) return 0;
    require_prints(*checked.scheme, text);

    const std::string formatted = lang::format(lang::parse(written).file);
    const auto again = lang::check(source("fuzz.trama", formatted), library().registry(), with);
    fuzz::require(again.scheme && again.scheme->canonical == checked.scheme->canonical,
                  "formatting changes the scheme", formatted);
    return 0;
}
