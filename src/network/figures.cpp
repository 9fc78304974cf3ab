#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "trama/core/elementary.hpp"
#include "trama/core/words.hpp"
#include "trama/network/topology.hpp"

namespace trama::network {
namespace {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// The second singular value of the product of all rounds' weights, by power iteration beside the first.
class Singular {
  public:
    Singular(const Network& network, const Topology& topology) : network_(network), topology_(topology) {}

    double second(bool doubly_stochastic) const {
        const auto n = topology_.streams.size();
        if (n < 2) return 0;
        Vector first(n, 1 / std::sqrt(static_cast<double>(n)));
        if (!doubly_stochastic) {
            largest(first, {});
            const auto length = std::sqrt(dot(first, first));
            for (auto& each : first)
                each /= length;
        }
        Vector other(n);
        for (std::size_t i = 0; i < n; ++i)
            other[i] = static_cast<double>((i * 7919 + 13) % 1009) / 1009 - 0.5;
        return largest(other, first);
    }

  private:
    /// The largest singular value beside that of `without`; `x` becomes its vector, of any length.
    double largest(Vector& x, const Vector& without) const {
        std::size_t ports = 0;
        for (const auto id : topology_.streams)
            ports += network_.actors[id].inputs.size();
        const auto steps = std::clamp<std::size_t>(
            200'000'000 / (1 + ports * static_cast<std::size_t>(topology_.rounds)), 100, 100'000);
        double value = 0;
        for (std::size_t step = 0; step < steps; ++step) {
            if (!without.empty()) {
                const auto part = dot(x, without);
                for (std::size_t i = 0; i < x.size(); ++i)
                    x[i] -= part * without[i];
            }
            const auto length = std::sqrt(dot(x, x));
            if (length < 1e-150) return 0;
            for (auto& each : x)
                each /= length;
            for (std::int64_t round = 0; round < topology_.rounds; ++round)
                x = times(x, round, false);
            const auto now = std::sqrt(dot(x, x));
            for (auto round = topology_.rounds; round-- > 0;)
                x = times(x, round, true);
            if (now < 1e-12) return 0;  // rounding
            const bool settled = std::abs(now - value) <= 1e-15 * now;
            value = now;
            if (settled && step > 100) break;
        }
        return value;
    }

    Vector times(const Vector& x, std::int64_t round, bool transposed) const {
        Vector y(x.size());
        for (std::size_t i = 0; i < topology_.streams.size(); ++i) {
            const auto& actor = network_.actors[topology_.streams[i]];
            const auto& weights = actor.mixing[static_cast<std::size_t>(round)].weights;
            for (std::size_t port = 0; port < weights.size(); ++port) {
                const auto j = static_cast<std::size_t>(actor.senders[port]);
                (transposed ? y[j] : y[i]) += weights[port] * (transposed ? x[i] : x[j]);
            }
        }
        return y;
    }

    const Network& network_;
    const Topology& topology_;
};

bool is_doubly_stochastic(const Network& network, const Topology& topology) {
    for (std::size_t round = 0; round < static_cast<std::size_t>(topology.rounds); ++round) {
        Vector columns(topology.streams.size());
        for (const auto id : topology.streams) {
            const auto& actor = network.actors[id];
            for (std::size_t port = 0; port < actor.senders.size(); ++port)
                columns[static_cast<std::size_t>(actor.senders[port])] += actor.mixing[round].weights[port];
        }
        if (std::ranges::any_of(columns, [](double sum) { return std::abs(sum - 1) > 1e-9; })) return false;
    }
    return true;
}

/// The longest of the shortest ways, -1 when there is none.
std::int64_t diameter_of(const std::vector<std::vector<std::int64_t>>& senders) {
    std::int64_t longest = 0;
    for (std::size_t start = 0; start < senders.size(); ++start) {
        std::vector<std::int64_t> steps(senders.size(), -1);
        std::vector<std::size_t> reached{start};
        steps[start] = 0;
        for (std::size_t next = 0; next < reached.size(); ++next) {
            for (const auto from : senders[reached[next]]) {
                auto& step = steps[static_cast<std::size_t>(from)];
                if (step >= 0) continue;
                step = steps[reached[next]] + 1;
                longest = std::max(longest, step);
                reached.push_back(static_cast<std::size_t>(from));
            }
        }
        if (reached.size() < senders.size()) return -1;
    }
    return longest;
}

void measure(const Network& network, Topology& topology) {
    const auto& senders = topology.senders;
    topology.rounds = std::ssize(network.actors[topology.streams.front()].mixing);
    topology.degree_least = std::ssize(senders.front());
    for (std::size_t i = 0; i < senders.size(); ++i) {
        const auto degree = std::ssize(senders[i]);
        topology.edges += degree;
        topology.degree_least = std::min(topology.degree_least, degree);
        topology.degree_most = std::max(topology.degree_most, degree);
        topology.directed |= std::ranges::any_of(senders[i], [&](std::int64_t j) {
            return !std::ranges::binary_search(senders[static_cast<std::size_t>(j)],
                                               static_cast<std::int64_t>(i));
        });
    }
    topology.degree_mean = static_cast<double>(topology.edges) / static_cast<double>(senders.size());
    if (!topology.directed) topology.edges /= 2;
    topology.diameter = diameter_of(senders);
    topology.doubly_stochastic = is_doubly_stochastic(network, topology);
    const auto second = Singular(network, topology).second(topology.doubly_stochastic);
    topology.spectral_gap = 1 - core::pow(second, 1 / static_cast<double>(topology.rounds));
}

/// The path of the exchange that a stream belongs to.
std::string path_of(const Actor& actor) {
    return actor.path.ends_with(']') ? actor.path.substr(0, actor.path.rfind("/[")) : actor.path;
}

}  // namespace

std::vector<Topology> topologies_of(const Network& network) {
    std::map<std::string, std::vector<ActorId>> streams;
    std::vector<std::string> paths;  // in the order of the network
    for (const auto& actor : network.actors) {
        if (actor.kind != Kind::exchange) continue;
        auto& of = streams[path_of(actor)];
        if (of.empty()) paths.push_back(path_of(actor));
        of.push_back(actor.id);
    }
    std::vector<Topology> all;
    std::map<std::tuple<std::string, std::int64_t, std::size_t>, std::size_t> known;
    for (const auto& path : paths) {
        auto& of = streams[path];
        // Ids follow the flow, not the streams.
        std::ranges::sort(of, {}, [&](ActorId id) { return network.actors[id].stream; });
        const auto& first = network.actors[of.front()];
        const auto [same, is_new] = known.try_emplace({first.name, first.occurrence, of.size()}, all.size());
        if (!is_new) {
            ++all[same->second].copies;
            continue;
        }
        Topology topology;
        topology.path = path;
        topology.streams = of;
        for (std::size_t i = 0; i < of.size(); ++i) {
            auto senders = network.actors[of[i]].senders;
            std::erase(senders, static_cast<std::int64_t>(i));
            topology.senders.push_back(std::move(senders));
        }
        measure(network, topology);
        all.push_back(std::move(topology));
    }
    return all;
}

std::string print_topologies(const Network& network) {
    std::string text;
    for (const auto& each : topologies_of(network)) {
        const auto& block = network.actors[each.streams.front()].block;
        text += fmt::format("{}{}\n  {}\n", text.empty() ? "" : "\n", each.path, core::to_text(*block));
        const auto line = [&](std::string_view name, const std::string& value) {
            text += fmt::format("  {:<18} {}\n", name, value);
        };
        if (each.copies > 1) line("copies", std::to_string(each.copies));
        line("streams", std::to_string(each.streams.size()));
        line("edges", fmt::format("{}, {}", each.edges, each.directed ? "directed" : "both ways"));
        if (each.degree_least == each.degree_most)
            line("degree", std::to_string(each.degree_most));
        else
            line("degree",
                 fmt::format("{} to {}, mean {:.4g}", each.degree_least, each.degree_most, each.degree_mean));
        line("diameter", each.diameter < 0 ? "none: not everyone is reached" : std::to_string(each.diameter));
        if (each.rounds > 1) line("graphs", fmt::format("{}, one a round", each.rounds));
        line("spectral gap",
             fmt::format("{:.6g}", std::abs(each.spectral_gap) < 1e-12 ? 0.0 : each.spectral_gap));
        line("doubly stochastic", each.doubly_stochastic ? "yes: gossip keeps the mean"
                                                         : "no: `push_sum` keeps the mean, gossip does not");
    }
    return text.empty() ? fmt::format("{}: no exchange in it\n", network.name) : text;
}

}  // namespace trama::network
