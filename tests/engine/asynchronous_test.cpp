#include <array>
#include <cmath>
#include <map>
#include <set>

#include "engine/run_scheme.hpp"

namespace trama::learn {
void add_fedasync(Library& library);
void add_fedbuff(Library& library);
void add_fedavg(Library& library);
void add_staleness(Library& library);
}  // namespace trama::learn

namespace trama::engine {
namespace {

/// Ages of the updates in the order in which they are mixed, and when.
class Mixed final : public measure::Observer {
  public:
    void mixed(const measure::Place& /*place*/, std::int64_t staleness) override {
        ages.push_back(staleness);
    }
    void fired(const measure::Place& place, measure::Clock::time_point /*start*/,
               measure::Clock::time_point /*end*/) override {
        if (place.actor.ends_with("/mix")) mixes.emplace_back(place.actor, place.round.back());
    }
    std::vector<std::int64_t> ages;
    std::vector<std::pair<std::string, std::int64_t>> mixes;  ///< where, and the round of the token
};

/// Three classes of machines whose every firing takes so many seconds, and a server that takes none.
std::string machines(const std::vector<double>& seconds) {
    std::string text = "format = \"trama-devices 1\"\n[class.server]\nsource = \"assumed\"\n";
    std::string list;
    for (std::size_t i = 0; i < seconds.size(); ++i) {
        text += "[class.c" + std::to_string(i) +
                "]\nsource = \"assumed\"\noverhead = " + std::to_string(seconds[i]) + "\n";
        list += (i == 0 ? "\"c" : ", \"c") + std::to_string(i) + "\"";
    }
    return text + "[machines]\nserver = \"server\"\nclients = { list = [" + list + "] }\n";
}

class Asynchronous : public RunScheme {
  protected:
    Asynchronous() {
        learn::add_staleness(fakes_.library);
        learn::add_fedasync(fakes_.library);
        learn::add_fedbuff(fakes_.library);
        learn::add_fedavg(fakes_.library);
    }
    Outcome by_hand(const std::string& text, const std::vector<double>& seconds, Mixed& mixed,
                    unsigned threads = 2) {
        on_devices(machines(seconds));
        const auto source = std::make_shared<const lang::Source>("test.trama", text);
        const auto checked = lang::check(source, fakes_.library.registry(), {});
        EXPECT_TRUE(checked.scheme) << lang::render(checked.diagnostics);
        const auto network = network::expand(*checked.scheme).value();
        learn::Resources resources(fakes_.library, 0, {});
        how_.threads = threads;
        auto outcome = (*make_engine("simulated"))->run(network, resources, mixed, how_, {});
        EXPECT_TRUE(outcome) << outcome.error().message << " at " << outcome.error().where;
        return outcome ? std::move(*outcome) : Outcome{};
    }
};

constexpr const char* fedasync = R"(
client = train
scheme = init(size: 4) >> feedback(updates: 12) {
    unicast(auto) >> [| client |]^3 >> gather >> mix(fedasync(alpha: 0.5, staleness: polynomial(1.0)))
}
)";

/// What the fake clients make of a value: 2 x + rank + 1 + round / 4.
double trained(double x, std::size_t rank, int round) {
    return 2 * x + static_cast<double>(rank) + 1 + 0.25 * round;
}

/// Service times 1, 2 and 5. Worked out by hand: at the same moment those come first that began earlier.
TEST_F(Asynchronous, FedAsyncByHand) {
    constexpr std::array<std::size_t, 12> order{0, 1, 0, 0, 1, 0, 2, 0, 1, 0, 0, 1};
    const std::vector<std::int64_t> ages{0, 1, 1, 0, 2, 1, 6, 1, 3, 1, 0, 2};
    Mixed mixed;
    const auto outcome = by_hand(fedasync, {1, 2, 5}, mixed);
    EXPECT_EQ(mixed.ages, ages);
    EXPECT_DOUBLE_EQ(outcome.seconds, 8);

    double model = 0;
    std::array<double, 3> base{0, 0, 0};
    std::array<int, 3> round{1, 2, 3};
    int sent = 3;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto client = order[i];
        const auto update = static_cast<float>(trained(base[client], client, round[client]));
        const double alpha = 0.5 / (static_cast<double>(ages[i]) + 1);
        model = static_cast<float>((1 - alpha) * model + alpha * update);
        base[client] = model;
        round[client] = ++sent;
    }
    ASSERT_EQ(outcome.results.size(), 1u);
    EXPECT_FLOAT_EQ(first(outcome.results[0].value), static_cast<float>(model));
    EXPECT_EQ(outcome.results[0].value.model()->version, 12);
}

/// Two models walk between three places of different speed. Where they go is drawn; what comes of it is not.
TEST_F(Asynchronous, GossipLearningByHand) {
    Mixed mixed;
    const auto outcome = by_hand(R"(
client = train
scheme = init(size: 4) >> feedback(updates: 20, inflight: 2) {
    unicast(random) >> [| client >> mix(fedasync(alpha: 0.25, staleness: constant)) |]^3 >> gather
}
)",
                                 {1, 2, 5}, mixed);
    ASSERT_GE(mixed.mixes.size(), 20u);
    std::map<std::int64_t, double> walking{{1, 0}, {2, 0}};  // by round: the model that goes into the body
    std::array<double, 3> own{0, 0, 0};
    std::set<std::size_t> visited;
    for (std::size_t i = 0; i < 20; ++i) {
        const auto& [where, round] = mixed.mixes[i];
        const auto place = static_cast<std::size_t>(where[where.find('[') + 1] - '0');
        ASSERT_TRUE(walking.contains(round));
        const auto update = trained(walking[round], place, static_cast<int>(round));
        own[place] = 0.75 * own[place] + 0.25 * update;
        walking[static_cast<std::int64_t>(i) + 3] = own[place];
        visited.insert(place);
    }
    EXPECT_EQ(visited.size(), 3u);
    EXPECT_NEAR(first(outcome.results.at(0).value), walking[22], 1e-5 * std::abs(walking[22]));
}

TEST_F(Asynchronous, TheSameFileGivesTheSameRun) {
    Mixed one;
    Mixed two;
    const auto a = by_hand(fedasync, {1.5, 0.7, 3.1}, one, 1);
    const auto b = by_hand(fedasync, {1.5, 0.7, 3.1}, two, 4);
    EXPECT_EQ(one.ages, two.ages);
    EXPECT_EQ(first(a.results.at(0).value), first(b.results.at(0).value));
    EXPECT_EQ(a.seconds, b.seconds);
}

/// Three equal clients, three updates a version: the first version is FedAvg's. The first two to answer start
/// again from the old model, so the second is not.
TEST_F(Asynchronous, FedBuffByHand) {
    const auto scheme = [](int versions) {
        return "client = train\nscheme = init(size: 4) >> feedback(versions: " + std::to_string(versions) +
               ") { unicast(auto) >> [| client |]^3 >> gather >> mix(fedbuff(k: 3, lr: 1.0)) }\n";
    };
    Mixed mixed;
    const auto one = by_hand(scheme(1), {1, 1, 1}, mixed);
    const auto average = done(
        "client = train\nscheme = init(size: 4) >> feedback(rounds: 1) { broadcast >> [| client |]^3 >> "
        "reduce(fedavg(weights: uniform)) }\n");
    // The rounds of the three tokens are 1, 2 and 3 there, all 1 here: a quarter for each.
    EXPECT_FLOAT_EQ(first(one.results.at(0).value), first(average.results.at(0).value) + 0.25F);

    mixed.ages.clear();
    const auto two = by_hand(scheme(2), {1, 1, 1}, mixed);
    EXPECT_EQ(mixed.ages, (std::vector<std::int64_t>{0, 0, 0, 1, 1, 0}));
    double v1 = 0;
    for (std::size_t i = 0; i < 3; ++i)
        v1 += trained(0, i, static_cast<int>(i) + 1) / 3;
    const double delta = (trained(0, 0, 4) - 0) + (trained(0, 1, 5) - 0) + (trained(v1, 2, 6) - v1);
    EXPECT_NEAR(first(two.results.at(0).value), v1 + delta / 3, 1e-5);
}

/// One of four clients is ten times slower: when have 500 updates come?
TEST_F(Asynchronous, StragglersByHand) {
    const std::vector<double> seconds{1, 1, 1, 10};
    Mixed mixed;
    const auto time = [&](const std::string& text) { return by_hand(text, seconds, mixed).seconds; };
    const std::string star = "client = train\nscheme = init(size: 4) >> feedback(rounds: ";
    // 125 rounds of four, 10 s each.
    EXPECT_DOUBLE_EQ(time(star + "125) { broadcast >> [| client |]^4 >> reduce(mean) }\n"), 1250);
    // 167 rounds of three, 1 s each; the fourth is always late.
    EXPECT_DOUBLE_EQ(time(star + "167) { broadcast >> [| client |]^4 >> reduce(mean, quorum: 3) }\n"), 167);
    // At the deadline of 2.5 s: 167 rounds of three.
    EXPECT_DOUBLE_EQ(
        time(star + "167) { broadcast >> [| client |]^4 >> reduce(mean, quorum: 2, timeout: 2.5s) }\n"),
        417.5);
    // 3 a second and one more every 10 s: 499 at 161 s.
    EXPECT_DOUBLE_EQ(
        time("client = train\nscheme = init(size: 4) >> feedback(updates: 500) { unicast(auto) >> "
             "[| client |]^4 >> gather >> mix(mixing) }\n"),
        162);
    EXPECT_EQ(*std::max_element(mixed.ages.begin(), mixed.ages.end()), 30);
}

TEST_F(Asynchronous, ThreadsMixEveryUpdateOnce) {
    for (const unsigned threads : {1U, 2U, 4U}) {
        const auto outcome = done(fedasync, threads);
        ASSERT_EQ(outcome.results.size(), 1u);
        EXPECT_EQ(outcome.results[0].value.model()->version, 12);
        EXPECT_NE(outcome.results[0].value.update(), nullptr);
    }
}

/// Inside of rounds an asynchronous feedback begins anew with each of their models.
TEST_F(Asynchronous, InsideOfRounds) {
    const std::string text =
        "client = train\nscheme = init(size: 4) >> feedback(rounds: 3) { broadcast >> [| feedback(updates: "
        "5) { "
        "unicast(auto) >> [| client |]^2 >> gather >> mix(mixing) } |]^2 >> reduce(mean) }\n";
    for (const auto& engine : engine_names()) {
        engine_ = engine;
        const auto outcome = done(text);
        ASSERT_EQ(outcome.results.size(), 1u);
        EXPECT_EQ(outcome.results[0].round, core::Round{});
        EXPECT_TRUE(std::isfinite(first(outcome.results[0].value)));
    }
}

}  // namespace
}  // namespace trama::engine
