#include "trama/learn/privacy.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learn/privacy/accountant.hpp"
#include "support/check_scheme.hpp"

namespace trama::learn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string epsilon_of(double multiplier, double rate, std::int64_t times, double delta = 1e-5) {
    const privacy::Mechanism mechanism{multiplier, rate, times};
    return fmt::format("epsilon {:.2f} ", privacy::epsilon(std::span(&mechanism, 1), delta));
}

class Reading : public testing::Test {
  protected:
    Privacy read(const std::string& body, const std::string& conditions = "rounds: 100") {
        auto result = check(
            "client = train(digits(), optimizer: sgd(lr: 0.1))\n"
            "scheme = init(mlp(64, 10)) >> feedback(" +
            conditions + ") { " + body + " }\n");
        for (const auto& finding : result.diagnostics) {
            if (finding.severity == lang::Severity::error) ADD_FAILURE() << lang::render(finding);
        }
        return result.scheme ? privacy_of(*result.scheme) : Privacy();
    }
    test::Checker check;
};

constexpr const char* central =
    "broadcast >> [| client >> clip(1.0) |]^20 >> reduce(fedavg(weights: uniform)) >> "
    "noise(multiplier: 1.1, norm: 1.0, clients: 20)";

TEST_F(Reading, NoNoiseNoPromise) {
    const auto found = read("broadcast >> [| client >> clip(1.0) |]^20 >> reduce(fedavg)");
    EXPECT_THAT(found.guarantees, IsEmpty());
    EXPECT_THAT(found.findings, IsEmpty());
}

TEST_F(Reading, LocalNoiseCountsEveryRound) {
    const auto found = read(
        "broadcast >> sample(2) >> [| client >> clip(2.0) >> noise(multiplier: 8.0, norm: 2.0) |]^20 >> "
        "reduce(fedavg)");
    EXPECT_THAT(found.findings, IsEmpty());
    EXPECT_THAT(found.guarantees,
                ElementsAre(epsilon_of(8, 1, 100) + "at delta 1e-5 (local, 100 rounds, noise multiplier 8)"));
}

TEST_F(Reading, CentralNoiseIsOnTheMeanOfAll) {
    const auto found = read(central);
    EXPECT_THAT(found.findings, IsEmpty());
    EXPECT_THAT(found.guarantees, ElementsAre(epsilon_of(1.1, 1, 100) +
                                              "at delta 1e-5 (central, 100 rounds, noise multiplier 1.1)"));
}

TEST_F(Reading, ThoseWhoSitOutAreHidden) {
    // Abadi et al., CCS 2016: rate 1 %, noise 4, 10,000 steps.
    const auto found = read(
        "broadcast >> sample(2) >> [| client >> clip(1.0) |]^200 >> reduce(fedavg(weights: uniform)) >> "
        "noise(multiplier: 4.0, norm: 1.0, clients: 2)",
        "rounds: 10000");
    EXPECT_THAT(found.findings, IsEmpty());
    EXPECT_THAT(found.guarantees, ElementsAre("epsilon 1.04 at delta 1e-5 (central, 10000 rounds, 1 % of the "
                                              "clients per round, noise multiplier 4)"));
    const auto by_share = read(
        "broadcast >> sample(fraction: 1%) >> [| client >> clip(1.0) |]^200 >> "
        "reduce(fedavg(weights: uniform)) >> noise(multiplier: 4.0, norm: 1.0, clients: 2)",
        "rounds: 10000");
    EXPECT_EQ(by_share.guarantees, found.guarantees);
}

TEST_F(Reading, DrawnBySamplesThereIsNoRateForAll) {
    const auto found = read(
        "broadcast >> sample(2, by: samples) >> [| client >> clip(1.0) |]^20 >> "
        "reduce(fedavg(weights: uniform)) >> noise(multiplier: 4.0, norm: 1.0, clients: 2)");
    EXPECT_THAT(found.guarantees, ElementsAre(HasSubstr(epsilon_of(4, 1, 100))));
}

constexpr const char* fold_of_20 =
    " >> [| client >> clip(1.0) |]^20 >> reduce(fedavg(weights: uniform)) >> "
    "noise(multiplier: 4.0, norm: 1.0, clients: 2)";

TEST_F(Reading, WhoIsNamedIsNotHidden) {
    const auto found = read(std::string("broadcast >> sample(streams: [[0, 1], [2, 3]])") + fold_of_20);
    EXPECT_THAT(found.findings, IsEmpty());
    EXPECT_THAT(found.guarantees, ElementsAre(HasSubstr(epsilon_of(4, 1, 100))));
    // The noise has the deviation 4 · 1/2, and one client of a fold of its own changes it by 1.
    const auto uneven = read(std::string("broadcast >> sample(streams: [[0, 1], [4]])") + fold_of_20);
    ASSERT_EQ(uneven.findings.size(), 1U);
    EXPECT_THAT(uneven.findings[0].message,
                HasSubstr("the mean of 2 clients, and it is on a single client's"));
    EXPECT_THAT(uneven.guarantees, ElementsAre(HasSubstr(epsilon_of(2, 1, 100))));
}

TEST_F(Reading, AQuorumIsTheFewestThatAreFolded) {
    const auto found = read(
        "broadcast >> [| client >> clip(1.0) |]^20 >> reduce(fedavg(weights: uniform), quorum: 5) >> "
        "noise(multiplier: 2.0, clients: 20)");
    ASSERT_EQ(found.findings.size(), 1U);
    EXPECT_THAT(found.findings[0].message,
                HasSubstr("the mean of 20 clients, and it is on the mean of as few as 5 clients"));
    EXPECT_EQ(found.findings[0].hint, "write `noise(clients: 5)`");
    EXPECT_THAT(found.guarantees, ElementsAre(HasSubstr(epsilon_of(0.5, 1, 100))));
    // Those that a draw has chosen are hidden by it, however many of them come in time.
    const auto drawn = read(
        "broadcast >> sample(10) >> [| client >> clip(1.0) |]^20 >> "
        "reduce(fedavg(weights: uniform), quorum: 5) >> noise(multiplier: 2.0, clients: 5)");
    EXPECT_THAT(drawn.findings, IsEmpty());
    EXPECT_THAT(drawn.guarantees, ElementsAre(HasSubstr(epsilon_of(2, 0.5, 100))));
    const auto twice = read(
        "broadcast >> [| client >> clip(1.0) |]^20 >> reduce(fedavg(weights: uniform), quorum: 5, late: "
        "fold) "
        ">> noise(multiplier: 2.0, clients: 5)");
    EXPECT_EQ(twice.findings.size(), 1U);
    EXPECT_THAT(twice.guarantees, ElementsAre(HasSubstr("none (central: with `late: fold` one client")));
}

TEST_F(Reading, WhoIsAwayLeavesTheFoldOpen) {
    const auto found = read(std::string("broadcast >> available(90%)") + fold_of_20);
    ASSERT_EQ(found.findings.size(), 1U);
    EXPECT_THAT(found.findings[0].message, HasSubstr("how few clients are in a fold"));
    EXPECT_THAT(found.findings[0].hint, HasSubstr("quorum"));
    EXPECT_THAT(found.guarantees, ElementsAre(HasSubstr("none (central: `available`")));
    const auto bounded = read(
        "broadcast >> available(90%) >> sample(10) >> [| client >> clip(1.0) |]^20 >> "
        "reduce(fedavg(weights: uniform), quorum: 5) >> noise(multiplier: 2.0, clients: 5)");
    EXPECT_THAT(bounded.guarantees, ElementsAre(HasSubstr(epsilon_of(2, 1, 100))));
    // Noise of each client's own does not depend on the others.
    const auto local = read(
        "broadcast >> available(90%) >> [| client >> clip(1.0) >> noise(multiplier: 8.0) |]^20 >> "
        "reduce(fedavg)");
    EXPECT_THAT(local.guarantees, ElementsAre(HasSubstr(epsilon_of(8, 1, 100))));
}

TEST_F(Reading, TheDeltaIsTheOneThatIsGiven) {
    const auto found = read(
        "broadcast >> [| client >> clip(1.0) >> noise(multiplier: 2.0, delta: 1e-7) |]^20 "
        ">> reduce(fedavg)");
    EXPECT_THAT(found.guarantees, ElementsAre(HasSubstr(epsilon_of(2, 1, 100, 1e-7) + "at delta 1e-7")));
}

TEST_F(Reading, SaysWhenNothingIsClipped) {
    const auto found = read("broadcast >> [| client >> noise(multiplier: 1.0) |]^20 >> reduce(fedavg)");
    EXPECT_THAT(found.guarantees, ElementsAre("none (local: the updates are not clipped)"));
    ASSERT_EQ(found.findings.size(), 1U);
    EXPECT_EQ(found.findings[0].code, "T0904");
    EXPECT_EQ(found.findings[0].severity, lang::Severity::warning);
    EXPECT_THAT(found.findings[0].message, HasSubstr("nothing clips it"));
    // Clipped before it was trained, or rounded at random behind the clip.
    EXPECT_EQ(read("broadcast >> [| client >> clip(1.0) >> quantize(bits: 8) >> noise(multiplier: 1.0) |]^20 "
                   ">> reduce(fedavg)")
                  .findings.size(),
              1U);
    EXPECT_THAT(read("broadcast >> [| client >> clip(1.0) >> topk(1%) >> noise(multiplier: 1.0) |]^20 >> "
                     "reduce(fedavg)")
                    .findings,
                IsEmpty());
}

TEST_F(Reading, AMeanThatIsClippedBoundsNoClient) {
    const auto found = read(
        "broadcast >> [| client |]^20 >> reduce(fedavg(weights: uniform)) >> clip(1.0) >> "
        "noise(multiplier: 2.0, clients: 20)");
    EXPECT_THAT(found.guarantees, ElementsAre("none (central: the updates are not clipped)"));
}

TEST_F(Reading, CountsWithTheNormThatIsClippedTo) {
    const auto found = read(
        "broadcast >> [| client >> clip(2.0) >> noise(multiplier: 3.0, norm: 1.0) |]^20 >> "
        "reduce(fedavg)");
    ASSERT_EQ(found.findings.size(), 1U);
    EXPECT_THAT(found.findings[0].message, HasSubstr("norm 1, and they are clipped to 2"));
    EXPECT_THAT(found.guarantees, ElementsAre(HasSubstr(epsilon_of(1.5, 1, 100))));
}

TEST_F(Reading, CountsWithTheClientsThatTakePart) {
    const auto found = read(
        "broadcast >> [| client >> clip(1.0) |]^20 >> reduce(fedavg(weights: uniform)) >> "
        "noise(multiplier: 2.0, clients: 40)");
    ASSERT_EQ(found.findings.size(), 1U);
    EXPECT_THAT(found.findings[0].message, HasSubstr("the mean of 40 clients, and it is on the mean of 20"));
    EXPECT_EQ(found.findings[0].hint, "write `noise(clients: 20)`");
    EXPECT_THAT(found.guarantees, ElementsAre(HasSubstr(epsilon_of(1.0, 1, 100))));
}

TEST_F(Reading, StarsOfStarsCountAll) {
    const auto found = read(
        "broadcast >> [| broadcast >> [| client >> clip(1.0) |]^5 >> reduce(fedavg(weights: "
        "uniform)) |]^4 >> reduce(fedavg(weights: uniform)) >> noise(multiplier: 1.1, clients: 20)");
    EXPECT_THAT(found.findings, IsEmpty());
    EXPECT_THAT(found.guarantees, ElementsAre(HasSubstr(epsilon_of(1.1, 1, 100))));
}

TEST_F(Reading, AMeanBySamplesBoundsNobody) {
    const auto found = read(
        "broadcast >> [| client >> clip(1.0) |]^20 >> reduce(fedavg) >> "
        "noise(multiplier: 2.0, clients: 20)");
    ASSERT_EQ(found.findings.size(), 1U);
    EXPECT_THAT(found.findings[0].hint, HasSubstr("weights: uniform"));
    EXPECT_THAT(found.guarantees, ElementsAre(HasSubstr("none (central")));
}

TEST_F(Reading, WithoutRoundsItIsOfEachRound) {
    const auto found = read(central, "time: 1min");
    EXPECT_THAT(found.guarantees,
                ElementsAre(epsilon_of(1.1, 1, 1) + "at delta 1e-5 (central, each round: how "
                                                    "many is not known, noise multiplier 1.1)"));
}

TEST_F(Reading, NestedLoopsMultiplyAndSeveralNoisesAddUp) {
    const auto found = read(std::string("feedback(rounds: 3) { ") + central + " } >> " + central);
    ASSERT_EQ(found.guarantees.size(), 3U);
    EXPECT_THAT(found.guarantees[0], HasSubstr(epsilon_of(1.1, 1, 300)));
    EXPECT_THAT(found.guarantees[1], HasSubstr(epsilon_of(1.1, 1, 100)));
    EXPECT_EQ(found.guarantees[2], epsilon_of(1.1, 1, 400) + "at delta 1e-5 (all of these together)");
}

TEST_F(Reading, NoNoiseAtAllIsSaidSo) {
    const auto found =
        read("broadcast >> [| client >> clip(1.0) >> noise(multiplier: 0.0) |]^20 >> reduce(fedavg)");
    EXPECT_THAT(found.guarantees, ElementsAre("none (local, 100 rounds, noise multiplier 0)"));
}

}  // namespace
}  // namespace trama::learn
