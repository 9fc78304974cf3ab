#include <algorithm>
#include <iterator>
#include <ranges>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "engine/fastflow/lowering.hpp"

namespace trama::engine::fastflow {
namespace {

/// Which nodes a shape begins and ends with.
void collect_ends(const Shape& shape, bool first, std::vector<const Shape*>& ends) {
    switch (shape.kind) {
        case Shape::Kind::node:
            ends.push_back(&shape);
            return;
        case Shape::Kind::pipeline:
        case Shape::Kind::farm:
            collect_ends(first ? shape.parts.front() : shape.parts.back(), first, ends);
            return;
        case Shape::Kind::all_to_all:
            for (std::size_t i = first ? 0 : shape.left; i < (first ? shape.left : shape.parts.size()); ++i)
                collect_ends(shape.parts[i], first, ends);
    }
}
std::vector<const Shape*> ends_of(const Shape& shape, bool first) {
    std::vector<const Shape*> ends;
    collect_ends(shape, first, ends);
    return ends;
}

}  // namespace

Shape pipeline(std::vector<Shape> stages) {
    if (stages.size() == 1) return std::move(stages.front());
    return {.kind = Shape::Kind::pipeline, .parts = std::move(stages)};
}

Plan Lowering::operator()() {
    attach();
    std::map<std::int64_t, Actors> pieces;  // by the outermost feedback
    for (const auto& actor : network_.actors)
        if (!hosts_.contains(actor.id)) pieces[flow_.loop_of(actor.id)].push_back(actor.id);
    for (const auto& [loop, actors] : pieces)
        for (const auto& part : flow_.components(actors)) {
            auto shape = whole(part);
            if (loop >= 0) close(shape, part);
            plan_.shapes.push_back(std::move(shape));
        }
    std::ranges::move(beside_, std::back_inserter(plan_.shapes));
    note_channels();
    return std::move(plan_);
}

void Lowering::note(std::string text) {
    if (std::ranges::find(plan_.notes, text) == plan_.notes.end()) plan_.notes.push_back(std::move(text));
}

std::string Lowering::place(ActorId id) const {
    std::string place;
    for (const auto& part : std::views::split(actor(id).path, '/')) {
        const std::string_view word(part.begin(), part.end());
        if (word.starts_with('[')) continue;
        place += place.empty() ? "" : "/";
        place += word;
    }
    return place;
}

/// What runs once before and after a feedback, and who decides for it, need no thread of their own.
void Lowering::attach() {
    const auto add = [&](ActorId guest, ActorId host) {
        hosts_[guest] = host;
        guests_[host].push_back(guest);
    };
    Actors outside;
    for (const auto& actor : network_.actors) {
        if (flow_.is_aside(actor.id))
            add(actor.id, network_.loops[static_cast<std::size_t>(actor.loop)].streams.front());
        if (flow_.loop_of(actor.id) < 0) outside.push_back(actor.id);
    }
    for (const auto& part : flow_.components(outside)) {
        std::set<ActorId> enters;
        std::set<ActorId> leaves;
        for (const auto id : part) {
            for (const auto output : actor(id).outputs)
                if (const auto& channel = network_.channels[output];
                    flow_.loop_of(channel.to) >= 0 && !channel.newest)
                    enters.insert(channel.to);
            for (const auto input : actor(id).inputs)
                if (const auto& channel = network_.channels[input];
                    flow_.loop_of(channel.from) >= 0 && !channel.newest)
                    leaves.insert(channel.from);
        }
        if (enters.size() > 1 || leaves.size() > 1 || enters.size() + leaves.size() == 0) continue;
        if (!is_chain(part)) continue;
        for (const auto id : part)
            add(id, enters.empty() ? *leaves.begin() : *enters.begin());
    }
}

Shape Lowering::make_node(Actors actors) const {
    for (std::size_t i = 0, n = actors.size(); i < n; ++i)
        if (const auto guests = guests_.find(actors[i]); guests != guests_.end())
            actors.insert(actors.end(), guests->second.begin(), guests->second.end());
    std::ranges::sort(actors);
    return {.actors = std::move(actors)};
}

/// The actors of a run by the nodes that they are in; with parts side by side before and behind it the first
/// collects and the last emits, if there are two.
std::vector<Actors> Lowering::stages_of(const Actors& run, bool collects, bool emits, Where where) const {
    std::vector<Actors> stages;
    const auto of_all = [&](ActorId id) { return !is_function(id); };
    for (const auto id : run) {
        const bool another =
            !stages.empty() && where == Where::outside && is_function(id) &&
            (!std::ranges::all_of(stages.back(), of_all) || (collects && stages.size() == 1));
        if (stages.empty() || another) stages.emplace_back();
        stages.back().push_back(id);
    }
    if (!emits || stages.empty()) return stages;
    auto& last = stages.back();
    auto tail = last.end() - 1;
    if (where == Where::outside)
        while (tail != last.begin() && of_all(*(tail - 1)))
            --tail;
    if (tail == last.begin() && collects && stages.size() == 1) tail = last.end() - 1;
    if (tail == last.begin() || (where == Where::worker && !collects)) return stages;
    Actors emitter(tail, last.end());
    last.erase(tail, last.end());
    stages.push_back(std::move(emitter));
    return stages;
}

Segment Lowering::join(const std::vector<Actors>& parts, bool emitter, bool collector, const Fits& fits) {
    using Joined = Segment::Joined;
    const bool regular = std::ranges::all_of(parts, [&](const Actors& part) {
        return (!emitter || has_one_end(part, true)) && (!collector || has_one_end(part, false));
    });
    if (fits.farm && regular && emitter && collector)
        if (auto workers = workers_of(parts)) return {Joined::farm, std::move(*workers)};
    if (fits.side && regular && emitter != collector)
        if (auto chains = chains_of(parts))
            return {emitter ? Joined::left : Joined::right, std::move(*chains)};
    if (fits.alone)
        if (auto stages = halves(parts, !emitter && !collector)) return {Joined::alone, std::move(*stages)};
    return {};
}

std::optional<std::vector<Shape>> Lowering::workers_of(const std::vector<Actors>& parts) {
    std::vector<Shape> workers;
    const auto notes = plan_.notes.size();
    for (const auto& part : parts) {
        auto worker = shape_of(part, Where::worker);
        if (!worker) {
            plan_.notes.resize(notes);
            return std::nullopt;
        }
        workers.push_back(std::move(*worker));
    }
    return workers;
}

std::optional<Shape> Lowering::shape_of(const Actors& part, Where where) {
    using Joined = Segment::Joined;
    const auto series = flow_.series(part);
    const auto count = series.segments.size();
    if (count == 0 && where == Where::worker) return make_node(part);
    std::vector<Shape> stages;
    auto last = Joined::cut;  // the segment before
    std::vector<Actors> nodes;
    for (std::size_t i = 0; i <= count; ++i) {
        if (i == 0) nodes = stages_of(series.runs[0], false, count > 0, where);
        // The node that collects is in the shape before.
        const auto begin = last == Joined::farm || last == Joined::right ? 1U : 0U;
        const auto free = nodes.size() - begin;
        // FastFlow joins an all-to-all with another one, or across two nodes, not across one.
        const bool after = last == Joined::alone || last == Joined::right;
        const bool taken = begin > 0 && free == 0;
        const Fits fits{.farm = !taken,
                        .side = !taken && !(after && free == 2) && !(last == Joined::alone && free == 1),
                        .alone = !taken && !(after && free == 1)};
        Segment segment;
        if (i < count)
            segment = join(series.segments[i], !series.runs[i].empty(), !series.runs[i + 1].empty(), fits);
        const bool emits = segment.joined == Joined::farm || segment.joined == Joined::left;
        for (std::size_t stage = begin; stage + (emits ? 1 : 0) < nodes.size(); ++stage)
            stages.push_back(make_node(nodes[stage]));
        if (i == count) break;
        auto behind = stages_of(series.runs[i + 1], true, i + 1 < count, where);
        std::vector<Shape> parts;
        if (emits) parts.push_back(make_node(nodes.back()));
        std::ranges::move(segment.shapes, std::back_inserter(parts));
        switch (segment.joined) {
            case Joined::farm:
                parts.push_back(make_node(behind.front()));
                stages.push_back({.kind = Shape::Kind::farm, .parts = std::move(parts)});
                break;
            case Joined::left:
                stages.push_back({.kind = Shape::Kind::all_to_all, .parts = std::move(parts), .left = 1});
                break;
            case Joined::right: {
                const auto left = parts.size();
                parts.push_back(make_node(behind.front()));
                stages.push_back({.kind = Shape::Kind::all_to_all, .parts = std::move(parts), .left = left});
                break;
            }
            case Joined::alone:
                std::ranges::move(parts, std::back_inserter(stages));
                break;
            case Joined::cut:
                if (where == Where::worker) return std::nullopt;
                if (!stages.empty()) beside_.push_back(pipeline(std::exchange(stages, {})));
                put_beside(series.segments[i]);
        }
        last = segment.joined;
        nodes = std::move(behind);
    }
    if (stages.empty()) {  // all of it stands beside
        stages.push_back(std::move(beside_.back()));
        beside_.pop_back();
    }
    return pipeline(std::move(stages));
}

void Lowering::put_beside(const std::vector<Actors>& parts) {
    note(
        fmt::format("{} parts side by side at {}: no shape of FastFlow's joins them with what is before and "
                    "behind, so each is one of its own, and channels lead there without a queue",
                    parts.size(), place(parts.front().front())));
    for (const auto& part : parts) {
        const auto series = flow_.series(part);
        const bool tangled = series.segments.size() == 1 && series.segments.front().size() == 1;
        if (!tangled || !series.runs.front().empty() || !series.runs.back().empty()) {
            beside_.push_back(whole(part));
            continue;
        }
        for (const auto id : part)
            beside_.push_back(make_node({id}));
    }
}

/// Joins the end of a feedback's body with its beginning.
void Lowering::close(Shape& shape, const Actors& part) {
    if (shape.kind == Shape::Kind::node) return;
    std::map<ActorId, ActorId> rings;
    for (const auto& [from, to] : flow_.rings())
        if (std::ranges::find(part, from) != part.end()) rings.emplace(to, from);
    const auto has = [](const Shape& node, ActorId id) {
        return std::ranges::find(node.actors, id) != node.actors.end();
    };
    const auto first = ends_of(shape, true);
    const auto last = ends_of(shape, false);
    bool closes = first.size() == last.size() && !rings.empty();
    std::vector<Shape> in_order;
    for (const auto* node : first) {
        // Of several lasts the one that gives to this first; where one gives to all, it is the last one.
        const Shape* giver = nullptr;
        for (const auto& [to, from] : rings) {
            if (!has(*node, to)) continue;
            const auto found = std::ranges::find_if(last, [&](const Shape* one) { return has(*one, from); });
            closes = closes && found != last.end() && (giver == nullptr || giver == *found);
            if (closes) giver = *found;
        }
        closes = closes && giver != nullptr;
        if (closes) in_order.push_back(*giver);
    }
    for (const auto& [to, from] : rings)
        closes = closes && std::ranges::any_of(first, [&](const Shape* one) { return has(*one, to); });
    if (!closes) {
        note(
            fmt::format("wrap_around does not fit the feedback at {}: its way back is a channel without a "
                        "queue",
                        network_.loops[static_cast<std::size_t>(flow_.loop_of(part.front()))].path));
        return;
    }
    shape.wraps_around = true;
    if (first.size() == 1) return;
    auto& all_to_all = shape.kind == Shape::Kind::pipeline ? shape.parts.back() : shape;
    std::ranges::move(in_order, all_to_all.parts.begin() + static_cast<std::ptrdiff_t>(all_to_all.left));
}

void Lowering::note_channels() {
    const auto say = [&](const std::vector<std::string>& paths, std::string_view what) {
        if (paths.empty()) return;
        const auto more = paths.size() > 1 ? fmt::format(" and {} more", paths.size() - 1) : "";
        note(fmt::format("{}{}: {}", paths.front(), more, what));
    };
    std::vector<std::string> inner;
    std::vector<std::string> exits;
    std::vector<std::string> newest;
    for (const auto& loop : network_.loops) {
        if (loop.parent >= 0) {
            inner.push_back(loop.path);
            continue;
        }
        for (const auto stream : loop.streams) {
            const auto to = network_.channels[actor(stream).outputs[1]].to;
            const auto host = hosts_.find(to);
            if (host == hosts_.end() || host->second != stream) exits.push_back(actor(stream).path);
        }
    }
    for (const auto& channel : network_.channels)
        if (channel.newest) newest.push_back(actor(channel.from).path);
    say(inner,
        "wrap_around closes a whole expression only: the way back of a feedback inside of another is a "
        "channel without a queue");
    say(exits, "what leaves a feedback leaves its first node: a channel without a queue");
    say(newest, "an edge that keeps the newest token only is a channel without a queue");
}

Plan lower(const network::Network& network) {
    return Lowering(network)();
}

}  // namespace trama::engine::fastflow
