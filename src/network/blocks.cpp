#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <set>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "network/copier.hpp"
#include "network/topology.hpp"

namespace trama::network {
namespace {

Kind kind_named(const std::string& name) {
    if (name == "available") return Kind::sample;  // chooses too, but by chance or by a file
    for (int i = 0; i <= static_cast<int>(Kind::sink); ++i) {
        if (to_text(static_cast<Kind>(i)) == name) return static_cast<Kind>(i);
    }
    throw std::logic_error("no actor is of kind " + name);
}

std::int64_t integer(const core::Call& call, std::string_view parameter, std::int64_t otherwise) {
    const auto* value = call.find(parameter);
    const auto* number = value != nullptr ? value->as<std::int64_t>() : nullptr;
    return number != nullptr ? *number : otherwise;
}

/// Names of the metrics that the blocks of a part of the scheme write.
void collect_metrics(const lang::Node& node, std::set<std::string>& metrics) {
    if (const auto* sequence = node.as<lang::Sequence>()) {
        for (const auto& stage : sequence->stages)
            collect_metrics(*stage, metrics);
    } else if (const auto* copies = node.as<lang::Copies>()) {
        for (const auto& branch : copies->branches)
            collect_metrics(*branch, metrics);
    } else if (const auto* placed = node.as<lang::Placed>()) {
        collect_metrics(*placed->inner, metrics);
    } else if (const auto* block = node.as<lang::Block>()) {
        metrics.insert(block->signature->metrics.begin(), block->signature->metrics.end());
        if (block->body) collect_metrics(*block->body, metrics);
        if (block->inner) collect_metrics(*block->inner, metrics);
    }
}

/// The data set among the arguments, null when there is none.
const core::Call* data_of(const lang::Block& block, const core::Call& call) {
    const auto* parameter = parameter_of(*block.signature, "data");
    const auto* value = parameter != nullptr ? call.find(parameter->name) : nullptr;
    return value != nullptr ? value->call() : nullptr;
}

/// The calls of the blocks in a part of the scheme, in order: what a function gets as its argument.
core::List calls_in(const lang::Node& node, const std::function<CallPtr(const lang::Block&)>& call_of) {
    core::List calls;
    if (const auto* sequence = node.as<lang::Sequence>()) {
        for (const auto& stage : sequence->stages)
            std::ranges::move(calls_in(*stage, call_of), std::back_inserter(calls));
    } else if (const auto* placed = node.as<lang::Placed>()) {
        calls = calls_in(*placed->inner, call_of);
    } else if (const auto* block = node.as<lang::Block>()) {
        calls.push_back({call_of(*block)});
    }
    return calls;
}

/// The first argument as a name: `publish(model)`.
std::string edge_name(const core::Call& call) {
    if (call.arguments.empty()) return {};
    const auto& value = call.arguments.front().value;
    const auto* text = value.as<std::string>();
    return text != nullptr ? *text : core::to_text(value);
}

}  // namespace

Copier::Make Copier::maker(const lang::Signature& signature) {
    if (signature.loop) return &Copier::feedback;
    struct Entry {
        std::string_view name;
        Make make;
    };
    constexpr std::array entries{
        Entry{"", &Copier::function},
        Entry{"broadcast", &Copier::one_to_many},
        Entry{"scatter", &Copier::one_to_many},
        Entry{"unicast", &Copier::one_to_many},
        Entry{"gather", &Copier::many_to_one},
        Entry{"gatherall", &Copier::many_to_one},
        Entry{"reduce", &Copier::many_to_one},
        Entry{"fold", &Copier::one_to_one},
        Entry{"mix", &Copier::one_to_one},
        Entry{"queue", &Copier::one_to_one},
        Entry{"window", &Copier::one_to_one},
        Entry{"sample", &Copier::many_to_many},
        Entry{"available", &Copier::many_to_many},
        Entry{"together", &Copier::together},
        Entry{"tap", &Copier::tap},
        Entry{"par", &Copier::par},
        Entry{"spread", &Copier::spread},
        Entry{"exchange", &Copier::exchange},
        Entry{"publish", &Copier::publish},
        Entry{"subscribe", &Copier::subscribe},
    };
    const auto found = std::ranges::find(entries, signature.expands_to, &Entry::name);
    if (found == entries.end()) {
        throw std::logic_error(
            fmt::format("`{}` expands to `{}`, which no actor does", signature.name, signature.expands_to));
    }
    return found->make;
}

Ends Copier::function(const Site& site, const Ends& in) {
    auto& actor = add(Kind::function, site, place(site));
    actor.call = site.call;
    if (site.block.inner) {
        const auto parameter = std::ranges::find_if(
            site.block.signature->parameters, [](const auto& one) { return one.type.starts_with("block "); });
        auto whole = *site.call;
        whole.arguments.push_back({parameter->name, {calls_in(*site.block.inner, [&](const auto& block) {
                                       return calls_.of(block, site.scope.indices);
                                   })}});
        actor.call = calls_.share(std::move(whole));
    }
    if (const auto* data = data_of(site.block, *site.call)) actor.data = calls_.share_inner(*data);
    const auto id = actor.id;
    for (std::size_t i = 0; i < in.size(); ++i)
        join(in[i], id, i);
    return streams_of(site.node.out) == 0 ? Ends{} : Ends{{id, 0}};
}

Ends Copier::one_to_many(const Site& site, const Ends& in) {
    const auto id = add_block(kind_named(site.block.signature->expands_to), site, place(site)).id;
    join(in.at(0), id, 0);
    Ends out;
    for (std::int64_t i = 0; i < streams_of(site.node.out); ++i)
        out.push_back({id, static_cast<std::size_t>(i)});
    return out;
}

Ends Copier::many_to_one(const Site& site, const Ends& in) {
    const auto id = add_block(kind_named(site.block.signature->expands_to), site, place(site)).id;
    for (std::size_t i = 0; i < in.size(); ++i)
        join(in[i], id, i);
    return {{id, 0}};
}

Ends Copier::one_to_one(const Site& site, const Ends& in) {
    const auto id = add_block(kind_named(site.block.signature->expands_to), site, place(site)).id;
    join(in.at(0), id, 0);
    return {{id, 0}};
}

Ends Copier::many_to_many(const Site& site, const Ends& in) {
    const bool behind_broadcast = can_replace(in.front().actor, site) && in.size() > 1;
    const auto before = behind_broadcast ? replaced() : std::vector<ChannelId>();
    auto& actor = add_block(kind_named(site.block.signature->expands_to), site, place(site));
    actor.inputs = before;
    const auto id = actor.id;
    Ends out;
    for (std::size_t i = 0; i < in.size(); ++i) {
        if (!behind_broadcast) join(in[i], id, i);
        out.push_back({id, i});
    }
    return out;
}

bool Copier::can_replace(ActorId id, const Site& site) const {
    const auto& actor = network_.actors[id];
    return actor.kind == Kind::broadcast && actor.block->function == "broadcast" &&
           actor.copy == site.scope.copy && actor.site == site.scope.site;
}

std::vector<ChannelId> Copier::replaced() {
    auto inputs = std::move(network_.actors.back().inputs);
    network_.actors.pop_back();
    payloads_.pop_back();
    return inputs;
}

Ends Copier::together(const Site& site, const Ends& in) {
    const auto path = place(site);
    const auto gathered = add(Kind::gatherall, site, path + "/gatherall").id;
    const auto of_all = "[" + payloads_[gathered] + "]";
    payloads_[gathered] = of_all;
    for (std::size_t i = 0; i < in.size(); ++i)
        join(in[i], gathered, i);
    auto& function = add(Kind::function, site, path);
    function.call = site.call;
    const auto id = function.id;
    payloads_[id] = of_all;
    join({gathered, 0}, id, 0);
    const auto scattered = add(Kind::scatter, site, path + "/scatter").id;
    join({id, 0}, scattered, 0);
    Ends out;
    for (std::size_t i = 0; i < in.size(); ++i)
        out.push_back({scattered, i});
    return out;
}

Ends Copier::feedback(const Site& site, const Ends& in) {
    const auto index = static_cast<std::int64_t>(network_.loops.size());
    Loop loop;
    loop.path = place(site);
    loop.name = site.block.name;
    loop.call = site.call;
    loop.parent = site.scope.loop;
    loop.asynchronous = site.block.loop == lang::Block::Loop::asynchronous;
    loop.inflight = site.block.inflight;
    network_.loops.push_back(loop);

    Names names;
    names.next("loop");
    names.next("control");
    auto inside = site.scope;
    inside.path = loop.path;
    inside.names = &names;
    inside.loop = index;
    const Site within{site.node, site.block, site.call, inside};
    Ends entry;
    for (std::size_t i = 0; i < in.size(); ++i) {
        const auto id = add_block(Kind::loop, within, stream_path(loop.path + "/loop", i, in.size())).id;
        join(in[i], id, 0);
        entry.push_back({id, 0});
        network_.loops[static_cast<std::size_t>(index)].streams.push_back(id);
    }
    const auto ends = walk(*site.block.body, entry, inside);
    if (ends.size() != in.size()) {
        throw std::logic_error(
            fmt::format("{}: {} streams go in, {} come back", loop.path, in.size(), ends.size()));
    }
    Ends out;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        join(ends[i], entry[i].actor, 1);
        network_.channels.back().back_edge = true;
        out.push_back({entry[i].actor, 1});
    }
    return out;
}

Ends Copier::tap(const Site& site, const Ends& in) {
    const auto path = place(site);
    const auto tap = add_block(Kind::tap, site, path).id;
    join(in.at(0), tap, 0);

    Names names;
    names.next("join");
    auto inside = site.scope;
    inside.path = path;
    inside.names = &names;
    const auto ends = walk(*site.block.body, {{tap, 1}}, inside);

    std::set<std::string> metrics;
    collect_metrics(*site.block.body, metrics);
    core::List written;
    for (const auto& name : metrics)
        written.push_back({name});
    auto& back = add(Kind::join, site, path + "/join");
    back.block = calls_.share({"join", "", {{"metrics", {std::move(written)}}}});
    const auto id = back.id;
    join({tap, 0}, id, 0);
    for (std::size_t i = 0; i < ends.size(); ++i)
        join(ends[i], id, i + 1);
    return {{id, 0}};
}

Ends Copier::par(const Site& site, const Ends& in) {
    auto inside = site.scope;
    inside.threads = integer(*site.call, "threads", 1);
    return walk(*site.block.inner, in, inside);
}

Ends Copier::spread(const Site& site, const Ends& in) {
    std::int64_t node = 0;
    return fan_out(site, place(site), in.at(0), streams_of(site.node.out), arity_of(site.call.get()), node);
}

Ends Copier::fan_out(const Site& site, const std::string& path, const End& from, std::int64_t n,
                     std::int64_t arity, std::int64_t& node) {
    Names names;
    names.next("broadcast");
    auto inside = site.scope;
    inside.path = path;
    inside.copy.push_back(node++);
    inside.names = &names;
    const auto done = walk(*site.block.inner, {from}, inside);
    const auto id = add_block(Kind::broadcast, site, path + "/broadcast").id;
    join(done.at(0), id, 0);
    std::int64_t below = 1;  // streams under each output
    while (below * arity < n)
        below *= arity;
    Ends out;
    std::size_t port = 0;
    for (std::int64_t begin = 0; begin < n; begin += below, ++port) {
        const auto part = std::min(below, n - begin);
        if (part == 1) {
            out.push_back({id, port});
            continue;
        }
        const auto ends = fan_out(site, fmt::format("{}/[{}]", path, port), {id, port}, part, arity, node);
        out.insert(out.end(), ends.begin(), ends.end());
    }
    return out;
}

Ends Copier::exchange(const Site& site, const Ends& in) {
    const auto path = place(site);
    const auto n = static_cast<std::int64_t>(in.size());
    auto mixings = mixings_of(*site.call, n, {folder_, place_of(site.node.span)});
    if (!mixings) {
        if (!error_) error_ = mixings.error();
        mixings = Mixings{Graph(in.size()), std::vector<std::vector<Mixing>>(in.size())};
    }
    // A sender and a receiver per stream, so that the graph of actors has no cycles of its own.
    std::vector<ActorId> senders;
    for (std::size_t i = 0; i < in.size(); ++i) {
        const auto id = add_block(Kind::broadcast, site, stream_path(path + "/send", i, in.size())).id;
        payloads_[id] = payloads_[in[i].actor];
        join(in[i], id, 0);
        senders.push_back(id);
    }
    Ends out;
    for (std::size_t i = 0; i < in.size(); ++i) {
        auto& receiver = add_block(Kind::exchange, site, stream_path(path, i, in.size()));
        receiver.stream = static_cast<std::int64_t>(i);
        receiver.senders = mixings->senders[i];
        receiver.mixing = std::move(mixings->mixing[i]);
        const auto id = receiver.id;
        const auto from = receiver.senders;
        for (std::size_t port = 0; port < from.size(); ++port) {
            const auto sender = senders[static_cast<std::size_t>(from[port])];
            join({sender, network_.actors[sender].outputs.size()}, id, port);
        }
        out.push_back({id, 0});
    }
    return out;
}

Ends Copier::publish(const Site& site, const Ends& in) {
    const auto id = add_block(Kind::publish, site, place(site)).id;
    join(in.at(0), id, 0);
    publishers_.emplace_back(edge_name(*site.call), id);
    return {{id, 0}};
}

Ends Copier::subscribe(const Site& site, const Ends& /*in*/) {
    const auto id = add_block(Kind::subscribe, site, place(site)).id;
    subscribers_.emplace_back(edge_name(*site.call), id);
    return {{id, 0}};
}

void Copier::connect_subscribers() {
    for (const auto& [wanted, reader] : subscribers_) {
        for (const auto& [name, writer] : publishers_) {
            if (name != wanted) continue;
            auto& from = network_.actors[writer];
            // Port 0 is the way on, which may end here when the scheme ends with the publisher.
            const auto port = std::max<std::size_t>(1, from.outputs.size());
            join({writer, port}, reader, network_.actors[reader].inputs.size());
            network_.channels.back().newest = true;
        }
    }
}

}  // namespace trama::network
