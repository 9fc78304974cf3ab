#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learn/support.hpp"

namespace trama::learn {

void add_capped_mean(Library& library);

TEST(CappedMean, CountsNoClientAboveTheCap) {
    Library library;
    add_capped_mean(library);
    test::Bench bench;
    auto rule = *(*library.rule("capped_mean"))(
        test::call(library, "capped_mean", {{"cap", test::number(10)}}), bench.resources);
    core::State state;
    auto folded = rule->apply(bench.context(), state,
                              core::Values{test::model({1, 2}, 10), test::model({3, 4}, 90000)});
    ASSERT_TRUE(folded) << folded.error().message;
    EXPECT_THAT(folded->model()->params.floats(), testing::ElementsAre(2, 3));
    EXPECT_EQ(folded->model()->weight, 90010);
}

}  // namespace trama::learn
