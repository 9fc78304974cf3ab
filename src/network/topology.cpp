#include "network/topology.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "network/copier.hpp"
#include "trama/core/random.hpp"

namespace trama::network {
namespace {

using core::ErrorKind;

struct Task {
    const core::Call& topology;
    std::int64_t n;
    const lang::Span& span;
    Graph& graph;

    void edge(std::int64_t from, std::int64_t to) const {
        if (from != to) graph[static_cast<std::size_t>(to)].push_back(from);
    }
    void both(std::int64_t a, std::int64_t b) const {
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
        return core::fail(ErrorKind::scheme, std::move(message), place_of(span), std::move(hint));
    }
};

core::Result<void> build(const Task& task);

core::Result<void> full(const Task& task) {
    for (std::int64_t i = 0; i < task.n; ++i) {
        for (std::int64_t j = 0; j < task.n; ++j)
            task.edge(j, i);
    }
    return {};
}

core::Result<void> ring(const Task& task) {
    const auto k = task.integer("k", 0, 1);
    for (std::int64_t i = 0; i < task.n; ++i) {
        for (std::int64_t d = 1; d <= std::min(k, task.n - 1); ++d)
            task.both(i, (i + d) % task.n);
    }
    return {};
}

core::Result<void> torus(const Task& task) {
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

core::Result<void> star(const Task& task) {
    for (std::int64_t i = 1; i < task.n; ++i)
        task.both(0, i);
    return {};
}

core::Result<void> hypercube(const Task& task) {
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

core::Result<void> exponential(const Task& task) {
    for (std::int64_t i = 0; i < task.n; ++i) {
        for (std::int64_t step = 1; step < task.n; step <<= 1)
            task.edge((i + step) % task.n, i);
    }
    return {};
}

core::Result<void> erdos_renyi(const Task& task) {
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
core::Result<void> random_regular(const Task& task) {
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

/// A line per edge, "from to"; `#` begins a comment. The first line names the format.
core::Result<void> edges(const Task& task) {
    const auto* value = task.argument("file", 0);
    const auto* name = value != nullptr ? value->as<std::string>() : nullptr;
    const std::string given = name != nullptr ? *name : "";
    const std::filesystem::path scheme = task.span.source ? task.span.source->path() : "";
    const auto path = scheme.parent_path() / given;
    std::ifstream file(path);
    std::string line;
    if (!file || !std::getline(file, line)) {
        return core::fail(ErrorKind::data, fmt::format("cannot read the edges in `{}`", path.string()));
    }
    if (line != "trama-edges 1") {
        return core::fail(ErrorKind::data,
                          fmt::format("`{}` does not begin with `trama-edges 1`", path.string()));
    }
    for (int number = 2; std::getline(file, line); ++number) {
        line.resize(std::min(line.find('#'), line.size()));
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        std::istringstream text(line);
        std::int64_t from = -1;
        std::int64_t to = -1;
        std::string rest;
        if (!(text >> from >> to) || text >> rest || std::min(from, to) < 0 || std::max(from, to) >= task.n) {
            return core::fail(ErrorKind::data,
                              fmt::format("`{}` is not an edge between streams 0 to {}", line, task.n - 1),
                              fmt::format("{}:{}", path.string(), number));
        }
        task.edge(from, to);
    }
    return {};
}

/// Each round its own: what may be needed is the union.
core::Result<void> cycle(const Task& task) {
    for (const auto& argument : task.topology.arguments) {
        const auto* list = argument.value.as<core::List>();
        for (const auto& one : list != nullptr ? *list : core::List{argument.value}) {
            if (one.call() == nullptr) continue;
            Graph graph(task.graph.size());
            if (auto built = build({*one.call(), task.n, task.span, graph}); !built) return built;
            for (std::size_t i = 0; i < graph.size(); ++i) {
                task.graph[i].insert(task.graph[i].end(), graph[i].begin(), graph[i].end());
            }
        }
    }
    return {};
}

core::Result<void> build(const Task& task) {
    struct Entry {
        std::string_view name;
        core::Result<void> (*build)(const Task&);
    };
    constexpr std::array entries{
        Entry{"full", full},
        Entry{"ring", ring},
        Entry{"torus", torus},
        Entry{"star", star},
        Entry{"hypercube", hypercube},
        Entry{"exponential", exponential},
        Entry{"one_peer_exponential", exponential},
        Entry{"erdos_renyi", erdos_renyi},
        Entry{"random_regular", random_regular},
        Entry{"edges", edges},
        Entry{"cycle", cycle},
    };
    const auto found = std::ranges::find(entries, task.topology.function, &Entry::name);
    if (found == entries.end()) {
        return task.fail(fmt::format("the expansion knows no topology `{}`", task.topology.function));
    }
    return found->build(task);
}

}  // namespace

core::Result<Graph> in_neighbours(const core::Call& exchange, std::int64_t n, const lang::Span& span) {
    const auto* given = exchange.find("topology");
    if (given == nullptr && !exchange.arguments.empty()) given = &exchange.arguments.front().value;
    core::Call topology;
    if (given != nullptr && given->call() != nullptr) {
        topology = *given->call();
    } else if (given != nullptr && given->as<core::Symbol>() != nullptr) {
        topology.function = given->as<core::Symbol>()->name;
    }
    Graph graph(static_cast<std::size_t>(n));
    if (auto built = build({topology, n, span, graph}); !built) return tl::unexpected(built.error());
    for (auto& from : graph) {
        std::ranges::sort(from);
        const auto [last, end] = std::ranges::unique(from);
        from.erase(last, end);
    }
    return graph;
}

}  // namespace trama::network
