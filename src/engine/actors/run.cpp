#include "engine/actors/run.hpp"

#include <algorithm>
#include <ranges>
#include <span>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "engine/actors/async_loop.hpp"
#include "engine/actors/exchange.hpp"
#include "engine/actors/flow.hpp"
#include "engine/actors/loop.hpp"
#include "engine/actors/quorum.hpp"
#include "engine/actors/streams.hpp"
#include "engine/actors/work.hpp"
#include "engine/arguments.hpp"

namespace trama::engine::actors {

using network::Actor;
using network::ActorId;
using network::Kind;

Run::Run(Host& host, const network::Network& network, const Programs& programs, measure::Observer& observer,
         const RunOptions& options)
    : network_(network),
      programs_(programs),
      shared_(host, network, observer, options),
      reports_(network.actors.size()),
      channels_(network.channels.size()),
      moments_(network, processes_, channels_, shared_),
      sinks_left_(network.sinks.size()) {
    make_loops();
    make_processes();
    connect();
    join_edges();
    if (ends_with_its_sinks()) shared_.finished = [this] { sink_finished(); };
    shared_.go_on_without = [this](const Actor& actor, const core::Error& error) {
        return go_on_without(actor, error);
    };
    shared_.moment = [this](std::int64_t loop) { return moments_.now(loop); };
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
            loop->streams.size() != checkpoint.streams.size() ||
            loop->asynchronous != checkpoint.circulation.has_value()) {
            throw std::invalid_argument("a checkpoint of another network: " + checkpoint.loop);
        }
        if (!left_[loop->streams.front()]) continue;
        const auto index = loop - network_.loops.begin();
        loops_[static_cast<std::size_t>(index)]->resume(checkpoint);
        for (const auto id : loop->streams) {
            const auto source = network_.channels[network_.actors[id].inputs.front()].from;
            if (loop->asynchronous) {
                resume(*loop, checkpoint, left_[source]);
            } else {
                static_cast<LoopProcess&>(*processes_[id]).resume(checkpoint, left_[source]);
            }
        }
    }
}

void Run::resume(const network::Loop& loop, const Checkpoint& checkpoint, bool again) {
    auto& process = static_cast<AsyncLoopProcess&>(*processes_[loop.streams.front()]);
    process.resume(checkpoint, again);
    for (const auto& actor : network_.actors) {
        if (actor.kind == Kind::mix && actor.loop == process.actor().loop)
            static_cast<MixProcess&>(*processes_[actor.id]).resume();
    }
    if (checkpoint.circulation->moment && shared_.host.winds())
        return moments_.put_back(*checkpoint.circulation->moment, process);
    shared_.observer.warn(
        "what was under way in this asynchronous feedback begins anew: its result is not, bit for bit, that "
        "of "
        "a run that never stopped",
        loop.path);
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
    // Behind a `unicast` a stream may get many tokens, and the one beside it none.
    const bool spread = std::ranges::any_of(
        network_.actors, [](const Actor& actor) { return actor.kind == Kind::unicast && actor.loop < 0; });
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        const auto parent = network_.loops[i].parent;
        const bool inside = parent >= 0 && (network_.loops[static_cast<std::size_t>(parent)].asynchronous ||
                                            loops_[static_cast<std::size_t>(parent)]->loose());
        if (spread || inside) loops_[i]->loosen();
    }
    for (const auto& actor : network_.actors) {
        const bool arrivals = (actor.kind == Kind::unicast && is_word(actor.block.get(), "policy", "auto")) ||
                              (actor.kind == Kind::gather && !is_word(actor.block.get(), "order", "rr"));
        for (auto at = arrivals ? actor.loop : -1; at >= 0;
             at = network_.loops[static_cast<std::size_t>(at)].parent)
            loops_[static_cast<std::size_t>(at)]->follow_arrivals();
        if (actor.kind == Kind::exchange && actor.loop >= 0 && seconds(actor.block.get(), "timeout"))
            loop_of(actor).bear_losses();
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
        case Kind::unicast:
            return std::make_unique<Unicast>(actor, shared_);
        case Kind::sample: {
            const auto& choice = programs_.choice(actor);
            auto& reports = reports_[actor.id];
            if (choice.wants_reports()) reports = std::make_unique<Reports>(actor.outputs.size());
            return std::make_unique<Choose>(actor, shared_, choice, reports.get());
        }
        case Kind::reduce:
        case Kind::fold:
        case Kind::mix:
            return make_rule(actor);
        case Kind::exchange:
            if (const auto timeout = seconds(actor.block.get(), "timeout"))
                return std::make_unique<ExchangeInTime>(actor, shared_, *timeout);
            return std::make_unique<Exchange>(actor, shared_);
        case Kind::loop:
            if (loop_of(actor).loop().asynchronous)
                return std::make_unique<AsyncLoopProcess>(actor, shared_, loop_of(actor), stream_[actor.id]);
            return std::make_unique<LoopProcess>(actor, shared_, loop_of(actor), stream_[actor.id]);
        case Kind::control:
            return std::make_unique<ControlProcess>(actor, shared_, loop_of(actor));
        case Kind::tap:
            return std::make_unique<Tap>(actor, shared_);
        case Kind::join:
            return std::make_unique<Join>(actor, shared_);
        case Kind::queue:
            return std::make_unique<Queue>(actor, shared_);
        case Kind::publish:
            return std::make_unique<Publish>(actor, shared_);
        case Kind::subscribe:
            return std::make_unique<Subscribe>(actor, shared_);
        case Kind::window:
            return std::make_unique<Window>(actor, shared_);
        case Kind::sink:
            return std::make_unique<Sink>(actor, shared_);
    }
    throw std::logic_error(fmt::format("`{}` has no process", to_text(actor.kind)));
}

std::unique_ptr<Process> Run::make_rule(const Actor& actor) {
    LoopState* entering = nullptr;
    std::size_t stream = 0;
    if (actor.state_from) {
        entering = &loop_of(network_.actors[*actor.state_from]);
        stream = stream_[*actor.state_from];
        entering->keep_first(stream);
    }
    const auto& rule = programs_.rule(actor);
    if (actor.kind == Kind::mix) return std::make_unique<MixProcess>(actor, shared_, rule, entering, stream);
    if (is_quorum(actor)) return std::make_unique<Quorum>(actor, shared_, rule, entering, stream);
    return std::make_unique<RuleProcess>(actor, shared_, rule, entering, stream);
}

void Run::join_edges() {
    for (const auto& actor : network_.actors) {
        if (actor.begun_by && is_quorum(actor)) {
            static_cast<Parting&>(*processes_[*actor.begun_by])
                .begins(static_cast<Quorum&>(*processes_[actor.id]));
        }
        if (!actor.collected_by || !reports_[actor.id]) continue;
        auto& reports = *reports_[actor.id];
        const auto& collector = network_.actors[*actor.collected_by];
        auto& process = *processes_[collector.id];
        if (collector.kind == Kind::gatherall) {
            static_cast<GatherAll&>(process).reports_to(reports);
        } else {
            static_cast<Folding&>(process).reports_to(reports);
        }
        for (const auto id : collector.inputs)
            channels_[id].stamps = true;
    }
}

void Run::connect() {
    // How far down the flow each actor is. Numbers go along the flow, so one pass is enough.
    std::vector<std::int64_t> depth(network_.actors.size());
    for (const auto& actor : network_.actors) {
        for (const auto id : actor.outputs) {
            const auto& channel = network_.channels[id];
            if (!channel.back_edge && !channel.newest)
                depth[channel.to] = std::max(depth[channel.to], depth[actor.id] + 1);
        }
    }
    for (const auto& channel : network_.channels) {
        channels_[channel.id].open(channel, *processes_[channel.from], *processes_[channel.to]);
    }
    ports_.reserve(2 * channels_.size());
    const auto add = [this](const std::vector<network::ChannelId>& ids) {
        const auto begin = ports_.size();
        for (const auto id : ids)
            ports_.push_back(&channels_[id]);
        return std::span<Channel* const>(ports_).subspan(begin);
    };
    for (const auto& actor : network_.actors) {
        const auto inputs = add(actor.inputs);
        processes_[actor.id]->attach(inputs, add(actor.outputs), depth[actor.id]);
    }
}

}  // namespace trama::engine::actors
