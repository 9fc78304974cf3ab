#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "network/topology.hpp"

namespace trama::network {
namespace {

using core::ErrorKind;
struct Row {
    std::vector<double> weights;
    std::string where;
};
using Matrix = std::vector<Row>;

constexpr double rounding = 1e-9;  ///< how far the sum of a row may be from 1

bool hears(const Graph& graph, std::size_t i, std::int64_t j) {
    return std::ranges::binary_search(graph[i], j);
}

/// An edge without its opposite as (sender, receiver).
std::optional<std::pair<std::int64_t, std::int64_t>> one_way(const Graph& graph) {
    for (std::size_t i = 0; i < graph.size(); ++i) {
        for (const auto j : graph[i]) {
            const auto receiver = static_cast<std::int64_t>(i);
            if (!hears(graph, static_cast<std::size_t>(j), receiver)) return std::pair{j, receiver};
        }
    }
    return std::nullopt;
}

/// Row i of the file: what stream i hears.
core::Result<Matrix> read_matrix(const std::filesystem::path& path, std::size_t n) {
    const auto read = read_lines(path, "trama-matrix");
    if (!read) return tl::unexpected(read.error());
    const auto wrong = [](std::string message, std::string where, std::string hint) {
        return core::fail(ErrorKind::data, std::move(message), std::move(where), std::move(hint));
    };
    Matrix matrix;
    for (const auto& line : read->lines) {
        if (matrix.size() == n) {
            return wrong(fmt::format("a row too many: {} streams come to the exchange", n), line.where,
                         "the matrix has one row for each stream");
        }
        std::istringstream text(line.text);
        std::vector<double> row;
        double sum = 0;
        for (double weight = 0; text >> weight; sum += weight) {
            if (weight < 0) {
                return wrong(fmt::format("the weight {} is negative", weight), line.where,
                             "a weight says how much of the result comes from a stream: 0 to 1");
            }
            row.push_back(weight);
        }
        if (!text.eof() || row.size() != n) {
            return wrong(text.eof() ? fmt::format("the row has {} numbers, {} streams come to the exchange",
                                                  row.size(), n)
                                    : fmt::format("number {} of the row is none", row.size() + 1),
                         line.where, fmt::format("a row is {} numbers with spaces between them", n));
        }
        if (!(std::abs(sum - 1) <= rounding)) {
            return wrong(fmt::format("the row sums to {}", sum), line.where,
                         "what a stream hears sums to 1, its own value among it");
        }
        matrix.push_back({std::move(row), line.where});
    }
    if (matrix.size() < n) {
        return wrong(fmt::format("the matrix has {} rows, {} streams come to the exchange", matrix.size(), n),
                     read->path, "the matrix has one row for each stream");
    }
    return matrix;
}

/// Weights and shares among n streams, by round and port.
class Mixer {
  public:
    Mixer(const core::Call& exchange, const At& at) : at_(at) {
        const auto* weights = exchange.find("weights");
        if (weights == nullptr) return;
        if (const auto* call = weights->call()) {
            weights_ = *call;
        } else if (const auto* word = weights->as<core::Symbol>()) {
            weights_.function = word->name;
        }
    }

    core::Result<void> operator()(const std::vector<Graph>& rounds, Mixings& mixings) {
        mixings.mixing.assign(mixings.senders.size(), std::vector<Mixing>(rounds.size()));
        if (weights_.function == "matrix") {
            const auto* file = weights_.arguments.empty() ? nullptr : &weights_.arguments.front().value;
            const auto* name = file != nullptr ? file->as<std::string>() : nullptr;
            auto matrix = read_matrix(at_.folder / (name != nullptr ? *name : ""), mixings.senders.size());
            if (!matrix) return tl::unexpected(matrix.error());
            matrix_ = std::move(*matrix);
        }
        for (std::size_t round = 0; round < rounds.size(); ++round) {
            if (auto done = mix(rounds[round], round, mixings); !done) return done;
        }
        return {};
    }

  private:
    core::Result<void> mix(const Graph& graph, std::size_t round, Mixings& mixings) {
        if (weights_.function == "metropolis") return metropolis(graph, round, mixings);
        if (weights_.function == "matrix") return matrix(graph, round, mixings);
        uniform(graph, round, mixings);
        return {};
    }

    /// Fills a round with what `of(receiver, sender)` gives for those that are neighbours in it.
    template <class Of>
    static void fill(const Graph& graph, std::size_t round, Mixings& mixings,
                     std::vector<double> Mixing::* part, const Of& of) {
        for (std::size_t i = 0; i < graph.size(); ++i) {
            auto& values = mixings.mixing[i][round].*part;
            for (const auto j : mixings.senders[i]) {
                const bool own = j == static_cast<std::int64_t>(i);
                values.push_back(own || hears(graph, i, j) ? of(i, static_cast<std::size_t>(j)) : 0.0);
            }
        }
    }

    static void uniform(const Graph& graph, std::size_t round, Mixings& mixings) {
        std::vector<std::size_t> heard(graph.size(), 1);
        for (const auto& from : graph) {
            for (const auto j : from)
                ++heard[static_cast<std::size_t>(j)];
        }
        fill(graph, round, mixings, &Mixing::weights, [&](std::size_t i, std::size_t /*j*/) {
            return 1.0 / static_cast<double>(1 + graph[i].size());
        });
        fill(graph, round, mixings, &Mixing::shares,
             [&](std::size_t /*i*/, std::size_t j) { return 1.0 / static_cast<double>(heard[j]); });
    }

    core::Result<void> metropolis(const Graph& graph, std::size_t round, Mixings& mixings) const {
        if (const auto edge = one_way(graph)) {
            return core::fail(
                ErrorKind::scheme,
                fmt::format("`metropolis` weights need a graph whose edges go both ways, and stream {} does "
                            "not hear stream {}, which hears it",
                            edge->first, edge->second),
                at_.place, "with `weights: uniform` a directed graph keeps the mean by `fold(push_sum)`");
        }
        const auto of = [&](std::size_t i, std::size_t j) {
            return 1.0 / static_cast<double>(1 + std::max(graph[i].size(), graph[j].size()));
        };
        fill(graph, round, mixings, &Mixing::weights, [&](std::size_t i, std::size_t j) {
            if (i != j) return of(i, j);
            double others = 0;
            for (const auto other : graph[i])
                others += of(i, static_cast<std::size_t>(other));
            return 1 - others;
        });
        for (auto& rows : mixings.mixing)
            rows[round].shares = rows[round].weights;
        return {};
    }

    core::Result<void> matrix(const Graph& graph, std::size_t round, Mixings& mixings) const {
        std::vector<double> columns(graph.size());
        for (std::size_t i = 0; i < graph.size(); ++i) {
            for (std::size_t j = 0; j < graph.size(); ++j) {
                columns[j] += matrix_[i].weights[j];
                if (matrix_[i].weights[j] == 0 || i == j || hears(graph, i, static_cast<std::int64_t>(j)))
                    continue;
                return core::fail(
                    ErrorKind::data,
                    fmt::format("row {} has the weight {} for stream {}, which stream {} does not hear{}", i,
                                matrix_[i].weights[j], j, i,
                                mixings.mixing[i].size() > 1 ? fmt::format(" in round {}", round + 1) : ""),
                    matrix_[i].where,
                    "only neighbours in the topology, and the stream itself, have a weight");
            }
        }
        fill(graph, round, mixings, &Mixing::weights,
             [&](std::size_t i, std::size_t j) { return matrix_[i].weights[j]; });
        fill(graph, round, mixings, &Mixing::shares, [&](std::size_t i, std::size_t j) {
            if (columns[j] == 0) return i == j ? 1.0 : 0.0;  // nobody hears it: it keeps what it has
            if (std::abs(columns[j] - 1) <= rounding) return matrix_[i].weights[j];
            return matrix_[i].weights[j] / columns[j];
        });
        return {};
    }

    const At& at_;
    core::Call weights_;
    Matrix matrix_;
};

}  // namespace

core::Result<Mixings> mixings_of(const core::Call& exchange, std::int64_t n, const At& at) {
    const auto rounds = graphs_of(exchange, n, at);
    if (!rounds) return tl::unexpected(rounds.error());
    Mixings mixings;
    mixings.senders.resize(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < mixings.senders.size(); ++i) {
        auto& senders = mixings.senders[i];
        senders.push_back(static_cast<std::int64_t>(i));
        for (const auto& graph : *rounds)
            senders.insert(senders.end(), graph[i].begin(), graph[i].end());
        std::ranges::sort(senders);
        const auto [last, end] = std::ranges::unique(senders);
        senders.erase(last, end);
    }
    if (auto done = Mixer(exchange, at)(*rounds, mixings); !done) return tl::unexpected(done.error());
    return mixings;
}

}  // namespace trama::network
