#include "trama/report/heat_map.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "trama/report/text.hpp"

namespace trama::report {
namespace {

constexpr double text_size = 12, letter = 7.0;  // pixels; the width of a letter is a mean
constexpr double margin = 16, widest = 1200, tallest = 620;
constexpr double title_space = 46, axis_space = 40;
constexpr std::size_t longest_name = 24;

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '&')
            out += "&amp;";
        else if (c == '"')
            out += "&quot;";
        else if (static_cast<unsigned char>(c) >= 0x20)
            out += c;
        else
            out += ' ';  // XML has no other control characters
    }
    return out;
}

std::string shortened(const std::string& name) {
    if (columns(name) <= longest_name) return name;
    std::size_t end = 0;
    for (std::size_t letters = 0; letters + 1 < longest_name; ++letters) {
        ++end;
        while (end < name.size() && (static_cast<unsigned char>(name[end]) & 0xc0U) == 0x80)
            ++end;
    }
    return name.substr(0, end) + "…";
}

struct Color {
    int red, green, blue;
};

/// From nearly white to dark blue: it prints in grey, and readers who see colours differently see it the
/// same.
Color color_of(double share) {
    constexpr std::array<Color, 5> stops{
        {{247, 251, 255}, {198, 219, 239}, {107, 174, 214}, {33, 113, 181}, {8, 48, 107}}};
    const double at = std::clamp(share, 0.0, 1.0) * (stops.size() - 1);
    const auto first = std::min(static_cast<std::size_t>(at), stops.size() - 2);
    const double rest = at - static_cast<double>(first);
    auto between = [&](int Color::* part) {
        return static_cast<int>(
            std::lround(stops[first].*part + rest * (stops[first + 1].*part - stops[first].*part)));
    };
    return {between(&Color::red), between(&Color::green), between(&Color::blue)};
}

std::string hex(const Color& color) {
    return fmt::format("#{:02x}{:02x}{:02x}", color.red, color.green, color.blue);
}

std::string text(double x, double y, std::string_view content, std::string_view anchor,
                 std::string_view more = {}) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}{}>{}</text>\n", x, y, anchor,
                       more.empty() ? "" : " ", more, escaped(content));
}

/// Every how many squares a name is written so that names are `space` apart at least.
std::size_t every(double square, double space) {
    std::size_t step = 1;
    for (const std::size_t factor : {1U, 2U, 5U}) {
        if (square * static_cast<double>(factor) >= space) return factor;
    }
    for (step = 10; square * static_cast<double>(step) < space; step *= 10) {
        if (square * static_cast<double>(step) * 2 >= space) return step * 2;
        if (square * static_cast<double>(step) * 5 >= space) return step * 5;
    }
    return step;
}

struct Layout {
    double left, width, height;  // of the squares
    double square_width, square_height;
    std::int64_t most = 0;

    explicit Layout(const HeatMap& map) {
        std::size_t letters = 1;
        for (const auto& row : map.rows)
            letters = std::max(letters, columns(shortened(row)));
        for (const auto& column : map.counts) {
            for (auto count : column)
                most = std::max(most, count);
        }
        left = margin + text_size + 14 + letter * static_cast<double>(letters);
        const auto across = static_cast<double>(std::max<std::size_t>(map.counts.size(), 1));
        const auto down = static_cast<double>(std::max<std::size_t>(map.rows.size(), 1));
        square_width = std::min(38.0, (widest - left - 90) / across);
        square_height = std::min(24.0, tallest / down);
        width = square_width * across;
        height = square_height * down;
    }
    double total_height() const { return title_space + height + axis_space; }
    double total_width(const HeatMap& map) const {
        const auto letters = std::max(columns(map.title) + 4, columns(map.subtitle));
        return std::max(left + width + 90, 2 * margin + letter * static_cast<double>(letters));
    }
};

std::string squares(const HeatMap& map, const Layout& at, double top) {
    std::string out;
    const bool gaps = at.square_width >= 6 && at.square_height >= 6;
    for (std::size_t column = 0; column < map.counts.size(); ++column) {
        for (std::size_t row = 0; row < map.rows.size(); ++row) {
            const auto count = map.counts[column][row];
            if (count == 0) continue;  // the ground shows
            const double share =
                static_cast<double>(count) / static_cast<double>(std::max<std::int64_t>(at.most, 1));
            const double x = at.left + at.square_width * static_cast<double>(column);
            const double y = top + at.square_height * static_cast<double>(row);
            out += fmt::format(
                "<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"{}\"/>\n", x, y,
                at.square_width - (gaps ? 1 : 0), at.square_height - (gaps ? 1 : 0),
                hex(color_of(0.08 + 0.92 * share)));
            const auto number = std::to_string(count);
            if (at.square_height < 13 || at.square_width < 6.2 * static_cast<double>(number.size()) + 4)
                continue;
            out += text(x + at.square_width / 2 - 0.5, y + at.square_height / 2 + 3.5, number, "middle",
                        share > 0.5 ? "font-size=\"10\" fill=\"#ffffff\"" : "font-size=\"10\"");
        }
    }
    return out;
}

std::string axes(const HeatMap& map, const Layout& at, double top) {
    std::string out;
    const auto row_step = every(at.square_height, text_size + 1);
    for (std::size_t row = 0; row < map.rows.size(); row += row_step) {
        out += text(at.left - 6, top + at.square_height * (static_cast<double>(row) + 0.5) + 4,
                    shortened(map.rows[row]), "end");
    }
    const auto digits = static_cast<double>(std::to_string(map.counts.size()).size());
    const auto column_step = every(at.square_width, letter * digits + 8);
    for (std::size_t column = 0; column < map.counts.size(); column += column_step) {
        out += text(at.left + at.square_width * (static_cast<double>(column) + 0.5),
                    top + at.height + text_size + 3, std::to_string(column), "middle");
    }
    out += text(at.left + at.width / 2, top + at.height + 2 * text_size + 8, map.column_label, "middle",
                "font-weight=\"bold\"");
    const double x = margin + text_size - 4, y = top + at.height / 2;
    out += text(x, y, map.row_label, "middle",
                fmt::format("font-weight=\"bold\" transform=\"rotate(-90 {:.1f} {:.1f})\"", x, y));
    return out;
}

/// A bar of the colours with the numbers of its ends.
std::string scale(const Layout& at, double top) {
    std::string out;
    const double x = at.left + at.width + 22, height = std::min(at.height, 160.0);
    constexpr int steps = 32;
    for (int i = 0; i < steps; ++i) {
        const double share = 1 - (i + 0.5) / steps;
        out +=
            fmt::format("<rect x=\"{:.1f}\" y=\"{:.2f}\" width=\"12\" height=\"{:.2f}\" fill=\"{}\"/>\n", x,
                        top + height * i / steps, height / steps + 0.3, hex(color_of(0.08 + 0.92 * share)));
    }
    return out + text(x + 17, top + 9, std::to_string(at.most), "start") +
           text(x + 17, top + height, "0", "start");
}

}  // namespace

std::string draw_svg(const std::vector<HeatMap>& maps) {
    double width = 0, height = margin;
    for (const auto& map : maps) {
        const Layout at(map);
        width = std::max(width, at.total_width(map));
        height += at.total_height() + margin;
    }
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 "
        "{0:.0f} "
        "{1:.0f}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"{2:.0f}\" fill=\"#1a1a1a\">\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        width, height, text_size);
    double top = margin;
    for (const auto& map : maps) {
        const Layout at(map);
        out += text(margin, top + 12, map.title, "start", "font-size=\"14\" font-weight=\"bold\"");
        out += text(margin, top + 30, map.subtitle, "start", "fill=\"#555555\"");
        const double squares_top = top + title_space;
        out += fmt::format(
            "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"#f4f4f4\"/>\n",
            at.left, squares_top, at.width, at.height);
        out += squares(map, at, squares_top) + axes(map, at, squares_top) + scale(at, squares_top);
        top += at.total_height() + margin;
    }
    return out + "</svg>\n";
}

}  // namespace trama::report
