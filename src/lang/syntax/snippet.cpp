#include "lang/syntax/snippet.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace trama::lang {
namespace {

/// A mark on one line: bytes [begin, end) of the line.
struct Placed {
    const Mark* mark;
    std::size_t line;
    std::size_t begin;
    std::size_t end;
};

Placed place(const Mark& mark) {
    const Source& source = *mark.span.source;
    const std::string_view whole = source.text();
    const Source::Position position = source.position(mark.span.begin);
    const std::string_view line = source.line(position.line);
    const auto start = static_cast<std::size_t>(line.data() - whole.data());
    const auto in_line = [&](std::size_t offset) {
        return offset > start ? std::min(offset - start, line.size()) : 0;
    };
    const std::size_t begin = in_line(mark.span.begin);
    // A span over several lines is shown by its first.
    return {&mark, position.line, begin, std::max(begin, in_line(mark.span.end))};
}

class Renderer {
  public:
    Renderer(const std::vector<Mark>& marks, Severity severity, const RenderOptions& options)
        : severity_(severity), options_(options) {
        for (const Mark& mark : marks) {
            if (mark.span.source) marks_.push_back(place(mark));
        }
        for (const Placed& mark : marks_)
            digits_ = std::max(digits_, std::to_string(mark.line).size());
    }

    std::string run() {
        std::vector<const Source*> done;
        for (const Placed& mark : marks_) {
            const Source* source = mark.mark->span.source.get();
            if (std::find(done.begin(), done.end(), source) != done.end()) continue;
            show_source(*source, done.empty());
            done.push_back(source);
        }
        return std::move(out_);
    }

  private:
    void show_source(const Source& source, bool first) {
        std::vector<Placed> here;
        for (const Placed& mark : marks_) {
            if (mark.mark->span.source.get() == &source) here.push_back(mark);
        }
        const Source::Position at = source.position(here.front().mark->span.begin);
        out_ += std::string(digits_, ' ') + paint(first ? "-->" : ":::", frame_color, options_) + " " +
                shown_message(source.path(), options_.utf8) + ":" + std::to_string(at.line) + ":" +
                std::to_string(at.column) + "\n";
        std::sort(here.begin(), here.end(), [](const Placed& a, const Placed& b) {
            return std::tie(a.line, a.mark) < std::tie(b.line, b.mark);
        });
        for (auto begin = here.begin(); begin != here.end();) {
            const auto end =
                std::find_if(begin, here.end(), [&](const Placed& mark) { return mark.line != begin->line; });
            show_line(source, {begin, end});
            begin = end;
        }
    }

    void gutter(const std::string& number) {
        out_ += paint(std::string(digits_ - number.size(), ' ') + number + " |", frame_color, options_);
    }

    void show_line(const Source& source, std::vector<Placed> marks) {
        const std::string_view text = source.line(marks.front().line);
        const std::size_t columns = std::max<std::size_t>(options_.width, digits_ + 23) - digits_ - 3;
        std::sort(marks.begin(), marks.end(), [](const Placed& a, const Placed& b) {
            return std::tie(a.begin, a.mark) < std::tie(b.begin, b.mark);
        });
        const auto primary =
            std::find_if(marks.begin(), marks.end(), [](const Placed& m) { return m.mark->primary; });
        const Placed& focus = primary != marks.end() ? *primary : marks.front();
        const ShownLine shown(text, focus.begin, focus.end, columns, options_.utf8);
        gutter(std::to_string(focus.line));
        if (!shown.text().empty()) out_ += " " + shown.text();
        out_ += "\n";

        std::vector<Placed> visible;
        std::vector<Placed> elsewhere;
        for (const Placed& mark : marks) {
            const bool seen = mark.mark == focus.mark || shown.shows(mark.begin);
            (seen ? visible : elsewhere).push_back(mark);
        }
        if (fits_one_row(visible)) {
            row(visible, shown);
        } else {
            std::sort(visible.begin(), visible.end(), [](const Placed& a, const Placed& b) {
                return std::tie(b.mark->primary, a.begin, a.mark) <
                       std::tie(a.mark->primary, b.begin, b.mark);
            });
            for (const Placed& mark : visible)
                row({mark}, shown);
        }
        if (!elsewhere.empty()) show_line(source, std::move(elsewhere));
    }

    static bool fits_one_row(const std::vector<Placed>& marks) {
        for (std::size_t i = 0; i + 1 < marks.size(); ++i) {
            if (!marks[i].mark->label.empty() || marks[i].end >= marks[i + 1].begin) return false;
        }
        return true;
    }

    void row(const std::vector<Placed>& marks, const ShownLine& shown) {
        gutter("");
        std::size_t column = 0;
        out_ += " ";
        for (const Placed& mark : marks) {
            const std::size_t begin = shown.column(mark.begin);
            const std::size_t end = std::max(shown.column(mark.end), begin + 1);
            if (begin > column) out_.append(begin - column, ' ');
            const bool primary = mark.mark->primary;
            std::string line(end - begin, primary ? '^' : '-');
            if (!mark.mark->label.empty()) line += " " + shown_message(mark.mark->label, options_.utf8);
            out_ += paint(line, primary ? color_of(severity_) : frame_color, options_);
            column = end;
        }
        out_ += "\n";
    }

    Severity severity_;
    const RenderOptions& options_;
    std::vector<Placed> marks_;
    std::size_t digits_ = 1;
    std::string out_;
};

}  // namespace

std::string paint(std::string_view text, std::string_view code, const RenderOptions& options) {
    if (!options.color) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

std::string_view color_of(Severity severity) {
    switch (severity) {
        case Severity::error:
            return "1;31";
        case Severity::warning:
            return "1;33";
        default:
            return "1;36";
    }
}

std::string snippet(const std::vector<Mark>& marks, Severity severity, const RenderOptions& options) {
    return Renderer(marks, severity, options).run();
}

}  // namespace trama::lang
