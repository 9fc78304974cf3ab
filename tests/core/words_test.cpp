#include "trama/core/words.hpp"

#include <gtest/gtest.h>

namespace trama::core {
namespace {

TEST(Words, NearestIsNear) {
    const std::vector<std::string> names{"run", "reduce", "test", "train"};
    EXPECT_EQ(nearest("rnu", names), "run") << "neighbours swapped";
    EXPECT_EQ(nearest("tain", names), "train");
    EXPECT_EQ(nearest("Reduc", names), "reduce");
    EXPECT_EQ(nearest("resume", names), "reduce");
    EXPECT_EQ(nearest("frobnicate", names), "");
    EXPECT_EQ(nearest("x", {"i", "j"}), "") << "any other letter would do";
    EXPECT_EQ(nearest("bat", {"cat", "bar"}), "bar") << "of equally near ones the first by name";
}

TEST(Words, Counted) {
    EXPECT_EQ(counted(1, "round"), "1 round");
    EXPECT_EQ(counted(0, "round"), "0 rounds");
    EXPECT_EQ(counted(-2, "step"), "-2 steps");
}

}  // namespace
}  // namespace trama::core
