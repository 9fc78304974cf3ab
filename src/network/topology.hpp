#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "trama/core/constant.hpp"
#include "trama/core/error.hpp"
#include "trama/network/network.hpp"

namespace trama::network {

/// By stream: the streams whose values it gets, in order, without its own.
using Graph = std::vector<std::vector<std::int64_t>>;

/// Where an exchange stands in the scheme.
struct At {
    std::filesystem::path folder;  ///< of the scheme: paths in it are relative to this one
    std::string place;             ///< "file:line:column"
};

/// The graphs of an `exchange` among n streams: one for each round of its period, then from the first again.
/// Errors: kind `scheme` (sizes that do not fit), `data` (an edge file that cannot be read).
core::Result<std::vector<Graph>> graphs_of(const core::Call& exchange, std::int64_t n, const At& at);

/// What an exchange of n streams does, by stream.
struct Mixings {
    Graph senders;                            ///< of any round, its own among them: its ports
    std::vector<std::vector<Mixing>> mixing;  ///< by round of the period
};

/// The same with the weights of the exchange: `uniform` 1 / (1 + in-degree), `metropolis` 1 / (1 + the larger
/// degree) and the rest for the own value (Xiao & Boyd 2004), or a matrix from a file, whose row i is what
/// stream i hears. Shares: `uniform` 1 / (1 + out-degree of the sender); else the weights, over the sum of
/// the sender's column where that is not 1.
/// Errors: those of `graphs_of`; kind `scheme` (metropolis on a directed graph), `data` (a bad matrix).
core::Result<Mixings> mixings_of(const core::Call& exchange, std::int64_t n, const At& at);

/// A file of lines with `#` comments that begins with the line "`format` 1".
struct Lines {
    struct Line {
        std::string text;
        std::string where;  ///< "file:line"
    };
    std::string path;
    std::vector<Line> lines;  ///< without empty ones and the first
};
/// Errors: kind `data` (missing, another format).
core::Result<Lines> read_lines(const std::filesystem::path& path, const std::string& format);

}  // namespace trama::network
