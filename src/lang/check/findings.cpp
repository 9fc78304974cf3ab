#include "lang/check/findings.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>
#include <utility>

namespace trama::lang {
namespace {

constexpr std::size_t most_expansions = 3;  // shown: the innermost ones

std::string lower(std::string text) {
    for (char& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

/// Optimal string alignment: insertions, deletions, changes, and swaps of neighbours, one each.
std::size_t distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before = std::exchange(last, row);
    }
    return last[b.size()];
}

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

std::string nearest(const std::string& text, const std::vector<std::string>& names) {
    const std::string wanted = lower(text);
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(1, text.size() / 3) + 1;
    if (text.size() == 1) best_distance = 1;  // any other letter would do
    for (const std::string& name : names) {
        if (name == text || name.size() > text.size() + best_distance ||
            text.size() > name.size() + best_distance) {
            continue;
        }
        const std::size_t d = distance(wanted, lower(name));
        if (d < best_distance || (d == best_distance && !best.empty() && name < best)) {
            best = name;
            best_distance = d;
        }
    }
    return best;
}

std::string did_you_mean(const std::string& text, const std::vector<std::string>& names) {
    const std::string best = nearest(text, names);
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

std::string counted(std::int64_t number, const std::string& noun) {
    return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

}  // namespace trama::lang
