#include <algorithm>
#include <cstdio>
#include <utility>

#include "lang/syntax/snippet.hpp"
#include "lang/syntax/utf8.hpp"

namespace trama::lang {
namespace {

constexpr std::size_t tab_width = 4;

std::string escaped(char32_t code) {
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, "\\u{%x}", static_cast<unsigned>(code));
    return buffer;
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// Plain letters for signs that messages use.
std::string_view transliterated(char32_t code) {
    switch (code) {
        case 0x2013:
        case 0x2014:
        case 0x2212:
            return "-";
        case 0x2018:
        case 0x2019:
            return "'";
        case 0x201C:
        case 0x201D:
            return "\"";
        case 0x2026:
            return "...";
        case 0x2190:
            return "<-";
        case 0x2192:
            return "->";
        case 0x2264:
            return "<=";
        case 0x2265:
            return ">=";
        case 0xD7:
            return "x";
        default:
            return {};
    }
}

}  // namespace

std::string shown(std::string_view text, std::size_t at, bool utf8) {
    const CodePoint point = decode(text, at);
    if (!point.valid) {
        char buffer[8];
        std::snprintf(buffer, sizeof buffer, "\\x%02x", static_cast<unsigned char>(text[at]));
        return buffer;
    }
    if (is_unsafe(point.code) || (!utf8 && point.code >= 0x80)) return escaped(point.code);
    return std::string(text.substr(at, point.size));
}

std::string shown_message(std::string_view text, bool utf8) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = decode(text, at);
        if (point.code == '\n') {
            out += '\n';
        } else if (!utf8 && point.valid && !transliterated(point.code).empty()) {
            out += transliterated(point.code);
        } else {
            out += shown(text, at, utf8);
        }
        at += point.size;
    }
    return out;
}

std::size_t shown_width(std::string_view text) {
    std::size_t width = 0;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = decode(text, at);
        width += display_width(point.code);
        at += point.size;
    }
    return width;
}

ShownLine::ShownLine(std::string_view line, std::size_t from, std::size_t to, std::size_t columns,
                     bool utf8) {
    const std::string ellipsis = utf8 ? "…" : "...";
    from = std::min(from, line.size());
    to = std::clamp(to, from, line.size());
    while (from > 0 && from < line.size() && is_continuation(line[from]))
        --from;
    // Of a huge line only the surroundings are looked at.
    const std::size_t reach = 8 * columns + 64;
    std::size_t begin = from > reach ? from - reach : 0;
    std::size_t end = std::min(line.size(), from + reach);
    while (begin > 0 && is_continuation(line[begin]))
        --begin;
    while (end < line.size() && is_continuation(line[end]))
        ++end;

    struct Cell {
        std::size_t byte;
        std::string text;
        std::size_t width;
    };
    std::vector<Cell> cells;
    std::size_t total = 0;
    for (std::size_t at = begin; at < end;) {
        Cell cell{at, {}, 0};
        if (line[at] == '\t') {
            cell.width = tab_width - total % tab_width;
            cell.text.assign(cell.width, ' ');
        } else {
            cell.text = shown(line, at, utf8);
            cell.width = shown_width(cell.text);
        }
        total += cell.width;
        at += decode(line, at).size;
        cells.push_back(std::move(cell));
    }

    // The window of cells: all, or as much as fits with `from` inside and, if possible, all up to `to`.
    std::size_t first = 0;
    std::size_t last = cells.size();
    if (total > columns || begin > 0 || end < line.size()) {
        const std::size_t room =
            columns > 2 * shown_width(ellipsis) + 8 ? columns - 2 * shown_width(ellipsis) : 8;
        const auto index_of = [&](std::size_t byte) {
            return static_cast<std::size_t>(
                std::lower_bound(cells.begin(), cells.end(), byte,
                                 [](const Cell& cell, std::size_t b) { return cell.byte < b; }) -
                cells.begin());
        };
        const std::size_t focus = index_of(from);
        const std::size_t focus_end = index_of(to);
        std::size_t used = 0;
        first = last = focus;
        // First the marked text, then its surroundings on both sides in turn.
        while (last < focus_end && used + cells[last].width <= room)
            used += cells[last++].width;
        bool grows = true;
        while (grows) {
            grows = false;
            if (first > 0 && used + cells[first - 1].width <= room) {
                used += cells[--first].width;
                grows = true;
            }
            if (last < cells.size() && used + cells[last].width <= room) {
                used += cells[last++].width;
                grows = true;
            }
        }
    }
    const bool cut_before = first > 0 || begin > 0;
    const bool cut_after = last < cells.size() || end < line.size();
    std::size_t column = 0;
    if (cut_before) {
        text_ = ellipsis;
        column = shown_width(ellipsis);
    }
    first_byte_ = first < cells.size() ? cells[first].byte : end;
    last_byte_ = last < cells.size() ? cells[last].byte : end;
    columns_.assign(last_byte_ - first_byte_ + 1, column);
    for (std::size_t i = first; i < last; ++i) {
        text_ += cells[i].text;
        const std::size_t next = i + 1 < cells.size() ? cells[i + 1].byte : end;
        // A byte inside of a code point counts as its beginning.
        for (std::size_t byte = cells[i].byte; byte < next; ++byte)
            columns_[byte - first_byte_] = column;
        column += cells[i].width;
    }
    columns_.back() = column;
    if (cut_after) text_ += ellipsis;
}

std::size_t ShownLine::column(std::size_t byte) const {
    return columns_[std::clamp(byte, first_byte_, last_byte_) - first_byte_];
}

}  // namespace trama::lang
