#include "lang/check/findings.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>
#include <utility>

namespace trama::lang {
namespace {

constexpr std::size_t most_expansions = 3;  // shown: the innermost ones

}  // namespace

Diagnostic& Findings::add(Severity severity, std::string code, const Where& where, std::string message,
                          std::string hint) {
    if (severity == Severity::error) ++errors_;
    const bool known = !seen_.emplace(code, where.span.source.get(), where.span.begin, where.span.end).second;
    if (silent_ > 0 && !known) seen_.erase({code, where.span.source.get(), where.span.begin, where.span.end});
    Diagnostic& place = known || silent_ > 0 ? dropped_ : all_.emplace_back();
    place = Diagnostic{};
    place.code = std::move(code);
    place.severity = severity;
    place.span = where.span;
    place.message = std::move(message) + suffix;
    place.hint = std::move(hint);
    std::size_t shown = 0;
    for (const Expansion* at = where.expansion.get(); at != nullptr && shown < most_expansions;
         at = at->outer.get(), ++shown) {
        place.related.push_back({at->call, "`" + at->name + "` is expanded here"});
    }
    return place;
}

void Findings::take(std::vector<Diagnostic> diagnostics) {
    for (Diagnostic& diagnostic : diagnostics) {
        if (diagnostic.severity == Severity::error) ++errors_;
        all_.push_back(std::move(diagnostic));
    }
}

std::vector<Diagnostic> Findings::finish(const SourcePtr& root) && {
    std::map<const Source*, std::size_t> order{{root.get(), 0}};
    for (const Diagnostic& diagnostic : all_)
        order.emplace(diagnostic.span.source.get(), order.size());
    std::ranges::stable_sort(all_, {}, [&](const Diagnostic& diagnostic) {
        return std::tuple(order.at(diagnostic.span.source.get()), diagnostic.span.begin, diagnostic.severity);
    });
    return std::move(all_);
}

std::string did_you_mean(const std::string& text, const std::vector<std::string>& names) {
    const std::string best = core::nearest(text, names);
    return best.empty() ? std::string() : "did you mean `" + best + "`?";
}

std::string alternatives(const std::vector<std::string>& names, const std::string& word) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) text += i + 1 < names.size() ? ", " : " " + word + " ";
        text += "`" + names[i] + "`";
    }
    return text;
}

}  // namespace trama::lang
