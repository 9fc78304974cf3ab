#include "trama/report/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace trama::report {
namespace {

bool starts_code_point(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 22> spellings{{
    {"◁", "<|"},   {"▷", "|>"},  {"•", "*"},    {"←", "<-"}, {"→", "->"}, {"²", "^2"},
    {"ⁿ", "^n"},   {"×", "x"},   {"≥", ">="},   {"≤", "<="}, {"≠", "!="}, {"·", "*"},
    {"–", "-"},    {"—", "-"},   {"’", "'"},    {"“", "\""}, {"”", "\""}, {"…", "..."},
    {"∇", "grad"}, {"Σ", "sum"}, {"√", "sqrt"}, {"±", "+-"},
}};

}  // namespace

std::size_t columns(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_code_point));
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
    const std::string margin(indent, ' ');
    std::string out;
    std::size_t used = indent;
    bool line_start = true;
    std::size_t at = 0;
    while (at < text.size()) {
        if (text[at] == '\n') {
            out += '\n';
            line_start = true;
            used = indent;
            ++at;
            if (at < text.size() && text[at] != '\n') out += margin;
            continue;
        }
        if (text[at] == ' ') {
            ++at;
            continue;
        }
        const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
        const std::string_view word = text.substr(at, end - at);
        const std::size_t size = columns(word);
        if (!line_start && used + 1 + size > width) {
            out.append("\n").append(margin);
            used = indent;
            line_start = true;
        }
        if (!line_start) {
            out += ' ';
            ++used;
        }
        out += word;
        used += size;
        line_start = false;
        at = end;
    }
    return out;
}

std::string to_ascii(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (static_cast<unsigned char>(text[at]) < 0x80U) {
            out += text[at++];
            continue;
        }
        std::size_t end = at + 1;
        while (end < text.size() && !starts_code_point(text[end]))
            ++end;
        const std::string_view sign = text.substr(at, end - at);
        const auto* known = std::find_if(spellings.begin(), spellings.end(),
                                         [&](const auto& entry) { return entry.first == sign; });
        out += known == spellings.end() ? std::string_view("?") : known->second;
        at = end;
    }
    return out;
}

std::string table(const std::vector<std::vector<std::string>>& rows, std::size_t width, std::size_t indent) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        if (widths.size() < row.size()) widths.resize(row.size());
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], columns(row[i]));
    }
    std::string out;
    for (const auto& row : rows) {
        std::string line(indent, ' ');
        std::size_t column = indent;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const bool last = i + 1 == widths.size();
            // A last column that would be too narrow to read is not broken.
            const bool broken = last && column + 20 <= width;
            line += broken ? wrap(row[i], width, column) : row[i];
            if (!last) line.append(widths[i] - columns(row[i]) + 2, ' ');
            column += widths[i] + 2;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line;
        out += '\n';
    }
    return out;
}

}  // namespace trama::report
