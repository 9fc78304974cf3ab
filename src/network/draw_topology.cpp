#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "trama/core/elementary.hpp"
#include "trama/network/topology.hpp"

namespace trama::network {
namespace {

struct Point {
    double x, y;
};

constexpr double size = 520, margin = 60, title = 44;  // pixels

/// Rows and columns of a grid; 0: on a circle.
std::pair<std::int64_t, std::int64_t> grid_of(const core::Call& exchange) {
    const auto* topology = exchange.find("topology");
    const auto* call = topology != nullptr ? topology->call() : nullptr;
    if (call == nullptr || call->function != "torus") return {0, 0};
    const auto* rows = call->find("rows");
    const auto* columns = call->find("columns");
    if (rows == nullptr || columns == nullptr) return {0, 0};
    return {*rows->as<std::int64_t>(), *columns->as<std::int64_t>()};
}

class Drawing {
  public:
    Drawing(const Network& network, const Topology& topology, double top)
        : network_(network), topology_(topology), top_(top) {}

    std::string operator()() {
        place();
        const auto& block = network_.actors[topology_.streams.front()].block;
        out_ = fmt::format(
            "<text x=\"{0}\" y=\"{1:.0f}\">{2}</text>\n"
            "<text x=\"{0}\" y=\"{3:.0f}\" fill=\"#666\">{4}</text>\n",
            16, top_ + 22, escaped(shortened(core::to_text(*block))), top_ + 40, escaped(topology_.path));
        for (std::size_t i = 0; i < topology_.streams.size(); ++i)
            lines_to(i);
        for (std::size_t i = 0; i < points_.size(); ++i) {
            out_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"/>\n", points_[i].x,
                                points_[i].y, radius_);
            if (radius_ < 8) continue;
            out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                                points_[i].x, points_[i].y + 4, i);
        }
        return out_;
    }

  private:
    static std::string escaped(const std::string& text) {
        std::string out;
        for (const char c : text)
            out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
        return out;
    }

    /// What fits into a line.
    static std::string shortened(const std::string& text) {
        constexpr std::size_t letters = 72;
        return text.size() <= letters ? text : text.substr(0, letters) + "...";
    }

    void place() {
        const auto n = static_cast<std::int64_t>(topology_.streams.size());
        const auto [rows, columns] = grid_of(*network_.actors[topology_.streams.front()].block);
        const auto inner = size - 2 * margin;
        const Point middle{size / 2, top_ + title + size / 2};
        for (std::int64_t i = 0; i < n; ++i) {
            if (rows > 0) {
                step_ = inner / static_cast<double>(std::max<std::int64_t>({rows, columns, 2}) - 1);
                const auto row = i / columns;
                const auto column = i % columns;
                points_.push_back(
                    {middle.x + step_ * (static_cast<double>(column) - static_cast<double>(columns - 1) / 2),
                     middle.y + step_ * (static_cast<double>(row) - static_cast<double>(rows - 1) / 2)});
                continue;
            }
            const auto angle = 2 * 3.14159265358979 * static_cast<double>(i) / static_cast<double>(n);
            points_.push_back(
                {middle.x + inner / 2 * core::sin(angle), middle.y - inner / 2 * core::cos(angle)});
        }
        radius_ = std::clamp(inner * 1.2 / static_cast<double>(std::max<std::int64_t>(n, 2)), 2.0, 14.0);
    }

    void lines_to(std::size_t i) {
        const auto& actor = network_.actors[topology_.streams[i]];
        for (std::size_t port = 0; port < actor.senders.size(); ++port) {
            const auto j = static_cast<std::size_t>(actor.senders[port]);
            double weight = 0;
            for (const auto& round : actor.mixing)
                weight = std::max(weight, round.weights[port]);
            if (j == i || (!topology_.directed && j > i)) continue;  // one line for both ways
            line(j, i, weight);
        }
    }

    /// From one circle's rim to the other's. On a grid, and where both ways differ, it is a bow: so it does
    /// not hide behind others.
    void line(std::size_t from, std::size_t to, double weight) {
        const auto a = points_[from];
        const auto b = points_[to];
        const auto dx = b.x - a.x;
        const auto dy = b.y - a.y;
        const auto length = std::max(1.0, std::sqrt(dx * dx + dy * dy));
        const auto bow = topology_.directed ? 0.08 * length : step_ > 0 && length > 1.5 * step_ ? 26.0 : 0.0;
        const Point control{(a.x + b.x) / 2 - 2 * bow * dy / length, (a.y + b.y) / 2 + 2 * bow * dx / length};
        const auto rim = [&](Point end, double beyond) {
            const auto x = control.x - end.x;
            const auto y = control.y - end.y;
            const auto away = std::max(1.0, std::sqrt(x * x + y * y));
            return Point{end.x + x / away * (radius_ + beyond), end.y + y / away * (radius_ + beyond)};
        };
        const auto start = rim(a, 0);
        const auto end = rim(b, topology_.directed ? 4 : 0);
        const auto many = topology_.edges > 400 ? 0.3 : 1.0;
        out_ += fmt::format(
            "<path d=\"M{:.1f} {:.1f}Q{:.1f} {:.1f} {:.1f} {:.1f}\" stroke-width=\"{:.2f}\"{}/>\n", start.x,
            start.y, control.x, control.y, end.x, end.y, many * (0.6 + 5 * weight),
            topology_.directed ? " marker-end=\"url(#to)\"" : "");
    }

    const Network& network_;
    const Topology& topology_;
    double top_;
    std::vector<Point> points_;
    double radius_ = 0;
    double step_ = 0;  ///< of a grid
    std::string out_;
};

}  // namespace

std::string draw_topologies(const Network& network) {
    const auto all = topologies_of(network);
    std::string body;
    double top = 0;
    for (const auto& topology : all) {
        body += Drawing(network, topology, top)();
        top += title + size;
    }
    return fmt::format(
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 "
               "{0:.0f} {1:.0f}\" font-family=\"sans-serif\" font-size=\"12\">\n"
               "<style>path{{fill:none;stroke:#4a7aa8}}circle{{fill:#e8f0f8;stroke:#2b5278}}</style>\n"
               "<defs><marker id=\"to\" viewBox=\"0 0 8 8\" refX=\"5\" refY=\"4\" markerWidth=\"8\" "
               "markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
               "<polygon points=\"0,0 8,4 0,8\" fill=\"#2b5278\"/></marker></defs>\n"
               "<rect width=\"{0:.0f}\" height=\"{1:.0f}\" fill=\"white\"/>\n",
               size, std::max(top, title)) +
           body + "</svg>\n";
}

}  // namespace trama::network
