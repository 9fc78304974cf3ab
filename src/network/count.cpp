#include <algorithm>
#include <limits>

#include "network/passes.hpp"

namespace trama::network {
namespace {

constexpr auto most = std::numeric_limits<std::int64_t>::max();

std::int64_t plus(std::int64_t a, std::int64_t b) {
    return a > most - b ? most : a + b;
}

std::int64_t times(std::int64_t a, std::int64_t b) {
    return a != 0 && b > most / a ? most : a * b;
}

/// Nodes of a k-ary tree down to n streams.
std::int64_t nodes_down(std::int64_t n, std::int64_t arity) {
    std::int64_t below = 1;
    while (times(below, arity) < n)
        below *= arity;
    if (below == 1) return 1;
    const auto rest = n % below;
    return plus(1, plus(times(n / below, nodes_down(below, arity)), rest > 1 ? nodes_down(rest, arity) : 0));
}

std::int64_t count_block(const lang::Block& block, const lang::Node& node) {
    const auto& kind = block.signature->expands_to;
    const auto in = streams_of(node.in);
    if (block.signature->loop) {
        return plus(
            plus(in, needs_control(block.call, block.loop == lang::Block::Loop::asynchronous) ? 1 : 0),
            count_actors(*block.body));
    }
    if (kind == "together") return 3;
    if (kind == "tap") return plus(2, count_actors(*block.body));
    if (kind == "par") return count_actors(*block.inner);
    if (kind == "exchange") return times(2, in);
    if (kind == "reduce") return plus(1, inner_nodes(in, arity_of(&block.call)));
    if (kind == "spread") {
        return times(nodes_down(streams_of(node.out), arity_of(&block.call)),
                     plus(1, count_actors(*block.inner)));
    }
    return 1;
}

}  // namespace

std::int64_t count_actors(const lang::Node& node) {
    std::int64_t count = 0;
    if (const auto* sequence = node.as<lang::Sequence>()) {
        for (const auto& stage : sequence->stages)
            count = plus(count, count_actors(*stage));
    } else if (const auto* copies = node.as<lang::Copies>()) {
        for (const auto& branch : copies->branches)
            count = plus(count, count_actors(*branch));
        if (!copies->side_by_side) count = times(count, copies->count);
    } else if (const auto* placed = node.as<lang::Placed>()) {
        count = count_actors(*placed->inner);
    } else if (const auto* block = node.as<lang::Block>()) {
        count = count_block(*block, node);
    }
    return count;
}

std::int64_t inner_nodes(std::int64_t streams, std::int64_t arity) {
    if (arity < 2 || streams <= arity) return 0;
    auto width = (streams - 1) / arity + 1;
    auto count = width;
    while (width > arity) {
        const auto groups = (width - 1) / arity + 1;
        count += groups - (width % arity == 1 ? 1 : 0);  // the last one alone goes up as it is
        width = groups;
    }
    return count;
}

std::int64_t arity_of(const core::Call* block) {
    const auto* arity = block != nullptr ? block->find("arity") : nullptr;
    const auto* number = arity != nullptr ? arity->as<std::int64_t>() : nullptr;
    return number != nullptr ? *number : 0;
}

bool needs_control(const core::Call& feedback, bool asynchronous) {
    // Each stream of an asynchronous one decides for itself, at each token that comes back.
    return !asynchronous && std::ranges::any_of(feedback.arguments, [](const core::Argument& argument) {
        const auto& name = argument.parameter;
        return name == "until" || name == "updates" || name == "versions" || name == "time" || name == "keep";
    });
}

}  // namespace trama::network
