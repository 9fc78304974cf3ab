#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "network/copier.hpp"

namespace trama::network {
namespace {

/// The members of a group of sites; empty when it is a single site.
core::List members(const core::Constant& site) {
    if (const auto* list = site.as<core::List>()) return *list;
    const auto* call = site.call();
    if (call == nullptr || call->arguments.empty()) return {};
    const auto* list = call->arguments.front().value.as<core::List>();
    return list != nullptr ? *list : core::List{};
}

}  // namespace

std::string place_of(const lang::Span& span) {
    if (!span.source) return {};
    const auto position = span.source->position(span.begin);
    return fmt::format("{}:{}:{}", span.source->path(), position.line, position.column);
}

std::string stream_path(const std::string& path, std::size_t i, std::size_t n) {
    return n == 1 ? path : fmt::format("{}/[{}]", path, i);
}

core::Result<void> Copier::run(const lang::Scheme& scheme) {
    if (!scheme.sources.empty())
        folder_ = std::filesystem::path(scheme.sources.front()->path()).parent_path();
    Names names;
    Scope scope;
    scope.path = "scheme";
    scope.names = &names;
    names.next("result");
    const auto ends = walk(*scheme.root, {}, scope);
    connect_subscribers();
    for (std::size_t i = 0; i < ends.size(); ++i) {
        Actor sink;
        sink.id = static_cast<ActorId>(network_.actors.size());
        sink.kind = Kind::sink;
        sink.path = stream_path("scheme/result", i, ends.size());
        sink.name = "result";
        sink.span = scheme.root->span;
        network_.actors.push_back(std::move(sink));
        payloads_.emplace_back();
        join(ends[i], network_.actors.back().id, 0);
        network_.sinks.push_back(network_.actors.back().id);
    }
    if (error_) return tl::unexpected(*error_);
    return {};
}

Ends Copier::walk(const lang::Node& node, const Ends& in, Scope& scope) {
    if (in.size() != static_cast<std::size_t>(streams_of(node.in))) {
        throw std::logic_error(fmt::format("{}: {} streams come to a part of the scheme that takes {}",
                                           scope.path, in.size(), streams_of(node.in)));
    }
    if (const auto* sequence = node.as<lang::Sequence>()) {
        auto ends = in;
        for (const auto& stage : sequence->stages)
            ends = walk(*stage, ends, scope);
        return ends;
    }
    if (const auto* several = node.as<lang::Copies>()) return copies(node, *several, in, scope);
    if (const auto* elsewhere = node.as<lang::Placed>()) return placed(*elsewhere, in, scope);
    return block(node, *node.as<lang::Block>(), in, scope);
}

Ends Copier::copies(const lang::Node& node, const lang::Copies& copies, const Ends& in, const Scope& scope) {
    const auto group = scope.site ? members(*scope.site) : core::List{};
    auto& names = scope.names->copies();
    const auto before = names.clone();
    Ends out;
    out.reserve(static_cast<std::size_t>(streams_of(node.out)));
    std::size_t taken = 0;
    for (std::int64_t i = 0; i < copies.count; ++i) {
        const auto& branch = *copies.branches[copies.side_by_side ? static_cast<std::size_t>(i) : 0];
        auto own_names = before.clone();
        Scope own = scope;
        own.names = &own_names;
        own.path += fmt::format("/[{}]", i);
        own.copy.push_back(i);
        if (!copies.index.empty()) own.indices[copies.index] = i;
        if (!group.empty()) own.site = group[static_cast<std::size_t>(i) % group.size()];

        const auto width = static_cast<std::size_t>(streams_of(branch.in));
        const auto ends = walk(branch,
                               Ends(in.begin() + static_cast<std::ptrdiff_t>(taken),
                                    in.begin() + static_cast<std::ptrdiff_t>(taken + width)),
                               own);
        taken += width;
        out.insert(out.end(), ends.begin(), ends.end());
        names.merge(own_names);
    }
    return out;
}

Ends Copier::placed(const lang::Placed& placed, const Ends& in, const Scope& scope) {
    auto own = scope;
    own.site = placed.site;
    return walk(*placed.inner, in, own);
}

Ends Copier::block(const lang::Node& node, const lang::Block& block, const Ends& in, Scope& scope) {
    if (block.signature == nullptr) throw std::logic_error("a block without a signature: " + block.name);
    return (this->*maker(*block.signature))({node, block, calls_.of(block, scope.indices), scope}, in);
}

std::string Copier::place(const Site& site) const {
    const auto& label = site.block.call.name.empty() ? site.block.signature->name : site.block.call.name;
    return site.scope.path + '/' + site.scope.names->next(label);
}

Actor& Copier::add(Kind kind, const Site& site, std::string path) {
    Actor actor;
    actor.id = static_cast<ActorId>(network_.actors.size());
    actor.kind = kind;
    actor.path = std::move(path);
    actor.name = site.block.name;
    actor.occurrence = site.block.occurrence;
    actor.copy = site.scope.copy;
    actor.loop = site.scope.loop;
    actor.threads = site.scope.threads;
    actor.site = site.scope.site;
    actor.span = site.node.span;
    network_.actors.push_back(std::move(actor));
    payloads_.push_back(payload_of(site.node.out));
    return network_.actors.back();
}

Actor& Copier::add_block(Kind kind, const Site& site, std::string path) {
    auto& actor = add(kind, site, std::move(path));
    actor.block = site.call;
    if (const auto* rule = parameter_of(*site.block.signature, "rule")) {
        const auto* value = site.call->find(rule->name);
        if (value != nullptr && value->call() != nullptr) actor.call = calls_.share_inner(*value->call());
    }
    return actor;
}

void Copier::join(const End& from, ActorId to, std::size_t port) {
    const auto& actor = network_.actors[from.actor];
    // Updates become Models that go round again, and for those who subscribe.
    const bool model =
        (actor.kind == Kind::loop && from.port == 0) || (actor.kind == Kind::publish && from.port > 0);
    const auto& payload = payloads_[from.actor];
    connect(network_, from.actor, from.port, to, port, model && payload == "Update" ? "Model" : payload);
}

core::Result<void> make_copies(const lang::Scheme& scheme, const ExpandOptions& options, Network& network) {
    network.name = scheme.name;
    const auto count = count_actors(*scheme.root);
    if (count > options.max_actors) {
        return core::fail(core::ErrorKind::scheme,
                          fmt::format("the scheme expands to more than {} actors", options.max_actors),
                          place_of(scheme.root->span),
                          "make fewer copies, or raise the limit with `--max-actors`");
    }
    network.actors.reserve(static_cast<std::size_t>(count + streams_of(scheme.root->out)));
    return Copier(network).run(scheme);
}

}  // namespace trama::network
