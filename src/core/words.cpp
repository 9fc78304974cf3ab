#include "trama/core/words.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace trama::core {
namespace {

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

std::string nearest(std::string_view text, const std::vector<std::string>& names) {
    const std::string wanted = lower(std::string(text));
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

std::string counted(std::int64_t number, std::string_view noun) {
    return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

}  // namespace trama::core
