#include "support/random_scheme.hpp"

#include <gtest/gtest.h>

#include "support/check_scheme.hpp"
#include "support/fake_library.hpp"
#include "trama/network/network.hpp"

// Schemes nobody thought of: the checker says something about each, and what it accepts has a sound network.

namespace {

using namespace trama;

struct RandomSchemes : testing::Test {
    test::Fakes fakes;

    lang::CheckResult check(const std::string& text) const {
        const auto source = std::make_shared<const lang::Source>("random.trama", text);
        return lang::check(source, fakes.library.registry(), {});
    }
    void sound(const lang::Scheme& scheme) const {
        const auto network = network::expand(scheme);
        ASSERT_TRUE(network) << network.error().message;
        EXPECT_EQ(network::verify(*network), std::vector<std::string>{});
    }
};

TEST_F(RandomSchemes, RightOnesAreAcceptedAndExpand) {
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        const std::string text = test::random_scheme(seed, {3, false, seed % 2 == 0});
        const auto result = check(text);
        ASSERT_TRUE(result.scheme) << "seed " << seed << "\n" << text << lang::render(result.diagnostics);
        sound(*result.scheme);
        if (seed % 2 != 0) {
            EXPECT_TRUE(result.scheme->nondeterminism.empty()) << text;
        }
        if (HasFailure()) FAIL() << "seed " << seed << "\n" << text;
    }
}

TEST_F(RandomSchemes, WrongOnesAreExplainedOrExpand) {
    int refused = 0, rates = 0;
    constexpr int all = 300;
    for (std::uint64_t seed = 0; seed < all; ++seed) {
        const std::string text = test::random_scheme(1000 + seed, {3, true, seed % 2 == 0});
        const auto result = check(text);
        if (result.scheme) {
            sound(*result.scheme);
        } else {
            ++refused;
            ASSERT_TRUE(lang::has_errors(result.diagnostics)) << text;
            for (const auto& finding : result.diagnostics) {
                EXPECT_NE(lang::explain(finding.code), nullptr) << finding.code;
                if (finding.code.starts_with("T04")) ++rates;
            }
            EXPECT_NE(lang::render(result.diagnostics), "");
        }
        if (HasFailure()) FAIL() << "seed " << 1000 + seed << "\n" << text;
    }
    EXPECT_GT(refused, all / 3);
    EXPECT_LT(refused, all);
    EXPECT_GT(rates, all / 20);
}

}  // namespace
