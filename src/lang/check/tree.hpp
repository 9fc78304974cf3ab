#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "lang/check/place.hpp"
#include "trama/lang/scheme.hpp"

/// The tree that the checker's passes work on: names are resolved and arguments evaluated; each pass adds
/// what it finds out. `finish` makes a lang::Scheme of it.
namespace trama::lang {

struct Tree;
using TreePtr = std::shared_ptr<Tree>;

/// A mistake stands here and has been reported: nothing is known, nothing more is said.
struct Broken {};

struct BlockTree {
    const Signature* signature = nullptr;
    core::Call call;
    std::vector<PerCopy> per_copy;
    std::vector<core::Argument> samples;              ///< per-copy arguments as they are for the first copy
    std::map<std::string, Where, std::less<>> given;  ///< arguments that were written, and where
    Span function;                                    ///< its name in the text
    TreePtr body;
    TreePtr inner;

    // By naming: the user's name where the block itself was given one. A block that is a part of a named
    // value has `value.kind.ordinal` from the start.
    std::string name;
    std::int64_t occurrence = 0;
    // By the rates.
    Block::Loop loop = Block::Loop::none;
    std::int64_t inflight = 0;

    /// The argument, that of the first copy where it depends on the copy; null when it has none.
    const core::Constant* find(std::string_view parameter) const;
    bool was_given(std::string_view parameter) const { return given.find(parameter) != given.end(); }
};

struct SequenceTree {
    std::vector<TreePtr> stages;
};

struct CopiesTree {
    std::vector<TreePtr> branches;
    std::int64_t count = 0;  ///< 0: not known, reported
    bool side_by_side = false;
    std::string index;
    Span count_span;  ///< the number, or the brackets of programs side by side
};

struct PlacedTree {
    TreePtr inner;
    core::Constant site;
};

struct Tree {
    std::variant<Broken, BlockTree, SequenceTree, CopiesTree, PlacedTree> node;
    Where where;
    // By inference. A payload "?" or a width 0 is unknown (reported).
    Type in;
    Type out;

    template <class T>
    T* as() {
        return std::get_if<T>(&node);
    }
};

/// Calls `visit` for the tree and everything in it, bodies and inner functions too, in pre-order.
template <class Visit>
void walk(Tree& tree, const Visit& visit) {
    visit(tree);
    if (auto* block = tree.as<BlockTree>()) {
        if (block->inner) walk(*block->inner, visit);
        if (block->body) walk(*block->body, visit);
    } else if (auto* sequence = tree.as<SequenceTree>()) {
        for (const TreePtr& stage : sequence->stages)
            walk(*stage, visit);
    } else if (auto* copies = tree.as<CopiesTree>()) {
        for (const TreePtr& branch : copies->branches)
            walk(*branch, visit);
    } else if (auto* placed = tree.as<PlacedTree>()) {
        walk(*placed->inner, visit);
    }
}

/// True when the block has that argument: `pair` is "parameter=value", or "parameter" for any value.
bool has_argument(const BlockTree& block, std::string_view pair);
/// One of the pairs holds.
bool has_any(const BlockTree& block, const std::vector<std::string>& pairs);

}  // namespace trama::lang
