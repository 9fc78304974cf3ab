#include "trama/lang/diagnostic.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "lang/explanations.hpp"

namespace trama::lang {
namespace {

using Json = nlohmann::ordered_json;

/// Where a span lies: file, line, column, end. A span that is nowhere gives nulls.
void put_place(Json& json, const Span& span) {
    if (!span.source) {
        json["file"] = json["line"] = json["column"] = json["end"] = nullptr;
        return;
    }
    const Source::Position begin = span.source->position(span.begin);
    const Source::Position end = span.source->position(span.end);
    json["file"] = span.source->path();
    json["line"] = begin.line;
    json["column"] = begin.column;
    json["end"] = {{"line", end.line}, {"column", end.column}};
}

}  // namespace

std::string_view to_text(Severity severity) {
    switch (severity) {
        case Severity::error:
            return "error";
        case Severity::warning:
            return "warning";
        default:
            return "note";
    }
}

const std::vector<Explanation>& explanations() {
    static const std::vector<Explanation> all = [] {
        std::vector<Explanation> joined = syntax_explanations();
        std::vector<Explanation> checks = check_explanations();
        for (Explanation& explanation : checks)
            joined.push_back(std::move(explanation));
        return joined;
    }();
    return all;
}

const Explanation* explain(std::string_view code) {
    for (const Explanation& explanation : explanations()) {
        if (explanation.code == code) return &explanation;
    }
    return nullptr;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
    return std::any_of(diagnostics.begin(), diagnostics.end(),
                       [](const Diagnostic& finding) { return finding.severity == Severity::error; });
}

std::string to_json(const std::vector<Diagnostic>& diagnostics) {
    Json all = Json::array();
    for (const Diagnostic& finding : diagnostics) {
        Json json;
        json["code"] = finding.code;
        json["severity"] = to_text(finding.severity);
        put_place(json, finding.span);
        json["message"] = finding.message;
        json["hint"] = finding.hint.empty() ? Json(nullptr) : Json(finding.hint);
        json["related"] = Json::array();
        for (const Related& related : finding.related) {
            Json place;
            put_place(place, related.span);
            place["message"] = related.message;
            json["related"].push_back(std::move(place));
        }
        all.push_back(std::move(json));
    }
    return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace trama::lang
