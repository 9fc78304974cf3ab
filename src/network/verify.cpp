#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <unordered_set>

#include <fmt/format.h>

#include "network/passes.hpp"

namespace trama::network {
namespace {

constexpr std::size_t enough = 20;  ///< findings: more say nothing new
constexpr std::size_t many = std::numeric_limits<std::size_t>::max();

struct Arity {
    std::size_t in_least, in_most, out_least, out_most;
};

Arity arity(Kind kind) {
    switch (kind) {
        case Kind::function:
            return {0, 1, 0, 1};
        case Kind::broadcast:
        case Kind::scatter:
        case Kind::unicast:
            return {1, 1, 1, many};
        case Kind::gather:
        case Kind::gatherall:
        case Kind::reduce:
        case Kind::exchange:
            return {1, many, 1, 1};
        case Kind::fold:
        case Kind::mix:
        case Kind::queue:
        case Kind::window:
            return {1, 1, 1, 1};
        case Kind::sample:
        case Kind::control:
            return {1, many, 1, many};
        case Kind::loop:
            return {2, 2, 2, 2};
        case Kind::tap:
            return {1, 1, 2, 2};
        case Kind::join:
            return {1, many, 1, 1};
        case Kind::publish:
            return {1, 1, 1, many};
        case Kind::subscribe:
            return {0, many, 1, 1};
        case Kind::sink:
            return {1, 1, 0, 0};
    }
    return {0, 0, 0, 0};
}

class Verifier {
  public:
    explicit Verifier(const Network& network) : network_(network) {}

    std::vector<std::string> operator()() {
        check_ids();
        if (!wrong_.empty()) return wrong_;  // nothing below may follow a wrong number
        check_actors();
        check_edges();
        check_loops();
        check_flow();
        return wrong_;
    }

  private:
    template <class... Args>
    void expect(bool holds, fmt::format_string<Args...> message, Args&&... args) {
        if (!holds && wrong_.size() < enough)
            wrong_.push_back(fmt::format(message, std::forward<Args>(args)...));
    }

    void check_ids() {
        const auto& [actors, channels] = std::tie(network_.actors, network_.channels);
        for (std::size_t i = 0; i < channels.size(); ++i) {
            const auto& c = channels[i];
            expect(c.id == i, "channel {} has the number {}", i, c.id);
            expect(c.capacity >= 1, "channel {} has room for {} tokens", i, c.capacity);
            const bool from = c.from < actors.size() && c.from_port < actors[c.from].outputs.size() &&
                              actors[c.from].outputs[c.from_port] == i;
            const bool to = c.to < actors.size() && c.to_port < actors[c.to].inputs.size() &&
                            actors[c.to].inputs[c.to_port] == i;
            expect(from, "channel {} does not begin at output {} of actor {}", i, c.from_port, c.from);
            expect(to, "channel {} does not end at input {} of actor {}", i, c.to_port, c.to);
        }
        std::size_t inputs = 0;
        std::size_t outputs = 0;
        for (std::size_t i = 0; i < actors.size(); ++i) {
            expect(actors[i].id == i, "actor {} has the number {}", i, actors[i].id);
            inputs += actors[i].inputs.size();
            outputs += actors[i].outputs.size();
            for (const auto* ports : {&actors[i].inputs, &actors[i].outputs}) {
                for (const auto id : *ports)
                    expect(id < channels.size(), "actor {} has no channel {}", i, id);
            }
        }
        expect(inputs == channels.size(), "{} inputs have {} channels", inputs, channels.size());
        expect(outputs == channels.size(), "{} outputs have {} channels", outputs, channels.size());
        for (const auto sink : network_.sinks) {
            expect(sink < actors.size() && actors[sink].kind == Kind::sink, "actor {} is no sink", sink);
        }
    }

    void check_actors() {
        std::unordered_set<std::string_view> paths(network_.actors.size() * 2);
        std::size_t sinks = 0;
        for (const auto& actor : network_.actors) {
            expect(!actor.path.empty() && paths.insert(actor.path).second, "two actors have the path `{}`",
                   actor.path);
            const auto fits = arity(actor.kind);
            const auto in = actor.inputs.size();
            const auto out = actor.outputs.size();
            expect(in >= fits.in_least && in <= fits.in_most, "{} `{}` has {} inputs", to_text(actor.kind),
                   actor.path, in);
            expect(out >= fits.out_least && out <= fits.out_most, "{} `{}` has {} outputs",
                   to_text(actor.kind), actor.path, out);
            const bool same = actor.kind == Kind::control || (actor.kind == Kind::sample && in > 1);
            expect(!same || in == out, "{} `{}` has {} inputs and {} outputs", to_text(actor.kind),
                   actor.path, in, out);
            expect(actor.copies >= 1 && actor.rank >= 0 && actor.rank < actor.copies, "`{}` is copy {} of {}",
                   actor.path, actor.rank, actor.copies);
            expect(actor.loop >= -1 && actor.loop < static_cast<std::int64_t>(network_.loops.size()),
                   "`{}` is in loop {}, which is not there", actor.path, actor.loop);
            expect(actor.kind != Kind::function || actor.call, "`{}` has no function", actor.path);
            expect(actor.kind != Kind::exchange || actor.senders.size() == in,
                   "`{}` has {} senders and {} inputs", actor.path, actor.senders.size(), in);
            sinks += actor.kind == Kind::sink ? 1 : 0;
        }
        expect(sinks == network_.sinks.size(), "{} sinks are listed, there are {}", network_.sinks.size(),
               sinks);
    }

    /// What there is beside the channels' ends: mixing, regions, collectors.
    void check_edges() {
        for (const auto& actor : network_.actors) {
            const auto points = [&](const std::optional<ActorId>& to, std::initializer_list<Kind> kinds) {
                return !to || (*to < network_.actors.size() &&
                               std::ranges::find(kinds, network_.actors[*to].kind) != kinds.end());
            };
            expect(points(actor.begun_by, {Kind::broadcast, Kind::scatter, Kind::sample}) &&
                       (!actor.begun_by || network_.actors[*actor.begun_by].inputs.size() == 1),
                   "no block begins `{}`", actor.path);
            expect(!actor.begun_by || actor.kind == Kind::reduce, "`{}` has no rounds to begin", actor.path);
            expect(points(actor.collected_by, {Kind::reduce, Kind::gatherall}), "no block collects for `{}`",
                   actor.path);
            expect((actor.kind == Kind::exchange) != actor.mixing.empty(), "{} `{}` mixes {} graphs",
                   to_text(actor.kind), actor.path, actor.mixing.size());
            for (const auto& mixing : actor.mixing)
                check_mixing(actor, mixing);
        }
        for (const auto& channel : network_.channels) {
            const auto kind = network_.actors[channel.from].kind;
            const bool opens = kind == Kind::broadcast || kind == Kind::scatter || kind == Kind::sample ||
                               kind == Kind::loop;
            expect(!channel.overwrites || (opens && !channel.back_edge), "channel {} must not overwrite",
                   channel.id);
        }
    }

    void check_mixing(const Actor& actor, const Mixing& mixing) {
        double sum = 0;
        bool sound =
            mixing.weights.size() == actor.inputs.size() && mixing.shares.size() == actor.inputs.size();
        for (const auto weight : mixing.weights) {
            sum += weight;
            sound = sound && weight >= 0;
        }
        for (const auto share : mixing.shares)
            sound = sound && share >= 0 && share <= 1;
        expect(sound && std::abs(sum - 1) < 1e-8, "the weights of `{}` are none: they sum to {}", actor.path,
               sum);
    }

    void check_loops() {
        for (std::size_t i = 0; i < network_.loops.size(); ++i) {
            const auto& loop = network_.loops[i];
            expect(loop.parent >= -1 && loop.parent < static_cast<std::int64_t>(i), "`{}` lies in loop {}",
                   loop.path, loop.parent);
            expect(!loop.streams.empty(), "`{}` has no stream", loop.path);
            expect(!loop.asynchronous || !loop.control, "`{}` is asynchronous and has a control actor",
                   loop.path);
            for (const auto id : loop.streams) {
                const bool own = id < network_.actors.size() && network_.actors[id].kind == Kind::loop &&
                                 network_.actors[id].loop == static_cast<std::int64_t>(i);
                expect(own, "actor {} is no stream of `{}`", id, loop.path);
                expect(!own || network_.channels[network_.actors[id].inputs[1]].back_edge,
                       "`{}` has no back edge at actor {}", loop.path, id);
            }
            if (loop.control) {
                const bool own = *loop.control < network_.actors.size() &&
                                 network_.actors[*loop.control].kind == Kind::control &&
                                 network_.actors[*loop.control].inputs.size() == loop.streams.size();
                expect(own, "actor {} does not control `{}`", *loop.control, loop.path);
            }
        }
    }

    /// Every actor is reached from a source without going back.
    void check_flow() {
        std::vector<std::size_t> waits(network_.actors.size());
        for (const auto& channel : network_.channels) {
            if (!channel.back_edge && !channel.newest) ++waits[channel.to];
        }
        std::vector<ActorId> ready;
        for (const auto& actor : network_.actors) {
            if (waits[actor.id] == 0) ready.push_back(actor.id);
        }
        std::size_t reached = 0;
        while (!ready.empty()) {
            const auto& actor = network_.actors[ready.back()];
            ready.pop_back();
            ++reached;
            for (const auto id : actor.outputs) {
                const auto& channel = network_.channels[id];
                if (!channel.back_edge && !channel.newest && --waits[channel.to] == 0)
                    ready.push_back(channel.to);
            }
        }
        if (reached == network_.actors.size()) return;
        for (const auto& actor : network_.actors) {
            expect(waits[actor.id] == 0, "`{}` waits in a circle without a feedback", actor.path);
        }
    }

    const Network& network_;
    std::vector<std::string> wrong_;
};

}  // namespace

std::vector<std::string> verify(const Network& network) {
    return Verifier(network)();
}

}  // namespace trama::network
