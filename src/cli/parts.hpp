#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trama/learn/library.hpp"
#include "trama/network/network.hpp"
#include "trama/report/terminal.hpp"

namespace trama::cli {

/// A data set of a scheme and into how many parts it is cut.
struct DataUse {
    core::Call call;
    std::int64_t parts = 1;
};

/// What the copies of a network work on: a data set appears once for every number of parts. One that all use
/// whole has one part.
std::vector<DataUse> data_uses(const network::Network& network);

/// One part of a split.
struct PartFacts {
    std::int64_t size = 0;
    std::vector<std::int64_t> labels;      ///< samples of each class; empty for a regression
    double least = 0, mean = 0, most = 0;  ///< of the targets of a regression
};

/// How a data set is dealt.
struct PartsOf {
    std::string name;  ///< the call: `digits(partition: iid)`
    std::vector<std::string> classes;
    std::vector<PartFacts> train;
    std::vector<PartFacts> test;  ///< empty when the test split cannot be cut that way, or is empty
    std::string test_fault;       ///< why; empty otherwise
};

/// Errors: those of the data set and its partition.
core::Result<PartsOf> parts_of(const DataUse& use, learn::Resources& resources);

/// As text that fits the terminal: a row per part, or a summary of many.
std::string to_text(const PartsOf& parts, const report::Terminal& terminal);
std::string to_json(const std::string& file, std::uint64_t seed, const std::vector<PartsOf>& all);

}  // namespace trama::cli
