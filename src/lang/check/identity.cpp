#include <map>
#include <tuple>

#include "lang/check/passes.hpp"

// Clients: which copies share a data set, and what every block is called (DESIGN §3, Identity).

namespace trama::lang {
namespace {

using Shape = std::vector<std::int64_t>;

/// The distributes around a block, outermost first.
struct Around {
    Shape shape;
    std::vector<Where> numbers;  ///< where the numbers of copies stand
};

/// Calls `visit(tree, block, around)` for every block in pre-order.
template <class Visit>
void blocks(Tree& tree, Around& around, const Visit& visit) {
    if (auto* block = tree.as<BlockTree>()) {
        visit(tree, *block, around);
        if (block->inner) blocks(*block->inner, around, visit);
        if (block->body) blocks(*block->body, around, visit);
    } else if (auto* sequence = tree.as<SequenceTree>()) {
        for (const TreePtr& stage : sequence->stages)
            blocks(*stage, around, visit);
    } else if (auto* copies = tree.as<CopiesTree>()) {
        around.shape.push_back(copies->count);
        around.numbers.push_back({copies->count_span, tree.where.expansion});
        for (const TreePtr& branch : copies->branches)
            blocks(*branch, around, visit);
        around.shape.pop_back();
        around.numbers.pop_back();
    } else if (auto* placed = tree.as<PlacedTree>()) {
        blocks(*placed->inner, around, visit);
    }
}

std::string text(const Shape& shape) {
    if (shape.empty()) return "one client";
    std::string product;
    for (const std::int64_t width : shape)
        product += (product.empty() ? "" : " × ") + std::to_string(width);
    return product + (product == "1" ? " client" : " clients");
}

}  // namespace

void check_parts(Tree& root, const Registry& registry, Findings& findings) {
    struct Cut {
        Shape shape;
        Where where;
    };
    std::map<std::string, Cut> cuts;
    Around around;
    blocks(root, around, [&](Tree& tree, BlockTree& block, const Around& here) {
        const core::Constant* part = block.call.find("part");
        if (!block.signature->identity || part == nullptr) return;
        if (block.was_given("parts")) return;
        const auto* word = part->as<core::Symbol>();
        if (word == nullptr || word->name != "own") return;
        for (const std::int64_t width : here.shape) {
            if (width == 0) return;
        }
        for (const core::Argument& argument : block.call.arguments) {
            const core::Call* call = argument.value.call();
            const Signature* signature = call == nullptr ? nullptr : registry.find(*call);
            if (signature == nullptr || signature->sort != "data") continue;
            const Where where = here.numbers.empty() ? function_place(tree, block) : here.numbers.back();
            // The copies of one function share the parts among them. Who says `part: own` where others take
            // it for granted may be other people: the test parts of eight need not be those that four train
            // on.
            const std::string set = core::to_text(*call);
            auto [cut, fresh] = cuts.emplace(set + " " + block.signature->name, Cut{here.shape, where});
            if ((fresh || cut->second.shape == here.shape) && !block.was_given("part"))
                std::tie(cut, fresh) = cuts.emplace(set, Cut{here.shape, where});
            if (fresh || cut->second.shape == here.shape) continue;
            const std::string data = call->name.empty() ? "this data set" : "`" + call->name + "`";
            auto& finding = findings.error("T0509", where,
                                           data + " is cut for " + text(here.shape) + " here, and for " +
                                               text(cut->second.shape) + " elsewhere",
                                           "use the same copies, or say with `parts:` how many parts there "
                                           "are, or with `part: all` that "
                                           "each has all samples");
            finding.related.push_back({cut->second.where.span, text(cut->second.shape)});
        }
    });
}

void name_blocks(Tree& root) {
    std::map<std::string, std::int64_t> ordinals;
    std::map<std::string, std::vector<Shape>> uses;
    Around around;
    blocks(root, around, [&](Tree&, BlockTree& block, const Around& here) {
        if (block.name.empty()) {
            const std::string& kind = block.signature->name;
            block.name = kind + "." + std::to_string(++ordinals[kind]);
            return;
        }
        auto& shapes = uses[block.name];
        std::size_t use = 0;
        while (use < shapes.size() && shapes[use] != here.shape)
            ++use;
        if (use == shapes.size()) shapes.push_back(here.shape);
        block.occurrence = static_cast<std::int64_t>(use);
    });
}

}  // namespace trama::lang
