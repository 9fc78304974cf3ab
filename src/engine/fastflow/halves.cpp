#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "engine/fastflow/lowering.hpp"

namespace trama::engine::fastflow {

using network::Kind;

Shape all_to_all(std::vector<Shape> left, std::vector<Shape> right) {
    Shape shape{.kind = Shape::Kind::all_to_all, .parts = std::move(left)};
    shape.left = shape.parts.size();
    std::ranges::move(right, std::back_inserter(shape.parts));
    return shape;
}

std::optional<std::vector<Shape>> Lowering::chains_of(const std::vector<Actors>& parts) const {
    std::vector<Shape> nodes;
    for (const auto& part : parts) {
        if (!is_chain(part)) return std::nullopt;
        nodes.push_back(make_node(part));
    }
    return nodes;
}

std::optional<std::vector<Shape>> Lowering::halves(const std::vector<Actors>& parts, bool cuts) {
    Actors all;
    for (const auto& part : parts)
        all.insert(all.end(), part.begin(), part.end());
    all = flow_.sorted(std::move(all));
    const bool exchange =
        std::ranges::any_of(all, [&](ActorId id) { return actor(id).kind == Kind::exchange; });
    return exchange ? exchanges(all, cuts) : tree(all);
}

/// What goes on at one end of a part, as a node; the rest stands beside.
Shape Lowering::end_of(const Actors& part, bool first) {
    const auto series = flow_.series(part);
    if (series.segments.empty()) return make_node(part);
    auto run = first ? series.runs.front() : series.runs.back();
    // Who emits to the rest, or collects from it, belongs to it.
    if (run.size() > 1) run.erase(first ? run.end() - 1 : run.begin());
    Actors rest;
    std::ranges::copy_if(part, std::back_inserter(rest),
                         [&](ActorId id) { return std::ranges::find(run, id) == run.end(); });
    note(fmt::format("an ff_a2a has nodes on its sides: what {} does with others is a shape beside it",
                     place(first ? run.back() : run.front())));
    for (const auto& one : flow_.components(rest))
        beside_.push_back(whole(one));
    return make_node(run);
}

/// Streams that exchange: an all-to-all between what gives and what takes, one after the other. `cuts`: what
/// is before or behind them may stand beside.
std::optional<std::vector<Shape>> Lowering::exchanges(const Actors& all, bool cuts) {
    std::map<ActorId, std::size_t> depths;
    std::vector<Actors> layers;
    for (const auto id : all) {
        std::size_t depth = 0;
        for (const auto from : flow_.before(id))
            if (const auto found = depths.find(from); found != depths.end())
                depth = std::max(depth, found->second);
        if (actor(id).kind == Kind::exchange) ++depth;
        depths[id] = depth;
        layers.resize(std::max(layers.size(), depth + 1));
        layers[depth].push_back(id);
    }
    std::vector<std::vector<Actors>> parts;
    for (const auto& layer : layers)
        parts.push_back(flow_.components(layer));
    std::vector<Shape> stages;
    std::vector<Shape> left;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i)
        if (!all_joined(parts[i], layers[i + 1], false) || !all_joined(parts[i + 1], layers[i], true))
            return std::nullopt;
    for (const auto* side : {&parts.front(), &parts.back()})
        for (const auto& one : *side) {
            const auto series = flow_.series(one);
            const auto& end = side == &parts.front() ? series.runs.back() : series.runs.front();
            if (end.empty() || (!cuts && !series.segments.empty())) return std::nullopt;
        }
    if (parts.size() > 2)
        for (const auto& layer : parts)
            if (layer.size() != parts.front().size() ||
                !std::ranges::all_of(layer, [&](const auto& one) { return one.size() > 1 && is_chain(one); }))
                return std::nullopt;
    for (const auto& one : parts.front())
        left.push_back(end_of(one, false));
    for (std::size_t i = 1; i < parts.size(); ++i) {
        std::vector<Shape> right;
        std::vector<Shape> next;
        for (auto one : parts[i]) {
            if (i + 1 < parts.size()) {  // the last of them sends again
                next.push_back(make_node({one.back()}));
                one.pop_back();
            }
            right.push_back(end_of(one, true));
        }
        stages.push_back(all_to_all(std::exchange(left, std::move(next)), std::move(right)));
    }
    return stages;
}

/// Whether each part gives to one of `others`, or takes from one.
bool Lowering::all_joined(const std::vector<Actors>& parts, const Actors& others, bool inputs) const {
    const std::set<ActorId> known(others.begin(), others.end());
    return !parts.empty() && std::ranges::all_of(parts, [&](const Actors& part) {
        return std::ranges::any_of(part, [&](ActorId id) {
            return std::ranges::any_of(inputs ? flow_.before(id) : flow_.next(id),
                                       [&](ActorId other) { return known.contains(other); });
        });
    });
}

/// A tree without its root: an all-to-all between its leaves and its inner nodes.
std::optional<std::vector<Shape>> Lowering::tree(const Actors& all) {
    const auto forks = [&](bool inputs) {
        const auto degrees = flow_.degrees(all, inputs);
        Actors many;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (degrees[i] > 1 || (inputs && actor(all[i]).level > 0)) many.push_back(all[i]);
        return many;
    };
    const auto folds = forks(true);
    const bool reduces = !folds.empty();
    const auto inner = flow_.reach(reduces ? folds : forks(false), all, reduces);
    Actors leaves;
    std::ranges::set_difference(
        all, inner, std::back_inserter(leaves), {}, [&](ActorId id) { return flow_.rank(id); },
        [&](ActorId id) { return flow_.rank(id); });
    const auto leaf_parts = flow_.components(leaves);
    const auto inner_parts = flow_.components(inner);
    auto outer = chains_of(leaf_parts);
    if (!outer || !all_joined(leaf_parts, inner, !reduces) || !all_joined(inner_parts, leaves, reduces))
        return std::nullopt;
    std::vector<Shape> trees;
    for (const auto& one : inner_parts) {
        if (reduces && !is_chain(one) &&
            std::ranges::any_of(one, [&](ActorId id) { return is_function(id); }))
            return std::nullopt;
        if (!is_chain(one))
            note(fmt::format("an ff_a2a cannot be in another: the inner nodes of the tree at {} share a node",
                             place(reduces ? one.back() : one.front())));
        trees.push_back(make_node(one));
    }
    std::vector<Shape> stages;
    stages.push_back(reduces ? all_to_all(std::move(*outer), std::move(trees))
                             : all_to_all(std::move(trees), std::move(*outer)));
    return stages;
}

}  // namespace trama::engine::fastflow
