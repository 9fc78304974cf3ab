#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "trama/report/heat_map.hpp"

namespace trama::report {
namespace {

using testing::HasSubstr;
using testing::Not;

HeatMap map(std::size_t columns, std::size_t rows) {
    HeatMap made{"who <has> what", "seed 1", "label", "part", {}, {}};
    for (std::size_t row = 0; row < rows; ++row)
        made.rows.push_back("class " + std::to_string(row));
    for (std::size_t column = 0; column < columns; ++column) {
        made.counts.emplace_back();
        for (std::size_t row = 0; row < rows; ++row)
            made.counts.back().push_back(static_cast<std::int64_t>(column * row));
    }
    return made;
}

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
        ++found;
    return found;
}

TEST(HeatMap, HasTitleAxesAndANumberPerSquare) {
    const auto svg = draw_svg({map(4, 3)});
    EXPECT_THAT(svg, testing::StartsWith("<svg xmlns="));
    EXPECT_THAT(svg, testing::EndsWith("</svg>\n"));
    for (const char* text :
         {">who &lt;has&gt; what<", ">seed 1<", ">label<", ">part<", ">class 2<", ">3<", ">6<"})
        EXPECT_THAT(svg, HasSubstr(text));
    EXPECT_EQ(count(svg, "fill=\"#08306b\""), 1U) << "one square has the most";
}

TEST(HeatMap, StaysOnThePageWhateverTheNumber) {
    for (auto [columns, rows] : {std::pair{1, 1}, {1000, 10}, {20, 200}, {0, 0}}) {
        const auto svg = draw_svg({map(static_cast<std::size_t>(columns), static_cast<std::size_t>(rows))});
        std::smatch size;
        ASSERT_TRUE(std::regex_search(svg, size, std::regex("width=\"(\\d+)\" height=\"(\\d+)\"")));
        EXPECT_LE(std::stoi(size[1]), 1220);
        EXPECT_LE(std::stoi(size[2]), 800);
        EXPECT_THAT(svg, Not(HasSubstr("nan")));
        EXPECT_THAT(svg, Not(HasSubstr("inf")));
        EXPECT_LE(count(svg, "<text"), 300U) << "names that would overlap are left out";
    }
}

TEST(HeatMap, SeveralStandBelowEachOther) {
    EXPECT_EQ(count(draw_svg({map(2, 2), map(3, 3)}), ">seed 1<"), 2U);
}

}  // namespace
}  // namespace trama::report
