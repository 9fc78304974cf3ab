#include "engine/fastflow/flow.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>

namespace trama::engine::fastflow {

using network::Channel;
using network::Kind;
using network::Loop;
using network::Network;

namespace {

/// Who gives what goes round to this loop actor, seen past a control actor that is aside and past what leaves
/// a feedback inside of it.
ActorId end_of_body(const Network& network, ActorId stream, const std::vector<bool>& aside) {
    const auto* back = &network.channels[network.actors[stream].inputs[1]];
    if (aside[back->from]) back = &network.channels[network.actors[back->from].inputs[0]];
    const bool exit = network.actors[back->from].kind == Kind::loop && back->from_port == 1;
    return exit ? end_of_body(network, back->from, aside) : back->from;
}

}  // namespace

Flow::Flow(const Network& network)
    : next_(network.actors.size()),
      before_(network.actors.size()),
      outermost_(network.actors.size(), -1),
      aside_(network.actors.size()),
      rank_(network.actors.size()),
      mark_(network.actors.size()),
      place_(network.actors.size()) {
    for (const auto& actor : network.actors) {
        auto loop = actor.loop;
        while (loop >= 0 && network.loops[static_cast<std::size_t>(loop)].parent >= 0)
            loop = network.loops[static_cast<std::size_t>(loop)].parent;
        outermost_[actor.id] = loop;
    }
    for (const auto& loop : network.loops)
        if (loop.control && loop.streams.size() == 1) aside_[*loop.control] = true;

    const auto joins = [&](const Channel& channel) {
        const auto& from = network.actors[channel.from];
        const auto& to = network.actors[channel.to];
        const bool past_a_tap =
            from.kind == Kind::tap && to.kind == Kind::join && channel.from_port == 0 && to.inputs.size() > 1;
        return !channel.back_edge && !channel.newest && !past_a_tap && !aside_[channel.from] &&
               !aside_[channel.to] && outermost_[channel.from] == outermost_[channel.to];
    };
    for (const auto& channel : network.channels) {
        if (!joins(channel)) continue;
        const auto& from = network.actors[channel.from];
        const bool exit = from.kind == Kind::loop && channel.from_port == 1;
        join(exit ? end_of_body(network, from.id, aside_) : channel.from, channel.to);
    }
    for (auto* all : {&next_, &before_})
        for (auto& neighbours : *all) {
            std::ranges::sort(neighbours);
            neighbours.erase(std::ranges::unique(neighbours).begin(), neighbours.end());
        }
    for (const auto& loop : network.loops)
        if (loop.parent < 0) rotate(network, loop);
    put_in_order();
}

void Flow::join(ActorId from, ActorId to) {
    next_[from].push_back(to);
    before_[to].push_back(from);
}

void Flow::rotate(const Network& network, const Loop& loop) {
    std::vector<std::pair<ActorId, ActorId>> rings;
    for (const auto stream : loop.streams)
        rings.emplace_back(end_of_body(network, stream, aside_), stream);
    const auto last = rings.front().first;
    const bool one_gives_all = loop.streams.size() > 1 && next_[last].empty() && before_[last].size() == 1 &&
                               network.actors[last].inputs.size() == 1 &&
                               std::ranges::all_of(rings, [&](const auto& ring) {
                                   return ring.first == last && before_[ring.second].empty();
                               });
    if (one_gives_all) {
        const auto before = before_[last].front();
        before_[last].clear();
        std::erase(next_[before], last);
        for (const auto stream : loop.streams)
            join(last, stream);
        rings = {{before, last}};
    }
    rings_.insert(rings_.end(), rings.begin(), rings.end());
}

void Flow::put_in_order() {
    std::vector<std::size_t> missing(next_.size());
    Actors open;
    // The lowest number first, where several may be next: a heap.
    const auto later = std::greater<>();
    for (ActorId id = 0; id < next_.size(); ++id) {
        missing[id] = before_[id].size();
        if (missing[id] == 0) open.push_back(id);
    }
    std::ranges::make_heap(open, later);
    std::size_t rank = 0;
    while (!open.empty()) {
        std::ranges::pop_heap(open, later);
        const auto id = open.back();
        open.pop_back();
        rank_[id] = rank++;
        for (const auto to : next_[id]) {
            if (--missing[to] > 0) continue;
            open.push_back(to);
            std::ranges::push_heap(open, later);
        }
    }
    if (rank != next_.size()) throw std::logic_error("the flow of a network has a circle without a feedback");
}

Actors Flow::sorted(Actors actors) const {
    std::ranges::sort(actors, {}, [this](ActorId id) { return rank_[id]; });
    return actors;
}

void Flow::mark(const Actors& actors) const {
    ++stamp_;
    for (const auto id : actors)
        mark_[id] = stamp_;
}

std::vector<Actors> Flow::components(const Actors& actors) const {
    mark(actors);
    std::vector<Actors> parts;
    Actors open;
    for (const auto first : sorted(actors)) {
        if (!marked(first)) continue;
        auto& part = parts.emplace_back();
        mark_[first] = 0;
        open.push_back(first);
        while (!open.empty()) {
            const auto id = open.back();
            open.pop_back();
            part.push_back(id);
            for (const auto* neighbours : {&next_[id], &before_[id]})
                for (const auto other : *neighbours) {
                    if (!marked(other)) continue;
                    mark_[other] = 0;
                    open.push_back(other);
                }
        }
        part = sorted(std::move(part));
    }
    return parts;
}

Series Flow::series(const Actors& actors) const {
    mark(actors);
    for (std::size_t i = 0; i < actors.size(); ++i)
        place_[actors[i]] = i;
    // Everything passes the actor that no edge goes past, when all begin at a common source and end at a
    // common end, which are thought before the first and behind the last.
    Series series;
    series.runs.emplace_back();
    Actors between;
    std::size_t reach = 0;
    std::vector<std::size_t> sources_behind(actors.size() + 1);
    for (auto i = actors.size(); i-- > 0;) {
        const bool source =
            std::ranges::none_of(before_[actors[i]], [this](ActorId id) { return marked(id); });
        sources_behind[i] = sources_behind[i + 1] + (source ? 1 : 0);
    }
    std::vector<bool> all_pass(actors.size());
    for (std::size_t i = 0; i < actors.size(); ++i) {
        all_pass[i] = reach <= i && sources_behind[i + 1] == 0;
        bool gives = false;
        for (const auto to : next_[actors[i]]) {
            if (!marked(to)) continue;
            gives = true;
            reach = std::max(reach, place_[to]);
        }
        if (!gives) reach = actors.size();
    }
    const auto close = [&] {
        if (between.empty()) return;
        series.segments.push_back(components(between));
        series.runs.emplace_back();
        between.clear();
    };
    for (std::size_t i = 0; i < actors.size(); ++i) {
        if (!all_pass[i]) {
            between.push_back(actors[i]);
            continue;
        }
        close();
        series.runs.back().push_back(actors[i]);
    }
    close();
    return series;
}

Actors Flow::reach(const Actors& from, const Actors& actors, bool behind) const {
    mark(actors);
    Actors found;
    Actors open;
    const auto visit = [&](ActorId id) {
        if (!marked(id)) return;
        mark_[id] = 0;
        found.push_back(id);
        open.push_back(id);
    };
    for (const auto id : from)
        visit(id);
    while (!open.empty()) {
        const auto id = open.back();
        open.pop_back();
        for (const auto other : behind ? next_[id] : before_[id])
            visit(other);
    }
    return sorted(std::move(found));
}

std::vector<std::size_t> Flow::degrees(const Actors& actors, bool inputs) const {
    mark(actors);
    std::vector<std::size_t> counts;
    counts.reserve(actors.size());
    for (const auto id : actors)
        counts.push_back(static_cast<std::size_t>(std::ranges::count_if(
            inputs ? before_[id] : next_[id], [this](ActorId other) { return marked(other); })));
    return counts;
}

}  // namespace trama::engine::fastflow
