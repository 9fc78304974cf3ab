#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace trama::report {

/// A table of counts as a picture: a square per row and column, the darker the more.
struct HeatMap {
    std::string title, subtitle;
    std::string row_label, column_label;  ///< what the axes are: "label", "part"
    std::vector<std::string> rows;        ///< names, from top to bottom
    /// counts[column][row]; columns are numbered from 0
    std::vector<std::vector<std::int64_t>> counts;
};

/// One SVG of its own (no fonts, scripts or styles from elsewhere) with the maps below each other. Squares
/// get smaller as there are more of them, and hold their number where it fits.
std::string draw_svg(const std::vector<HeatMap>& maps);

}  // namespace trama::report
