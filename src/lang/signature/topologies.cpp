#include <bit>

#include "lang/signature/describe.hpp"

namespace trama::lang {
namespace {

std::int64_t integer(const core::Call& call, std::string_view name) {
    const core::Constant* value = call.find(name);
    const auto* number = value == nullptr ? nullptr : value->as<std::int64_t>();
    return number == nullptr ? 0 : *number;
}

Signature value(std::string name, std::string sort, std::string group, std::string doc,
                std::vector<Parameter> parameters = {}) {
    Signature made = signature(std::move(name), std::move(sort), "", std::move(group));
    made.doc = std::move(doc);
    made.parameters = std::move(parameters);
    made.runs = true;  // read by those who take it
    return made;
}

Signature topology(std::string name, std::string doc, std::vector<Parameter> parameters = {}) {
    Signature made = value(std::move(name), "topology", "Topologies", std::move(doc), std::move(parameters));
    made.example = "exchange(" + made.name + ") >> [| fold(fedavg) |]^8";
    return made;
}

std::string text(std::int64_t number) {
    return std::to_string(number);
}

/// "4 or 8": the nearest on both sides.
std::string one_or_other(std::int64_t below, std::int64_t above) {
    return below < 1 || below == above ? text(above) : text(below) + " or " + text(above);
}

std::string misfit_of_ring(const core::Call& call, std::int64_t width) {
    const std::int64_t k = integer(call, "k"), most = (width - 1) / 2;
    if (k == 1 || k <= most) return {};
    const std::string fits = most > 1 ? "`ring(" + text(most) + ")`" : "`ring`";
    return "reaches " + text(k) + " neighbours on each side, which takes " + text(2 * k + 1) + " streams (" +
           fits + " fits)";
}

/// The grid of that width that is as square as can be.
std::string misfit_of_torus(const core::Call& call, std::int64_t width) {
    const std::int64_t rows = integer(call, "rows"), columns = integer(call, "columns");
    if (rows > 0 && columns > 0 && width % rows == 0 && width / rows == columns) return {};
    std::int64_t side = 1;
    for (std::int64_t i = 2; i <= width / i; ++i) {
        if (width % i == 0) side = i;
    }
    return "has " + text(rows) + " × " + text(columns) + " places (`torus(" + text(side) + ", " +
           text(width / side) + ")` has " + text(width) + ")";
}

std::string misfit_of_hypercube(const core::Call& /*call*/, std::int64_t width) {
    const auto below = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(width)));
    return below == width ? "" : "needs a power of two (" + one_or_other(below, 2 * below) + " streams)";
}

std::string misfit_of_regular(const core::Call& call, std::int64_t width) {
    const std::int64_t k = integer(call, "k");
    if (k >= width) {
        const std::string fits = width > 1 ? " (" + text(width - 1) + " at most, which is `full`)" : "";
        return "gives each stream " + text(k) + " neighbours" + fits;
    }
    if (k % 2 != 0 && width % 2 != 0) {
        return "needs an even number of streams when `k` is odd (" + one_or_other(width - 1, width + 1) +
               " streams, or `k` = " + one_or_other(k - 1, k + 1) + ")";
    }
    return {};
}

}  // namespace

void add_topologies(Registry& registry) {
    const Parameter seed = with_default(parameter("seed", "int", "Draws another graph."), "0");
    registry.add(topology("full", "Everyone hears everyone."));
    Signature ring =
        topology("ring", "A ring: everyone hears the k nearest on both sides.",
                 {with_default(at_least(parameter("k", "int", "Neighbours on each side."), 1), "1")});
    ring.misfit = misfit_of_ring;
    registry.add(std::move(ring));
    Signature torus = topology("torus", "A grid whose edges meet: everyone hears four neighbours.",
                               {at_least(parameter("rows", "int", "Rows of the grid."), 1),
                                at_least(parameter("columns", "int", "Columns of the grid."), 1)});
    torus.example = "exchange(torus(2, 4)) >> [| fold(fedavg) |]^8";
    torus.misfit = misfit_of_torus;
    registry.add(std::move(torus));
    registry.add(topology("star", "The first stream hears everyone, everyone hears the first."));
    Signature hypercube =
        topology("hypercube", "Everyone hears those whose number differs in one binary digit.");
    hypercube.misfit = misfit_of_hypercube;
    registry.add(std::move(hypercube));
    registry.add(
        topology("exponential", "Stream i hears i + 1, i + 2, i + 4, ..., modulo their number. Directed."));
    Signature regular = topology("random_regular", "A random graph where everyone has k neighbours.",
                                 {at_least(parameter("k", "int", "Neighbours of each stream."), 1), seed});
    regular.example = "exchange(random_regular(3)) >> [| fold(fedavg) |]^8";
    regular.misfit = misfit_of_regular;
    registry.add(std::move(regular));
    Parameter p = parameter("p", "real | fraction", "Probability of each edge.");
    p.minimum = 0;
    p.maximum = 1;
    Signature erdos =
        topology("erdos_renyi", "A random graph: each pair is joined with the same probability.", {p, seed});
    erdos.example = "exchange(erdos_renyi(50%)) >> [| fold(fedavg) |]^8";
    erdos.paper = "Erdős and Rényi, On Random Graphs I, Publicationes Mathematicae 1959";
    registry.add(std::move(erdos));
    Signature edges =
        topology("edges", "A graph from a file; edges are directed.",
                 {parameter("file", "file",
                            "First line `trama-edges 1`, then one edge a line: sender, receiver, "
                            "from 0.")});
    edges.example = "exchange(edges(\"graph.txt\")) >> [| fold(push_sum) |]^8";
    registry.add(std::move(edges));
    Parameter topologies = parameter("topologies", "topology", "The graphs.");
    topologies.variadic = true;
    Signature cycle =
        topology("cycle",
                 "One graph after the other, by the round; those that change with the round themselves "
                 "are gone through.",
                 {topologies});
    cycle.example = "exchange(cycle(ring, full)) >> [| fold(fedavg) |]^8";
    registry.add(std::move(cycle));
    Signature one_peer =
        topology("one_peer_exponential",
                 "By the round, everyone hears one other: the one 1, 2, 4, ... places further.");
    one_peer.paper =
        "Ying et al., Exponential Graph is Provably Efficient for Decentralized Deep Training, NeurIPS 2021";
    registry.add(std::move(one_peer));
    Signature pairs = topology(
        "random_pairs",
        "By the round, random pairs hear each other; of an odd number of streams one stays alone. Draws 64 "
        "rounds, which come again and again.",
        {seed});
    pairs.paper = "Boyd et al., Randomized Gossip Algorithms, IEEE Trans. Information Theory 2006";
    registry.add(std::move(pairs));

    const auto weights = [&](std::string name, std::string doc, std::vector<Parameter> parameters,
                             std::string example) {
        Signature made = value(std::move(name), "weights", "Weights", std::move(doc), std::move(parameters));
        made.example = "exchange(ring, weights: " + std::move(example) + ") >> [| fold(gossip) |]^8";
        return made;
    };
    registry.add(weights("uniform", "A node's own value and those of its in-neighbours weigh the same.", {},
                         "uniform"));
    Signature metropolis =
        weights("metropolis",
                "1 / (1 + the larger degree) for a neighbour, the rest for the own value: symmetric, so that "
                "the mean of all models stays.",
                {}, "metropolis");
    metropolis.paper =
        "Xiao and Boyd, Fast Linear Iterations for Distributed Averaging, Systems & Control Letters 2004";
    registry.add(std::move(metropolis));
    registry.add(
        weights("matrix", "The weights of a file.",
                {parameter("file", "file",
                           "First line `trama-matrix 1`, then a row of weights a line, with spaces between "
                           "them: row i is what stream i hears, and sums to 1.")},
                "matrix(\"weights.txt\")"));
}

void add_sites(Registry& registry) {
    Signature site =
        value("site", "site", "Placement", "A machine that takes part, by the name under which it joins.",
              {parameter("name", "string", "The name of the worker.")});
    site.example = "edge = site(\"edge-1\")";
    registry.add(std::move(site));
    Parameter members = parameter("members", "site", "The sites, in order.");
    members.variadic = true;
    Signature group =
        value("group", "group", "Placement",
              "Several sites: `[| D |]^n @ workers` puts copy i at member i modulo their number.", {members});
    group.example = "workers = group(site(\"a\"), site(\"b\"))";
    registry.add(std::move(group));
}

void add_communication_blocks(Registry& registry) {
    add_distribution_blocks(registry);
    add_collection_blocks(registry);
    add_loop_blocks(registry);
    add_topologies(registry);
    add_sites(registry);
}

}  // namespace trama::lang
