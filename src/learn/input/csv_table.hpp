#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "trama/lang/scheme.hpp"
#include "trama/learn/dataset.hpp"

namespace trama::learn {

struct CsvOptions {
    std::filesystem::path file;
    std::variant<std::string, std::int64_t> label =
        std::int64_t{-1};         ///< a column's name, or its number from 0 (-1: the last)
    std::string groups;           ///< a column that says whose row it is, and is no feature; empty: none
    double test = 0.2;            ///< share of the rows held out
    std::string task = "auto";    ///< classification, regression, or by what the labels are
    std::string header = "auto";  ///< yes, no, or by whether the first line has a number
    char separator = ',';
};

/// Reads a table of numbers with one column of labels. Each feature is standardised by the mean and deviation
/// of the training rows (in `scale` and `shift`; the numbers stay as they are). The values of the column
/// `groups` are the data set's natural parts. Errors: kind `data`, with line and column.
core::Result<Dataset> read_csv(const CsvOptions& options);

/// Reads the first two lines only. Errors: kind `data`.
core::Result<lang::ShapeFacts> probe_csv(const CsvOptions& options);

}  // namespace trama::learn
