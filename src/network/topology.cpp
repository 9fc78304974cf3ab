#include "network/topology.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "trama/core/random.hpp"

namespace trama::network {
namespace {

using core::ErrorKind;

using Graphs = core::Result<std::vector<Graph>>;

struct Task {
    const core::Call& topology;
    std::int64_t n;
    const At& at;
    Graph graph;  // where topologies of one graph put their edges

    void edge(std::int64_t from, std::int64_t to) {
        if (from != to) graph[static_cast<std::size_t>(to)].push_back(from);
    }
    void both(std::int64_t a, std::int64_t b) {
        edge(a, b);
        edge(b, a);
    }
    /// An argument by name or, where the registry calls it otherwise, by place.
    const core::Constant* argument(std::string_view name, std::size_t index) const {
        if (const auto* named = topology.find(name)) return named;
        return index < topology.arguments.size() ? &topology.arguments[index].value : nullptr;
    }
    std::int64_t integer(std::string_view name, std::size_t index, std::int64_t otherwise) const {
        const auto* value = argument(name, index);
        const auto* number = value != nullptr ? value->as<std::int64_t>() : nullptr;
        return number != nullptr ? *number : otherwise;
    }
    core::Stream stream(std::int64_t seed) const {
        return core::Stream({static_cast<std::uint64_t>(seed), topology.function, 0, {}, {}, "edges"});
    }
    tl::unexpected<core::Error> fail(std::string message, std::string hint = {}) const {
        return core::fail(ErrorKind::scheme, std::move(message), at.place, std::move(hint));
    }
};

Graphs build(const core::Call& topology, std::int64_t n, const At& at);

core::Result<void> full(Task& task) {
    for (std::int64_t i = 0; i < task.n; ++i) {
        for (std::int64_t j = 0; j < task.n; ++j)
            task.edge(j, i);
    }
    return {};
}

core::Result<void> ring(Task& task) {
    const auto k = task.integer("k", 0, 1);
    for (std::int64_t i = 0; i < task.n; ++i) {
        for (std::int64_t d = 1; d <= std::min(k, task.n - 1); ++d)
            task.both(i, (i + d) % task.n);
    }
    return {};
}

core::Result<void> torus(Task& task) {
    const auto rows = task.integer("rows", 0, 1);
    const auto columns = task.integer("columns", 1, 1);
    if (rows < 1 || columns < 1 || rows > task.n || rows * columns != task.n) {
        return task.fail(fmt::format("torus({}, {}) has {} places, {} streams come to it", rows, columns,
                                     rows * columns, task.n));
    }
    for (std::int64_t i = 0; i < task.n; ++i) {
        const auto row = i / columns;
        const auto column = i % columns;
        task.both(i, row * columns + (column + 1) % columns);
        task.both(i, (row + 1) % rows * columns + column);
    }
    return {};
}

core::Result<void> star(Task& task) {
    for (std::int64_t i = 1; i < task.n; ++i)
        task.both(0, i);
    return {};
}

core::Result<void> hypercube(Task& task) {
    if ((task.n & (task.n - 1)) != 0) {
        return task.fail(
            fmt::format("a hypercube has 1, 2, 4, 8, ... corners, {} streams come to it", task.n));
    }
    for (std::int64_t i = 0; i < task.n; ++i) {
        for (std::int64_t bit = 1; bit < task.n; bit <<= 1)
            task.edge(i ^ bit, i);
    }
    return {};
}

core::Result<void> exponential(Task& task) {
    for (std::int64_t i = 0; i < task.n; ++i) {
        for (std::int64_t step = 1; step < task.n; step <<= 1)
            task.edge((i + step) % task.n, i);
    }
    return {};
}

core::Result<void> erdos_renyi(Task& task) {
    const auto* p = task.argument("p", 0);
    const auto* share = p != nullptr ? p->as<core::Fraction>() : nullptr;
    const auto probability = share != nullptr ? share->value : p != nullptr ? p->number().value_or(0) : 0;
    auto stream = task.stream(task.integer("seed", 1, 0));
    for (std::int64_t i = 0; i < task.n; ++i) {
        for (std::int64_t j = i + 1; j < task.n; ++j) {
            if (stream.uniform() < probability) task.both(i, j);
        }
    }
    return {};
}

/// Pairs free ends at random and starts again when it gets stuck (Steger & Wormald, "Generating random
/// regular graphs quickly", 1999).
core::Result<void> random_regular(Task& task) {
    const auto k = task.integer("k", 0, 1);
    if (k < 1 || k >= task.n || task.n * k % 2 != 0) {
        return task.fail(
            fmt::format("no graph of {} streams has {} neighbours at each", task.n, k),
            "the number of neighbours must be below the number of streams, and their product even");
    }
    auto stream = task.stream(task.integer("seed", 1, 0));
    for (bool stuck = true; stuck;) {
        stuck = false;
        for (auto& from : task.graph)
            from.clear();
        std::vector<std::int64_t> ends;
        for (std::int64_t i = 0; i < task.n * k; ++i)
            ends.push_back(i / k);
        const auto take = [&] {
            const auto at = static_cast<std::size_t>(stream.below(ends.size()));
            std::swap(ends[at], ends.back());
            const auto end = ends.back();
            ends.pop_back();
            return end;
        };
        int misses = 0;
        while (!ends.empty() && !stuck) {
            const auto a = take();
            const auto b = take();
            if (a != b && std::ranges::find(task.graph[static_cast<std::size_t>(a)], b) ==
                              task.graph[static_cast<std::size_t>(a)].end()) {
                task.both(a, b);
                misses = 0;
                continue;
            }
            ends.push_back(a);
            ends.push_back(b);
            stuck = ++misses > 200;
        }
    }
    return {};
}

/// A line per edge, "from to".
core::Result<void> edges(Task& task) {
    const auto* value = task.argument("file", 0);
    const auto* name = value != nullptr ? value->as<std::string>() : nullptr;
    const auto read = read_lines(task.at.folder / (name != nullptr ? *name : ""), "trama-edges");
    if (!read) return tl::unexpected(read.error());
    for (const auto& line : read->lines) {
        std::istringstream text(line.text);
        std::int64_t from = -1;
        std::int64_t to = -1;
        std::string rest;
        if (!(text >> from >> to) || text >> rest || std::min(from, to) < 0 || std::max(from, to) >= task.n) {
            return core::fail(
                ErrorKind::data,
                fmt::format("`{}` is not an edge between streams 0 to {}", line.text, task.n - 1), line.where,
                "an edge is two numbers: the stream that sends and the one that hears it");
        }
        task.edge(from, to);
    }
    return {};
}

/// In round t everyone hears the one 2^t places further, and from 1 again when all distances below n have
/// been used.
std::vector<Graph> one_peer_exponential(const Task& task) {
    std::vector<Graph> rounds;
    std::int64_t step = 1;
    do {
        Task round{task.topology, task.n, task.at, Graph(task.graph.size())};
        for (std::int64_t i = 0; i < task.n; ++i)
            round.edge((i + step) % task.n, i);
        rounds.push_back(std::move(round.graph));
        step <<= 1;
    } while (step < task.n);
    return rounds;
}

/// The rounds of `random_pairs`: as many as a run of some hundred rounds repeats a few times.
constexpr int rounds_of_pairs = 64;

/// In each round another perfect matching, all equally likely: neighbours in a random order are pairs. Of an
/// odd number the last one stays alone.
std::vector<Graph> random_pairs(const Task& task) {
    std::vector<Graph> rounds;
    auto stream = task.stream(task.integer("seed", 0, 0));
    for (int number = 0; number < rounds_of_pairs; ++number) {
        std::vector<std::int64_t> order(task.graph.size());
        std::iota(order.begin(), order.end(), std::int64_t{0});
        for (auto left = order.size(); left > 1; --left)
            std::swap(order[left - 1], order[static_cast<std::size_t>(stream.below(left))]);
        Task round{task.topology, task.n, task.at, Graph(task.graph.size())};
        for (std::size_t i = 1; i < order.size(); i += 2)
            round.both(order[i - 1], order[i]);
        rounds.push_back(std::move(round.graph));
    }
    return rounds;
}

/// One after the other; those that change with the round themselves are gone through.
Graphs cycle(const Task& task) {
    std::vector<Graph> rounds;
    for (const auto& argument : task.topology.arguments) {
        const auto* list = argument.value.as<core::List>();
        for (const auto& one : list != nullptr ? *list : core::List{argument.value}) {
            if (one.call() == nullptr) continue;
            auto built = build(*one.call(), task.n, task.at);
            if (!built) return built;
            std::ranges::move(*built, std::back_inserter(rounds));
        }
    }
    if (rounds.empty()) return task.fail("a cycle without a graph");
    return rounds;
}

Graphs build(const core::Call& topology, std::int64_t n, const At& at) {
    struct Entry {
        std::string_view name;
        core::Result<void> (*build)(Task&);
    };
    constexpr std::array entries{
        Entry{"full", full},
        Entry{"ring", ring},
        Entry{"torus", torus},
        Entry{"star", star},
        Entry{"hypercube", hypercube},
        Entry{"exponential", exponential},
        Entry{"erdos_renyi", erdos_renyi},
        Entry{"random_regular", random_regular},
        Entry{"edges", edges},
    };
    Task task{topology, n, at, Graph(static_cast<std::size_t>(n))};
    if (topology.function == "cycle") return cycle(task);
    if (topology.function == "one_peer_exponential") return one_peer_exponential(task);
    if (topology.function == "random_pairs") return random_pairs(task);
    const auto found = std::ranges::find(entries, topology.function, &Entry::name);
    if (found == entries.end()) {
        return task.fail(fmt::format("the expansion knows no topology `{}`", topology.function));
    }
    if (auto built = found->build(task); !built) return tl::unexpected(built.error());
    return std::vector<Graph>{std::move(task.graph)};
}

}  // namespace

core::Result<Lines> read_lines(const std::filesystem::path& path, const std::string& format) {
    std::ifstream file(path);
    std::string line;
    if (!file || !std::getline(file, line)) {
        return core::fail(ErrorKind::data, fmt::format("cannot read `{}`", path.string()));
    }
    const auto first = format + " 1";
    if (line != first && line != first + '\r') {
        return core::fail(ErrorKind::data, fmt::format("the file does not begin with `{}`", first),
                          path.string() + ":1", fmt::format("let its first line be `{}`", first));
    }
    Lines read{path.string(), {}};
    for (int number = 2; std::getline(file, line); ++number) {
        line.resize(std::min(line.find('#'), line.size()));
        line.resize(line.find_last_not_of(" \t\r") + 1);
        if (line.empty()) continue;
        read.lines.push_back({line, fmt::format("{}:{}", path.string(), number)});
    }
    return read;
}

Graphs graphs_of(const core::Call& exchange, std::int64_t n, const At& at) {
    const auto* given = exchange.find("topology");
    if (given == nullptr && !exchange.arguments.empty()) given = &exchange.arguments.front().value;
    core::Call topology;
    if (given != nullptr && given->call() != nullptr) {
        topology = *given->call();
    } else if (given != nullptr && given->as<core::Symbol>() != nullptr) {
        topology.function = given->as<core::Symbol>()->name;
    }
    auto rounds = build(topology, n, at);
    if (!rounds) return rounds;
    for (auto& graph : *rounds) {
        for (auto& from : graph) {
            std::ranges::sort(from);
            const auto [last, end] = std::ranges::unique(from);
            from.erase(last, end);
        }
    }
    return rounds;
}

}  // namespace trama::network
