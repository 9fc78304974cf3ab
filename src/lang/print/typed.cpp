#include <algorithm>

#include "lang/print/arguments.hpp"
#include "lang/signature/written.hpp"
#include "trama/lang/scheme.hpp"

namespace trama::lang {
namespace {

struct Line {
    std::string text;
    std::string type;  ///< empty for lines that only open or close
};

/// Columns of a text in UTF-8: code points.
std::size_t columns(const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

class Typed {
  public:
    explicit Typed(const Registry& registry) : registry_(registry) {}
    std::vector<Line> lines;

    void go(const Node& node, std::size_t depth) {
        const std::string indent(4 * depth, ' ');
        if (const auto* sequence = node.as<Sequence>()) {
            for (const NodePtr& stage : sequence->stages)
                go(*stage, depth);
        } else if (const auto* block = node.as<Block>()) {
            const std::string name = display_name(*block);
            std::string text =
                (name == block->signature->name ? "" : name + " = ") + call_text(*block, registry_);
            if (!block->body) {
                lines.push_back({indent + text, to_text(node.out)});
                return;
            }
            text += " {";
            if (block->loop == Block::Loop::asynchronous) {
                text += "  # asynchronous, " + std::to_string(block->inflight) + " in flight";
            }
            lines.push_back({indent + text, ""});
            go(*block->body, depth + 1);
            lines.push_back({indent + "}", to_text(node.out)});
        } else if (const auto* copies = node.as<Copies>()) {
            lines.push_back({indent + "[|", ""});
            for (std::size_t i = 0; i < copies->branches.size(); ++i) {
                if (i > 0) lines.push_back({indent + ",", ""});
                go(*copies->branches[i], depth + 1);
            }
            std::string close = "|]";
            if (!copies->side_by_side) {
                const std::string count = std::to_string(copies->count);
                close += copies->index.empty() ? "^" + count : "^(" + copies->index + ": " + count + ")";
            }
            lines.push_back({indent + close, to_text(node.out)});
        } else if (const auto* placed = node.as<Placed>()) {
            const std::size_t before = lines.size();
            go(*placed->inner, depth);
            if (lines.size() > before) lines.back().text += " @ " + written(placed->site, registry_, true);
        }
    }

  private:
    const Registry& registry_;
};

}  // namespace

std::string print_typed(const Scheme& scheme) {
    constexpr std::size_t widest = 72;  // texts that are longer push their type to the right
    Typed typed(*scheme.registry);
    typed.go(*scheme.root, 0);
    std::size_t width = 0;
    for (const Line& line : typed.lines) {
        if (!line.type.empty() && columns(line.text) <= widest) width = std::max(width, columns(line.text));
    }
    std::string text;
    for (const Line& line : typed.lines) {
        text += line.text;
        if (!line.type.empty()) {
            const std::size_t here = columns(line.text);
            text += std::string(here < width ? width - here : 0, ' ') + "  -> " + line.type;
        }
        text += "\n";
    }
    return text;
}

}  // namespace trama::lang
