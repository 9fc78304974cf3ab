#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "engine/actors/exchange.hpp"
#include "engine/actors/flow.hpp"
#include "engine/actors/quorum.hpp"
#include "engine/actors/run.hpp"
#include "engine/arguments.hpp"

// How a run ends: with its sinks, without those that have failed, or at a standstill.

namespace trama::engine::actors {

using network::Actor;
using network::ActorId;
using network::Kind;

bool Run::ends_with_its_sinks() const {
    const bool leaves_some_behind = std::ranges::any_of(network_.loops, &network::Loop::asynchronous) ||
                                    std::ranges::any_of(network_.actors, [](const Actor& actor) {
                                        return is_quorum(actor) || (actor.kind == Kind::exchange &&
                                                                    seconds(actor.block.get(), "timeout"));
                                    });
    const bool several_tokens = std::ranges::any_of(network_.actors, [](const Actor& actor) {
        const bool open = actor.kind == Kind::gather || actor.kind == Kind::queue ||
                          actor.kind == Kind::window || actor.kind == Kind::unicast;
        return actor.kind == Kind::subscribe || (open && actor.loop < 0);
    });
    return leaves_some_behind && !several_tokens;
}

void Run::sink_finished() {
    {
        const std::lock_guard lock(mutex_);
        if (sinks_left_ == 0) return;
        --sinks_left_;
        if (sinks_left_ > 0) return;
    }
    shared_.end();
}

bool Run::go_on_without(const Actor& failed, const core::Error& error) {
    std::vector<std::function<void()>> tell;
    std::vector<bool> seen(network_.actors.size());
    std::vector<ActorId> path{failed.id};
    std::vector<const Actor*> streams;
    while (!path.empty()) {
        const auto& from = network_.actors[path.back()];
        path.pop_back();
        if (seen[from.id]) continue;
        seen[from.id] = true;
        for (const auto id : from.outputs) {
            const auto& channel = network_.channels[id];
            if (channel.newest) continue;
            const auto& to = network_.actors[channel.to];
            auto& process = *processes_[to.id];
            const std::size_t port = channel.to_port;
            if (is_quorum(to)) {
                tell.emplace_back([&process, port] { static_cast<Quorum&>(process).lose(port); });
            } else if (to.kind == Kind::exchange && seconds(to.block.get(), "timeout")) {
                tell.emplace_back([&process, port] { static_cast<ExchangeInTime&>(process).lose(port); });
                if (port == own_port(to)) path.push_back(to.id);
            } else if (to.kind == Kind::gather && is_word(to.block.get(), "lost", "event")) {
                tell.emplace_back(
                    [&process, port, &error] { static_cast<Gather&>(process).lose(port, error); });
            } else if (to.kind == Kind::loop && channel.back_edge && loop_of(to).bears_losses()) {
                streams.push_back(&to);
            } else if (to.kind == Kind::loop || to.kind == Kind::control || to.kind == Kind::sink ||
                       to.kind == Kind::join) {
                return false;
            } else {
                path.push_back(to.id);
            }
        }
    }
    for (const auto* stream : streams) {
        if (!loop_of(*stream).lose(stream_[stream->id], shared_)) return false;
    }
    shared_.observer.warn(error.message + "; the others go on", error.where);
    for (const auto& each : tell)
        each();
    if (!streams.empty()) {
        {
            const std::lock_guard lock(mutex_);
            lost_streams_ = true;
        }
        if (shared_.finished) shared_.finished();
    }
    return true;
}

core::Error Run::standstill() const {
    for (const auto& process : processes_) {
        const auto port = process->waits_for();
        if (!port || process->actor().kind == Kind::loop || process->actor().kind == Kind::gather) continue;
        const auto& actor = process->actor();
        return {core::ErrorKind::run,
                fmt::format("the run came to a standstill: a token of `{}` is missing here",
                            network_.actors[network_.channels[actor.inputs[*port]].from].path),
                actor.path,
                {}};
    }
    return {core::ErrorKind::run,
            "the run came to a standstill before there was a result: tokens were lost",
            network_.name,
            {}};
}

core::Result<Outcome> Run::operator()(const std::stop_token& stop, const std::function<void()>& drive) {
    const std::stop_callback interrupt(stop, [this] { shared_.end(); });
    for (const auto& process : processes_) {
        const auto& actor = process->actor();
        // Sources that lead to feedbacks that have gone on without them only are done.
        if (actor.inputs.empty() ? left_[actor.id] || actor.loop >= 0 : actor.kind == Kind::loop)
            process->notify();
    }
    drive();
    if (auto error = shared_.error()) return tl::unexpected(std::move(*error));

    std::vector<ActorId> missing;
    std::ranges::copy_if(network_.sinks, std::back_inserter(missing),
                         [&](ActorId id) { return !static_cast<const Sink&>(*processes_[id]).result(); });
    if (missing.empty() || lost_streams_) return outcome(false);
    if (stop.stop_requested()) return outcome(true);
    const bool all = missing.size() == network_.sinks.size();
    if (all || !std::ranges::all_of(missing, [this](ActorId id) { return may_stay_empty(id); }))
        return tl::unexpected(standstill());
    for (const auto id : missing)
        shared_.observer.warn("no token has come to the end of this stream", network_.actors[id].path);
    return outcome(false);
}

bool Run::may_stay_empty(ActorId sink) const {
    std::vector<bool> seen(network_.actors.size());
    std::vector<ActorId> path{sink};
    while (!path.empty()) {
        const auto& actor = network_.actors[path.back()];
        path.pop_back();
        if (seen[actor.id]) continue;
        seen[actor.id] = true;
        // What they miss depends on speed, and a `window` behind them may wait for more than they give.
        const bool drops = actor.kind == Kind::queue && actor.block->find("drop") != nullptr &&
                           !is_word(actor.block.get(), "drop", "none");
        if (actor.kind == Kind::subscribe || drops) return true;
        for (const auto id : actor.inputs)
            path.push_back(network_.channels[id].from);
    }
    return false;
}

Outcome Run::outcome(bool interrupted) const {
    Outcome outcome;
    outcome.status = interrupted ? Outcome::Status::interrupted : Outcome::Status::done;
    for (const auto& process : processes_) {
        outcome.tokens += process->tokens();
        outcome.bytes_moved += process->bytes();
    }
    outcome.seconds = shared_.host.now();
    std::vector<bool> seen(network_.actors.size());
    for (const auto id : network_.sinks)
        collect(id, seen, outcome.results);
    return outcome;
}

void Run::collect(ActorId start, std::vector<bool>& seen, std::vector<core::Token>& tokens) const {
    std::vector<ActorId> path{start};
    while (!path.empty()) {
        const auto& actor = network_.actors[path.back()];
        path.pop_back();
        if (seen[actor.id]) continue;
        seen[actor.id] = true;
        if (actor.kind == Kind::sink) {
            const auto& result = static_cast<const Sink&>(*processes_[actor.id]).result();
            if (result) {
                tokens.push_back({result->value, result->round});
                continue;
            }
        }
        if (actor.kind == Kind::loop) {
            const auto& loop = *loops_[static_cast<std::size_t>(actor.loop)];
            if (auto token = loop.last_complete(stream_[actor.id])) {
                tokens.push_back(std::move(*token));
                continue;
            }
        }
        for (const auto id : actor.inputs | std::views::reverse) {
            const auto& channel = network_.channels[id];
            // What a subscriber makes of a model is not the model.
            if (!channel.back_edge && !channel.newest) path.push_back(channel.from);
        }
    }
}

}  // namespace trama::engine::actors
