#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trama/network/network.hpp"

/// What there is to know of the graphs of a scheme's exchanges.
namespace trama::network {

/// One `exchange`; of equal copies the first.
struct Topology {
    std::string path;
    std::int64_t copies = 1;
    std::vector<ActorId> streams;
    std::vector<std::vector<std::int64_t>> senders;  ///< by stream: of any round, without its own
    std::int64_t edges = 0;                          ///< pairs, where they all go both ways
    std::int64_t degree_least = 0, degree_most = 0;  ///< in-neighbours
    double degree_mean = 0;
    bool directed = false;
    std::int64_t diameter = -1;  ///< steps from any stream to any other; -1: some are never reached
    std::int64_t rounds = 1;     ///< until the graphs come again; degrees and diameter are of all together
    bool doubly_stochastic = false;
    /// 1 - the second singular value of the weights; of several rounds that of their product, to the power
    /// of 1 / rounds.
    double spectral_gap = 0;
};
std::vector<Topology> topologies_of(const Network& network);

std::string print_topologies(const Network& network);  ///< `show --topology`
/// One SVG of its own with all of them below each other: a stream is a circle, the thicker a line the more
/// the weight. Many streams are drawn without numbers.
std::string draw_topologies(const Network& network);

}  // namespace trama::network
