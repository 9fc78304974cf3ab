#include "lang/check/draw.hpp"

namespace trama::lang {
namespace {

constexpr const char* arrow = " -> ";

class Drawing {
  public:
    explicit Drawing(const std::map<const Tree*, std::string>& remarks) : remarks_(remarks) {}

    std::string of(Tree& tree) const {
        std::string text = plain(tree);
        const auto remark = remarks_.find(&tree);
        return remark == remarks_.end() ? text : text + " (" + remark->second + ")";
    }

  private:
    std::string plain(Tree& tree) const {
        if (auto* block = tree.as<BlockTree>()) {
            // A part of a named pipe has that name with its kind: the kind alone says more.
            const bool named = !block->name.empty() && block->name.find('.') == std::string::npos;
            std::string name = named ? block->name : block->signature->name;
            if (!block->body) return name;
            return name + (shown(*block->body) ? " { " + of(*block->body) + " }" : "");
        }
        if (auto* sequence = tree.as<SequenceTree>()) return pipe(*sequence);
        if (auto* placed = tree.as<PlacedTree>()) return of(*placed->inner);
        auto* copies = tree.as<CopiesTree>();
        if (copies == nullptr) return "...";
        std::string text;
        for (const TreePtr& branch : copies->branches)
            text += (text.empty() ? "" : " | ") + of(*branch);
        if (copies->side_by_side) return "[" + text + "]";
        const bool one = text.find(' ') == std::string::npos;
        return (one ? text : "(" + text + ")") + " x" +
               (copies->count == 0 ? "n" : std::to_string(copies->count));
    }

    std::string pipe(const SequenceTree& sequence) const {
        const auto& stages = sequence.stages;
        const auto dull = [&](std::size_t i) {
            const auto* block = stages[i]->as<BlockTree>();
            return block != nullptr && block->signature->expands_to.empty() && !shown(*stages[i]);
        };
        std::string text;
        for (std::size_t i = 0; i < stages.size();) {
            std::size_t end = i;
            while (end < stages.size() && dull(end))
                ++end;
            text += (text.empty() ? "" : arrow) + of(*stages[i]);
            if (end > i + 3) {
                text += std::string(arrow) + "...";
                i = end - 1;
            } else {
                ++i;
            }
        }
        return text;
    }

    /// Something in it has a remark.
    bool shown(Tree& tree) const {
        bool found = false;
        walk(tree, [&](Tree& at) { found = found || remarks_.contains(&at); });
        return found;
    }

    const std::map<const Tree*, std::string>& remarks_;
};

}  // namespace

std::string draw(Tree& body, const std::map<const Tree*, std::string>& remarks) {
    return Drawing(remarks).of(body);
}

}  // namespace trama::lang
