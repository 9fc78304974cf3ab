#include "engine/simulated/host.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/later.hpp"
#include "trama/core/random.hpp"

namespace trama::engine::simulated {
namespace {

std::string client_of(const network::Actor& actor) {
    return fmt::format("{}/{}[{}]", actor.name, actor.occurrence, fmt::join(actor.copy, ","));
}

}  // namespace

SimulatedHost::SimulatedHost(const network::Network& network, const Machines& machines, Told& observer,
                             const RunOptions& options)
    : machines_(machines),
      observer_(observer),
      seed_(options.seed),
      training_(options.training),
      alarms_(network.actors.size()),
      free_at_(machines.count()),
      links_(machines.count()),
      uses_(machines.count()),
      shares_memory_(network.actors.size()),
      stand_in_(network),
      workers_(options.threads > 1 && options.training ? options.threads - 1 : 0) {
    if (!training_) return;
    std::unordered_map<std::string, network::ActorId> first;
    for (const auto& actor : network.actors) {
        if (actor.kind != network::Kind::function || actor.inputs.empty()) continue;
        const auto [known, added] = first.emplace(client_of(actor), actor.id);
        if (!added) shares_memory_[actor.id] = shares_memory_[known->second] = true;
    }
}

measure::Clock::time_point SimulatedHost::moment(double seconds) {
    return later({}, seconds);
}

void SimulatedHost::schedule(double at, Event::What what, std::uint32_t index) {
    queue_.push({at, ++events_, what, index});
}

void SimulatedHost::take_turns(const network::Actor& actor) {
    // Two uses of one client remember in the order of the clock.
    const auto last = last_by_client_.find(client_of(actor));
    if (last != last_by_client_.end()) workers_.wait(*last->second);
}

void SimulatedHost::work(actors::Process& process, actors::Work work) {
    const auto& actor = process.actor();
    const auto machine = machines_.of(actor.id);
    std::size_t bytes = 0;
    for (const auto& value : work.values)
        bytes += core::payload_bytes(value);
    Pending pending;
    pending.process = &process;
    pending.round = work.round;
    pending.start = machines_.available(machine, std::max(now_, free_at_[machine]));
    auto end = pending.start + machines_.work(actor, bytes) + work.delay;
    if (again_ != nullptr) {
        pending.start = again_->start;
        end = again_->end;
    } else {
        free_at_[machine] = end;
    }
    if (!training_) pending.value = stand_in_.of(actor, work);
    if (!pending.value) {
        const bool takes_turns = shares_memory_[actor.id];
        if (takes_turns) take_turns(actor);
        pending.words = std::make_shared<Told::Words>();
        pending.job = workers_.begin([work = std::move(work), words = pending.words] {
            const Told::Listening listening(*words);
            return actors::guarded(work);
        });
        if (takes_turns) last_by_client_[client_of(actor)] = pending.job;
    }
    const auto slot = pending_.put(std::move(pending));
    queue_.push({end, again_ != nullptr ? again_->number : ++events_, Event::What::done, slot});
}

double SimulatedHost::arrival(std::size_t from, std::size_t to, std::size_t bytes) {
    const auto& sender = machines_.device(from);
    const auto& receiver = machines_.device(to);
    auto& up = links_[from];
    auto& down = links_[to];
    const auto size = static_cast<double>(bytes);
    // One message after the other through each link; the slower one sets the pace.
    const auto rate = [&](double one, double other) {
        return one > 0 && other > 0 ? std::min(one, other) : std::max(one, other);
    };
    const auto pace = rate(sender.up, receiver.down);
    auto at = std::max(now_, up.up);
    if (pace > 0) at += size / pace;
    if (sender.up > 0) {
        up.up = std::max(now_, up.up) + size / sender.up;
        uses_[from].radio += size / sender.up;
    }
    if (receiver.down > 0) {
        uses_[to].radio += size / receiver.down;
        at = std::max(at, down.down + size / receiver.down);
        down.down = at;
    }
    at += sender.latency + receiver.latency;
    const auto jitter = sender.jitter + receiver.jitter;
    const auto loss = 1 - (1 - sender.loss) * (1 - receiver.loss);
    if (jitter > 0 || loss > 0) {
        const std::array<std::int64_t, 3> number{static_cast<std::int64_t>(from),
                                                 static_cast<std::int64_t>(to), ++up.messages};
        core::Stream random({seed_, "link", 0, {}, number, "time"});
        at += jitter * random.uniform();
        while (loss > 0 && random.uniform() < loss)
            at += 2 * (sender.latency + receiver.latency);
    }
    return at;
}

void SimulatedHost::send(actors::Channel& channel, actors::Message&& message) {
    auto& from = channel.from();
    // A skip is that nothing is sent.
    if (message.value.is_skip() && channel.under_way == 0) {
        if (channel.to().pass(message)) return;
        return from.deliver(channel, std::move(message));
    }
    const auto here = machines_.of(from.actor().id);
    const auto there = machines_.of(channel.to().actor().id);
    if (here == there) return from.deliver(channel, std::move(message));
    const auto at = arrival(here, there, core::payload_bytes(message.value));
    if (at <= now_ && channel.under_way == 0) return from.deliver(channel, std::move(message));
    // Nothing overtakes on a channel.
    channel.free_at = std::max(at, channel.free_at);
    fly(channel, std::move(message), channel.free_at, ++events_);
}

void SimulatedHost::fly(actors::Channel& channel, actors::Message message, double at, std::uint64_t number) {
    channel.from().depart(channel);
    queue_.push({at, number, Event::What::arrival, flying_.put({&channel, std::move(message)})});
}

std::optional<actors::Clockwork> SimulatedHost::clockwork() const {
    if (!training_) return std::nullopt;
    actors::Clockwork made;
    made.now = now_;
    made.events = events_;
    made.ready.assign(ready_.begin(), ready_.end());
    for (std::size_t i = 0; i < free_at_.size(); ++i) {
        const auto& [up, down, messages] = links_[i];
        if (free_at_[i] > 0 || up > 0 || down > 0 || messages > 0)
            made.machines.push_back({i, free_at_[i], up, down, messages});
    }
    for (auto events = queue_; !events.empty(); events.pop()) {
        const auto& event = events.top();
        switch (event.what) {
            case Event::What::arrival: {
                const auto& flying = flying_[event.index];
                made.arrivals.push_back({flying.channel, flying.message, event.at, event.number});
                break;
            }
            case Event::What::done: {
                const auto& pending = pending_[event.index];
                made.jobs.push_back({pending.process, pending.round, pending.start, event.at, event.number});
                break;
            }
            case Event::What::alarm:
                if (alarms_[event.index] == event.number) return std::nullopt;
                break;
        }
    }
    std::ranges::sort(made.jobs, {}, &actors::Clockwork::Job::number);
    return made;
}

void SimulatedHost::wind(const actors::Clockwork& clockwork) {
    began_ = now_ = clockwork.now;
    events_ = clockwork.events;
    for (const auto& machine : clockwork.machines) {
        free_at_.at(machine.number) = machine.free_at;
        links_.at(machine.number) = {machine.up, machine.down, machine.messages};
    }
    for (const auto& [channel, message, at, number] : clockwork.arrivals)
        fly(*channel, message, at, number);
    for (const auto& job : clockwork.jobs) {
        again_ = &job;
        job.process->work_again();
    }
    again_ = nullptr;
    // Whoever was told of what has been put back was told before.
    for (auto* process : std::exchange(ready_, {}))
        process->rest();
    for (auto* process : clockwork.ready)
        process->notify();
}

void SimulatedHost::wake(actors::Process& process, double at) {
    auto& alarm = alarms_[process.actor().id];
    alarm = 0;
    if (std::isinf(at)) return;
    schedule(at, Event::What::alarm, process.actor().id);
    alarm = events_;
    sleepers_[process.actor().id] = &process;
}

void SimulatedHost::happen(const Event& event) {
    switch (event.what) {
        case Event::What::arrival: {
            now_ = event.at;
            auto flying = flying_.take(event.index);
            flying.channel->from().land(*flying.channel, std::move(flying.message));
            return;
        }
        case Event::What::done: {
            now_ = event.at;
            auto pending = pending_.take(event.index);
            if (pending.job) workers_.wait(*pending.job);
            core::Result<core::Value> result =
                pending.job ? std::move(pending.job->result) : std::move(*pending.value);
            const auto& actor = pending.process->actor();
            if (!training_ && pending.job && result) stand_in_.keep(actor, *result);
            if (pending.words) observer_.tell(*pending.words);
            observer_.fired({actor.path, pending.round}, moment(pending.start), moment(now_));
            uses_[machines_.of(actor.id)].busy += now_ - pending.start;
            pending.process->finish(std::move(result));
            return;
        }
        case Event::What::alarm:
            if (alarms_[event.index] != event.number) return;  // taken back
            now_ = event.at;
            alarms_[event.index] = 0;
            sleepers_.at(event.index)->notify();
            return;
    }
}

void SimulatedHost::run_ready() {
    while (!ready_.empty() && !stopped_.load()) {
        auto* process = ready_.front();
        ready_.pop_front();
        process->run();
    }
}

void SimulatedHost::run() {
    run_ready();
    while (!queue_.empty() && !stopped_.load()) {
        const auto event = queue_.top();
        queue_.pop();
        happen(event);
        run_ready();
    }
    workers_.stop();
}

}  // namespace trama::engine::simulated
