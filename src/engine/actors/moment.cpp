#include "engine/actors/moment.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include "engine/actors/async_loop.hpp"

namespace trama::engine::actors {

Moments::Moments(const network::Network& network, const std::vector<std::unique_ptr<Process>>& processes,
                 std::vector<Channel>& channels, Shared& shared)
    : network_(network), processes_(processes), channels_(channels), shared_(shared) {}

bool Moments::inside(const Process& process, std::int64_t loop) const {
    auto at = process.actor().loop;
    while (at >= 0 && at != loop)
        at = network_.loops[static_cast<std::size_t>(at)].parent;
    return at >= 0;
}

/// Whether all that is left to do comes through this feedback.
bool Moments::nothing_beside(std::int64_t loop) const {
    const auto left = work_left(network_, {network_.loops[static_cast<std::size_t>(loop)].path});
    return std::ranges::none_of(
        network_.actors, [&](const network::Actor& actor) { return left[actor.id] && actor.inputs.empty(); });
}

Moment::Parcel Moments::parcel(const Message& message) const {
    Moment::Parcel made{{message.value, message.round}, {}};
    if (!message.trip) return made;
    for (const auto& [unicast, stream] : message.trip->choices)
        made.choices.emplace(network_.actors[unicast].path, stream);
    return made;
}

bool Moments::hold(Moment& moment, std::int64_t loop) const {
    for (const auto& process : processes_) {
        if (!inside(*process, loop)) {
            if (process->works()) return false;
            continue;
        }
        const auto held = process->held();
        if (!held || process->dead()) return false;
        if (held->tokens.empty() && held->numbers.empty()) continue;
        Moment::Holder holder{process->actor().path, {}, held->numbers};
        for (const auto& token : held->tokens)
            holder.tokens.push_back(parcel(token));
        moment.holders.push_back(std::move(holder));
    }
    return true;
}

bool Moments::wait(Moment& moment, std::int64_t loop) const {
    for (const auto& channel : channels_) {
        const auto waiting = channel.waiting();
        if (waiting.empty() && channel.under_way == 0) continue;
        if (!inside(channel.to(), loop)) return false;
        Moment::Queue queue{channel.to().actor().path, channel.to_port(), channel.free_at, {}};
        for (const auto& message : waiting)
            queue.tokens.push_back(parcel(message));
        moment.queues.push_back(std::move(queue));
    }
    return true;
}

bool Moments::remember(Moment& moment, std::int64_t loop, const std::vector<Clockwork::Job>& jobs) const {
    std::set<Memory::Use> at_work;
    for (const auto& job : jobs)
        at_work.emplace(job.process->actor().id, job.round.front());
    auto states = shared_.memories.before(loop, at_work);
    if (!states) return false;
    moment.states = std::move(*states);
    return true;
}

std::optional<Moment> Moments::now(std::int64_t loop) const {
    const auto clockwork = shared_.host.clockwork();
    if (!clockwork || !nothing_beside(loop)) return std::nullopt;
    Moment made;
    made.now = clockwork->now;
    made.events = clockwork->events;
    made.machines = clockwork->machines;
    for (const auto& job : clockwork->jobs) {
        if (!inside(*job.process, loop)) return std::nullopt;
        made.jobs.push_back({job.process->actor().path, job.start, job.end, job.number});
    }
    for (const auto& [channel, message, at, number] : clockwork->arrivals) {
        if (!inside(channel->to(), loop)) return std::nullopt;
        made.arrivals.push_back(
            {channel->to().actor().path, channel->to_port(), parcel(message), at, number});
    }
    for (const auto* process : clockwork->ready) {
        if (!inside(*process, loop)) return std::nullopt;
        made.ready.push_back(process->actor().path);
    }
    if (!hold(made, loop) || !wait(made, loop) || !remember(made, loop, clockwork->jobs)) return std::nullopt;
    return made;
}

Process& Moments::process(const std::string& path) const {
    const auto found = ids_.find(path);
    if (found == ids_.end())
        throw std::invalid_argument("a checkpoint of another network: nobody is " + path);
    return *processes_[found->second];
}

Channel& Moments::channel(const std::string& to, std::uint32_t port) const {
    const auto& inputs = process(to).actor().inputs;
    if (port >= inputs.size())
        throw std::invalid_argument("a checkpoint of another network: too few inputs of " + to);
    return channels_[inputs[port]];
}

Message Moments::message(const Moment::Parcel& parcel, const AsyncLoopProcess& loop) const {
    Trip trip{loop.visit(), {}};
    for (const auto& [unicast, stream] : parcel.choices)
        trip.choices.push_back({process(unicast).actor().id, stream});
    return {parcel.token.value, parcel.token.round, std::make_shared<const Trip>(std::move(trip))};
}

void Moments::put_back(const Moment& moment, AsyncLoopProcess& loop) {
    for (const auto& actor : network_.actors)
        ids_.emplace(actor.path, actor.id);
    for (const auto& [to, port, free_at, tokens] : moment.queues) {
        auto& waits_in = channel(to, port);
        waits_in.free_at = free_at;
        for (const auto& token : tokens)
            waits_in.from().deliver(waits_in, message(token, loop));
    }
    for (const auto& [actor, tokens, numbers] : moment.holders) {
        Process::Held held{{}, numbers};
        for (const auto& token : tokens)
            held.tokens.push_back(message(token, loop));
        process(actor).hold(held);
    }
    Clockwork clockwork;
    clockwork.now = moment.now;
    clockwork.events = moment.events;
    clockwork.machines = moment.machines;
    for (const auto& job : moment.jobs)
        clockwork.jobs.push_back({&process(job.actor), {}, job.start, job.end, job.number});
    for (const auto& [to, port, parcel, at, number] : moment.arrivals)
        clockwork.arrivals.push_back({&channel(to, port), message(parcel, loop), at, number});
    // The feedback was at it when the moment was taken, then the others in their order.
    clockwork.ready.push_back(&loop);
    for (const auto& path : moment.ready)
        clockwork.ready.push_back(&process(path));
    shared_.host.wind(clockwork);
}

}  // namespace trama::engine::actors
