#include "support/random_scheme.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "support/check_scheme.hpp"
#include "support/fake_library.hpp"
#include "trama/lang/ast.hpp"
#include "trama/network/network.hpp"

// Schemes nobody thought of: the checker says something about each, and what it accepts has a sound network.

namespace {

using namespace trama;

/// Plays a scheme with tokens, from its text: many enter, blocks pass them on, and what is stuck in the end
/// or does not come back to a loop is counted. Knows no rates.
class Tokens {
  public:
    bool lost =
        false;  ///< a body gave other numbers than it took, or a block waits with tokens in front of it

    explicit Tokens(const lang::ast::File& file) {
        const auto* scheme = std::get_if<lang::ast::Binding>(&file.statements.back().node);
        play(*scheme->value, {many});
    }

  private:
    using Expr = lang::ast::Expr;
    using Streams = std::vector<std::int64_t>;
    static constexpr std::int64_t many = 1009;  // divided by no width

    static std::string name(const Expr& expr) {
        if (const auto* reference = expr.as<lang::ast::Reference>()) return reference->name;
        const auto* call = expr.as<lang::ast::Call>();
        return call != nullptr ? call->function.text : "";
    }
    /// The width of the first distribute in there, 0 for none.
    static std::size_t width(const Expr& expr) {
        if (const auto* copies = expr.as<lang::ast::Distribute>()) {
            if (!copies->copies) return copies->branches.size();
            return static_cast<std::size_t>(copies->copies->as<lang::ast::Literal>()->integer);
        }
        if (const auto* pipe = expr.as<lang::ast::Pipe>()) {
            for (const auto& stage : pipe->stages) {
                if (const auto found = width(*stage); found != 0) return found;
            }
        }
        const auto* call = expr.as<lang::ast::Call>();
        return call != nullptr && call->body && call->function.text == "feedback" ? width(*call->body) : 0;
    }

    Streams play(const Expr& expr, Streams in) {
        if (const auto* pipe = expr.as<lang::ast::Pipe>()) {
            for (std::size_t i = 0; i < pipe->stages.size(); ++i) {
                std::size_t next = 0;
                for (std::size_t j = i + 1; next == 0 && j < pipe->stages.size(); ++j)
                    next = width(*pipe->stages[j]);
                in = stage(*pipe->stages[i], std::move(in), next);
            }
            return in;
        }
        return stage(expr, std::move(in), 0);
    }

    Streams stage(const Expr& expr, Streams in, std::size_t next) {
        if (const auto* copies = expr.as<lang::ast::Distribute>()) {
            Streams out;
            in.resize(width(expr), in.front());
            for (std::size_t i = 0; i < in.size(); ++i)
                out.push_back(play(*copies->branches[copies->copies ? 0 : i], {in[i]}).front());
            return out;
        }
        const std::string block = name(expr), text = lang::format(expr);
        const std::int64_t least = *std::ranges::min_element(in);
        if (block == "broadcast" || block == "spread" || block == "scatter") return Streams(next, in.front());
        if (block == "unicast") return dealt(in.front(), next, text == "unicast(rr)");
        if (block == "gather") {
            const std::int64_t all = std::accumulate(in.begin(), in.end(), std::int64_t{0});
            if (text == "gather(rr)" && dealt(all, in.size(), true) != in) lost = true;
            return {all};
        }
        if (block == "window") return {in.front() / 2};
        if (block == "tap" || block == "feedback") {
            const Streams out = play(*expr.as<lang::ast::Call>()->body, in);
            if (out != in) lost = true;
            if (text.find("until:") < text.find('{') && least != *std::ranges::max_element(in)) lost = true;
            return in;
        }
        if (block == "reduce" || block == "gatherall" || block == "exchange" || block == "sample" ||
            block == "available") {
            if (least != *std::ranges::max_element(in)) lost = true;
            return Streams(block == "reduce" || block == "gatherall" ? 1 : in.size(), least);
        }
        return in;
    }

    /// In turn, or some way that is not.
    static Streams dealt(std::int64_t tokens, std::size_t streams, bool in_turn) {
        Streams out(streams);
        for (std::int64_t i = 0; i < tokens; ++i)
            ++out[static_cast<std::size_t>(in_turn ? i : i * i * 7919 % 1013) % streams];
        return out;
    }
};

bool about_tokens(const lang::Diagnostic& finding) {
    return finding.code == "T0401" || finding.code == "T0402";
}

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

TEST_F(RandomSchemes, TokensAreLostWhereTheCheckerSaysSo) {
    int refused = 0, accepted = 0;
    for (std::uint64_t seed = 0; seed < 800; ++seed) {
        const std::string text = test::random_scheme(5000 + seed, {3, seed % 4 != 0, seed % 2 == 0});
        // Behind a queue that drops a stream is an open one: it may wait for tokens to come.
        if (text.find("drop: oldest") != std::string::npos) continue;
        const auto result = check(text);
        const bool tokens = std::ranges::any_of(result.diagnostics, about_tokens);
        if (!result.scheme && !tokens) continue;
        if (std::ranges::any_of(result.diagnostics, [](const lang::Diagnostic& one) {
                return one.severity == lang::Severity::error && !one.code.starts_with("T04");
            }))
            continue;
        const auto source = std::make_shared<const lang::Source>("random.trama", text);
        EXPECT_EQ(Tokens(lang::parse(source).file).lost, tokens) << "seed " << 5000 + seed << "\n"
                                                                 << text << lang::render(result.diagnostics);
        ++(tokens ? refused : accepted);
    }
    EXPECT_GT(refused, 20);
    EXPECT_GT(accepted, 100);
}

}  // namespace
