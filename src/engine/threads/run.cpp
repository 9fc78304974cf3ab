#include "engine/threads/run.hpp"

#include <algorithm>
#include <ranges>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace trama::engine::threads {

using network::Actor;
using network::ActorId;
using network::Kind;

Run::Run(const network::Network& network, const Programs& programs, measure::Observer& observer,
         const RunOptions& options)
    : network_(network),
      programs_(programs),
      shared_(network, observer, options),
      channels_(network.channels.size()) {
    make_loops();
    make_processes();
    connect();
    resume(options.resume);
}

void Run::resume(const std::vector<Checkpoint>& checkpoints) {
    std::vector<std::string> resumed;
    for (const auto& checkpoint : checkpoints)
        resumed.push_back(checkpoint.loop);
    left_ = work_left(network_, resumed);
    for (const auto& checkpoint : checkpoints) {
        const auto loop = std::ranges::find(network_.loops, checkpoint.loop, &network::Loop::path);
        if (loop == network_.loops.end() || loop->parent >= 0 ||
            loop->streams.size() != checkpoint.streams.size()) {
            throw std::invalid_argument("a checkpoint of another network: " + checkpoint.loop);
        }
        if (!left_[loop->streams.front()]) continue;
        loops_[static_cast<std::size_t>(loop - network_.loops.begin())]->resume(checkpoint);
        for (const auto id : loop->streams) {
            const auto source = network_.channels[network_.actors[id].inputs.front()].from;
            auto& process = static_cast<LoopProcess&>(*processes_[id]);
            process.resume(checkpoint, left_[source]);
        }
    }
}

void Run::make_loops() {
    stream_.resize(network_.actors.size());
    conditions_.reserve(network_.loops.size());
    for (const auto& loop : network_.loops) {
        conditions_.push_back(loop.call ? conditions_of(*loop.call) : Conditions{});
        loops_.push_back(
            std::make_unique<LoopState>(loop, static_cast<std::int64_t>(loops_.size()), conditions_.back()));
        for (std::size_t i = 0; i < loop.streams.size(); ++i)
            stream_[loop.streams[i]] = i;
    }
}

void Run::make_processes() {
    processes_.reserve(network_.actors.size());
    for (const auto& actor : network_.actors)
        processes_.push_back(make(actor));
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        for (const auto id : network_.loops[i].streams)
            loops_[i]->add_stream(*processes_[id]);
    }
}

std::unique_ptr<Process> Run::make(const Actor& actor) {
    switch (actor.kind) {
        case Kind::function:
            return std::make_unique<FunctionProcess>(actor, shared_, programs_.function(actor));
        case Kind::broadcast:
            return std::make_unique<Broadcast>(actor, shared_);
        case Kind::scatter:
            return std::make_unique<Scatter>(actor, shared_);
        case Kind::gather:
            return std::make_unique<Gather>(actor, shared_);
        case Kind::gatherall:
            return std::make_unique<GatherAll>(actor, shared_);
        case Kind::reduce:
        case Kind::fold: {
            LoopState* entering = nullptr;
            if (actor.state_from) {
                entering = loops_[static_cast<std::size_t>(network_.actors[*actor.state_from].loop)].get();
                entering->keep_first(stream_[*actor.state_from]);
            }
            return std::make_unique<RuleProcess>(actor, shared_, programs_.rule(actor), entering,
                                                 actor.state_from ? stream_[*actor.state_from] : 0);
        }
        case Kind::loop:
            return std::make_unique<LoopProcess>(
                actor, shared_, *loops_[static_cast<std::size_t>(actor.loop)], stream_[actor.id]);
        case Kind::control:
            return std::make_unique<ControlProcess>(actor, shared_,
                                                    *loops_[static_cast<std::size_t>(actor.loop)]);
        case Kind::tap:
            return std::make_unique<Tap>(actor, shared_);
        case Kind::join:
            return std::make_unique<Join>(actor, shared_);
        case Kind::queue:
            return std::make_unique<Queue>(actor, shared_);
        case Kind::sink:
            return std::make_unique<Sink>(actor, shared_);
        default:
            throw std::logic_error(fmt::format("`{}` has no process", to_text(actor.kind)));
    }
}

void Run::connect() {
    // How far down the flow each actor is. Numbers go along the flow, so one pass is enough.
    std::vector<std::int64_t> depth(network_.actors.size());
    for (const auto& actor : network_.actors) {
        for (const auto id : actor.outputs) {
            const auto& channel = network_.channels[id];
            if (!channel.back_edge) depth[channel.to] = std::max(depth[channel.to], depth[actor.id] + 1);
        }
    }
    for (const auto& channel : network_.channels) {
        channels_[channel.id].open(channel.capacity, *processes_[channel.from], *processes_[channel.to]);
    }
    for (const auto& actor : network_.actors) {
        std::vector<Channel*> inputs;
        std::vector<Channel*> outputs;
        for (const auto id : actor.inputs)
            inputs.push_back(&channels_[id]);
        for (const auto id : actor.outputs)
            outputs.push_back(&channels_[id]);
        processes_[actor.id]->attach(std::move(inputs), std::move(outputs), depth[actor.id]);
    }
}

core::Result<Outcome> Run::operator()(const std::stop_token& stop) {
    const std::stop_callback interrupt(stop, [this] { shared_.end(); });
    for (const auto& process : processes_) {
        const auto& actor = process->actor();
        // Sources that lead to feedbacks that have gone on without them only are done.
        if (actor.inputs.empty() ? left_[actor.id] || actor.loop >= 0 : actor.kind == Kind::loop)
            process->notify();
    }
    shared_.scheduler.run();
    if (auto error = shared_.error()) return tl::unexpected(std::move(*error));

    const auto missing = std::ranges::find_if(
        network_.sinks, [&](ActorId id) { return !static_cast<const Sink&>(*processes_[id]).result(); });
    if (missing == network_.sinks.end()) return outcome(false);
    if (stop.stop_requested()) return outcome(true);
    return core::fail(core::ErrorKind::run,
                      "internal error: the run came to a standstill before there was a result",
                      network_.actors[*missing].path);
}

Outcome Run::outcome(bool interrupted) const {
    Outcome outcome;
    outcome.status = interrupted ? Outcome::Status::interrupted : Outcome::Status::done;
    outcome.tokens = shared_.tokens.load();
    outcome.bytes_moved = shared_.bytes.load();
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
            if (!channel.back_edge) path.push_back(channel.from);
        }
    }
}

}  // namespace trama::engine::threads
