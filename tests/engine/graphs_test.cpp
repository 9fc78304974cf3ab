#include "engine/run_scheme.hpp"

namespace trama::learn {
void add_fedavg(Library& library);
void add_gossip(Library& library);
}  // namespace trama::learn

namespace trama::engine {
namespace {

class Graphs : public RunScheme {
  protected:
    Graphs() {
        learn::add_fedavg(fakes_.library);
        learn::add_gossip(fakes_.library);
    }
    static Fault crash(std::int64_t copy) {
        Fault fault;
        fault.kind = Fault::Kind::crash;
        fault.actor = "client";
        fault.copy = {copy};
        fault.round = 2;
        return fault;
    }
};

/// On a full graph every peer computes what the server of a star does: the same bits.
TEST_F(Graphs, TheFullGraphIsTheStar) {
    const auto star = done(
        "client = train\nscheme = init(size: 5) >> feedback(rounds: 4) { broadcast >> [| client |]^6 >> "
        "reduce(fedavg) }\n");
    for (const auto& engine : engine_names()) {
        engine_ = engine;
        const auto peers = done(
            "client = train\nscheme = [| init(size: 5) |]^6 >> feedback(rounds: 4) { [| client |]^6 >> "
            "exchange(full) >> [| fold(fedavg) |]^6 }\n");
        ASSERT_EQ(peers.results.size(), 6u);
        for (const auto& peer : peers.results)
            EXPECT_EQ(peer.value.model()->params, star.results.at(0).value.model()->params) << engine;
    }
}

/// Sums are float64 and weights add up: nesting changes nothing but the order of the summation.
TEST_F(Graphs, AStarOfStarsIsTheFlatStarWithinRounding) {
    const auto flat =
        done("scheme = init(size: 5) >> broadcast >> [| train |]^6 >> reduce(fedavg(weights: uniform))\n");
    const auto nested = done(
        "scheme = init(size: 5) >> broadcast >> [| broadcast >> [| train |]^3 >> reduce(fedavg(weights: "
        "uniform)) |]^2 >> reduce(fedavg(weights: uniform))\n");
    EXPECT_FLOAT_EQ(first(flat.results.at(0).value), first(nested.results.at(0).value));
}

/// A quorum goes on without the client that has crashed; without one the run ends and names it.
TEST_F(Graphs, AQuorumBearsACrash) {
    const std::string begin =
        "client = train\nscheme = init(size: 4) >> feedback(rounds: 5) { broadcast >> [| client |]^3 >> "
        "reduce(";
    how_.faults = {crash(1)};
    for (const auto& engine : engine_names()) {
        engine_ = engine;
        EXPECT_EQ(done(begin + "mean, quorum: 2) }\n").results.size(), 1u);
        const auto few = run(begin + "mean, quorum: 3) }\n");
        ASSERT_FALSE(few);
        EXPECT_THAT(few.error().message, testing::HasSubstr("2 of the 3 that `quorum:` asks for answered"));
        const auto plain = run(begin + "mean) }\n");
        ASSERT_FALSE(plain);
        EXPECT_THAT(plain.error().where, testing::HasSubstr("scheme/feedback/[1]/client, round 2"));
    }
}

/// Its neighbours go on with those that are there; the stream itself has the model of its last round.
TEST_F(Graphs, AnExchangeInTimeBearsACrash) {
    how_.faults = {crash(2)};
    for (const auto& engine : engine_names()) {
        engine_ = engine;
        const auto outcome = done(
            "client = train\nscheme = [| init(size: 4) |]^4 >> feedback(rounds: 5) { [| client |]^4 >> "
            "exchange(ring, weights: metropolis, timeout: 10s) >> [| fold(gossip) |]^4 }\n");
        EXPECT_EQ(outcome.results.size(), 4u) << engine;
    }
}

/// What comes too late is dropped, or folded with the next.
/// Everyone has everyone's in each round: weights that add up would be infinite after 340.
TEST_F(Graphs, WeightsAmongNeighboursAreAveraged) {
    const auto outcome = done(
        "scheme = [| init(size: 4) >> train |]^8 >> feedback(rounds: 400) { exchange(full) >> [| fold(mean) "
        "|]^8 }\n");
    double mean = 0;
    double all = 0;
    for (int rank = 0; rank < 8; ++rank) {  // outside of rounds: x + rank + 1, of weight rank + 1
        mean += (rank + 1) * (rank + 1);
        all += rank + 1;
    }
    ASSERT_EQ(outcome.results.size(), 8u);
    for (const auto& result : outcome.results) {
        EXPECT_DOUBLE_EQ(result.value.model()->weight, all / 8);
        EXPECT_FLOAT_EQ(first(result.value), static_cast<float>(mean / all));
    }
}

TEST_F(Graphs, LateUpdates) {
    on_devices(
        "format = \"trama-devices 1\"\n[class.s]\nsource = \"assumed\"\n[class.a]\nsource = \"assumed\"\n"
        "overhead = 1\n[class.b]\nsource = \"assumed\"\noverhead = 1.5\n[machines]\nserver = \"s\"\n"
        "clients = { list = [\"a\", \"a\", \"b\"] }\n");
    const std::string begin =
        "client = train\nscheme = init(size: 4) >> feedback(rounds: 2) { broadcast >> [| client |]^3 >> "
        "reduce(mean, quorum: 2";
    const auto dropped = done(begin + ") }\n");
    const auto folded = done(begin + ", late: fold) }\n");
    // Weights are rank + 1. Round 1: (1.25 · 1 + 2.25 · 2) / 3; the third's 3.25 comes half a second later.
    const double one = (1.25 * 1 + 2.25 * 2) / 3;
    const double two[] = {2 * one + 1.5, 2 * one + 2.5};
    EXPECT_FLOAT_EQ(first(dropped.results.at(0).value), static_cast<float>((two[0] + 2 * two[1]) / 3));
    EXPECT_FLOAT_EQ(first(folded.results.at(0).value),
                    static_cast<float>((two[0] + 2 * two[1] + 3 * (one + 3.25)) / 6));
}

}  // namespace
}  // namespace trama::engine
