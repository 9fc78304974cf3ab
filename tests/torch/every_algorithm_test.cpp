// Every algorithm, whole: the same bits with any number of threads, and when its run is cut and goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "support/process.hpp"
#include "trama/run/run.hpp"

namespace trama::run {
namespace {

struct Algorithm {
    std::string name;
    std::string client = "train(data, optimizer: sgd(lr: 0.1), batch: 16, max_batches: 3)";
    std::string after = {};  ///< blocks between the clients and the rule, each with its arrow before it
    std::string rule = "fedavg";
    std::string behind = {};    ///< the rule
    std::string before = {};    ///< the clients
    std::string exchange = {};  ///< peers instead of a star: how
};

std::string client(const std::string& more, const std::string& optimizer = "sgd(lr: 0.1)") {
    return fmt::format("train(data, optimizer: {}, batch: 16, max_batches: 3{}{})", optimizer,
                       more.empty() ? "" : ", ", more);
}

std::vector<Algorithm> algorithms() {
    std::vector<Algorithm> all;
    for (const std::string rule : {"fedavg", "fedavgm", "fedadagrad", "fedadam", "fedyogi", "fednova",
                                   "median", "trimmed_mean(2)", "krum(2)", "multi_krum(2, m: 3)", "bulyan(1)",
                                   "geometric_median", "centered_clip(0.5)", "norm_bound(0.2)"}) {
        all.push_back({.name = rule, .rule = rule});
    }
    for (const std::string both : {"scaffold", "feddyn", "q_fedavg"})
        all.push_back({.name = both, .client = client("algorithm: " + both), .rule = both});
    all.push_back({.name = "momentum_kept", .client = client("keep: true", "sgd(lr: 0.1, momentum: 0.9)")});
    for (const std::string optimizer : {"adam", "adamw", "rmsprop"})
        all.push_back(
            {.name = optimizer + "_kept", .client = client("keep: true", optimizer + "(lr: 0.01)")});
    all.push_back({.name = "fedprox", .client = client("proximal: 0.1")});
    all.push_back({.name = "step_schedule",
                   .client = client("keep: true", "sgd(lr: cosine(0.1, over: 40, per: step))")});
    for (const std::string personal : {"[\"layers.2.*\"]", "ditto(lambda: 0.1)", "per_fedavg(alpha: 0.05)"})
        all.push_back({.name = "personal_" + personal, .client = client("test: own, personal: " + personal)});
    for (const std::string shrink : {"topk(5%)", "randk(20%)", "quantize(bits: 4)", "sign", "float16",
                                     "bfloat16", "lowrank(rank: 2)", "topk(10%) >> quantize(bits: 8)"}) {
        all.push_back({.name = shrink, .after = " >> " + shrink});
    }
    all.push_back({.name = "private",
                   .after = " >> clip(1.0)",
                   .rule = "fedavg(weights: uniform)",
                   .behind = " >> noise(multiplier: 0.3, norm: 1.0, clients: 7)"});
    for (const std::string attack : {"sign_flip", "gaussian", "alie", "ipm"})
        all.push_back({.name = attack, .rule = "median", .behind = attack});
    for (const std::string peers : {"gossip", "fedavg"})
        all.push_back({.name = "peers_" + peers, .rule = peers, .exchange = "ring, weights: metropolis"});
    all.push_back({.name = "push_sum", .rule = "push_sum", .exchange = "one_peer_exponential"});
    all.push_back({.name = "choco",
                   .after = " >> difference(topk(10%))",
                   .rule = "choco(gamma: 0.3)",
                   .exchange = "ring, weights: metropolis"});
    all.push_back({.name = "gradient_tracking",
                   .client = client("algorithm: gradient_tracking"),
                   .rule = "gossip",
                   .exchange = "ring, weights: metropolis"});
    all.push_back({.name = "label_flip", .rule = "median", .before = "attack(label_flip, copies: [0]) >> "});
    return all;
}

std::string scheme(const Algorithm& algorithm, int rounds) {
    if (!algorithm.exchange.empty()) {
        return fmt::format(
            "data = digits()\n"
            "scheme = [| init(mlp(64, 12, 10), per_copy: true) |]^7 >> feedback(rounds: {}, checkpoint: 2) "
            "{{\n"
            "    [| {}{} |]^7 >> exchange({}) >> [| fold({}) |]^7\n}}\n",
            rounds, algorithm.client, algorithm.after, algorithm.exchange, algorithm.rule);
    }
    const bool attacked = algorithm.rule == "median" && !algorithm.behind.empty();
    return fmt::format(
        "data = digits()\n"
        "scheme = init(mlp(64, 12, 10)) >> feedback(rounds: {}, checkpoint: 2) {{\n"
        "    broadcast >> {}[| {}{} |]^7{} >> reduce({}){} >> test(data)\n}}\n",
        rounds, algorithm.before, algorithm.client, algorithm.after,
        attacked ? fmt::format(" >> attack({}, copies: [0, 3])", algorithm.behind) : "", algorithm.rule,
        attacked ? "" : algorithm.behind);
}

/// Runs it; the hashes of all models that come out.
std::vector<std::string> hashes(const std::string& scheme, const Options& options) {
    learn::Library library;
    run::add_builtins(library);
    const auto report = run::run(text(scheme), library, options);
    EXPECT_TRUE(report) << scheme << (report ? "" : report.error().message);
    return report ? report->hashes : std::vector<std::string>{};
}

class EveryAlgorithm : public testing::TestWithParam<Algorithm> {
  protected:
    static std::vector<std::string> hash(int rounds, unsigned threads,
                                         const std::filesystem::path& folder = {}, bool resume = false) {
        Options options;
        options.threads = threads;
        if (!folder.empty()) options.keep = Keep{.folder = folder, .command_line = {}};
        if (resume) options.resume = folder;
        return hashes(scheme(GetParam(), rounds), options);
    }
};

TEST_P(EveryAlgorithm, GivesTheSameBitsWithAnyNumberOfThreadsAndAfterABreak) {
    const auto whole = hash(5, 1);
    EXPECT_EQ(hash(5, 2), whole);
    EXPECT_EQ(hash(5, 7), whole);
    const test::TemporaryFolder folder;
    const auto part = hash(3, 2, folder.path() / "run");  // its checkpoint is that of round 2
    EXPECT_NE(part, whole) << "the later rounds change nothing: the test sees nothing";
    EXPECT_EQ(hash(5, 2, folder.path() / "run", true), whole);
}

std::string name_of(const testing::TestParamInfo<Algorithm>& info) {
    std::string name;
    for (const char c : info.param.name)
        name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    return name;
}

/// Whose result depends on who is faster: the same bits where a clock says so.
TEST(EveryMixer, GivesTheSameBitsWithAnyNumberOfThreadsInVirtualTime) {
    for (const auto* rule : {"fedasync(alpha: 0.6)", "fedasync(alpha: 0.9, staleness: hinge(a: 2, b: 1))",
                             "fedbuff(k: 3, lr: 0.7)"}) {
        const auto with = [&](int updates, unsigned threads) {
            Options options;
            options.engine = "simulated";
            options.devices = "phone-mid";  // with jitter
            options.threads = threads;
            return hashes(
                fmt::format("data = digits()\nscheme = init(mlp(64, 12, 10)) >> feedback(updates: {}) "
                            "{{ unicast(auto) >> [| {} |]^5 >> gather >> mix({}) }}\n",
                            updates, client(""), rule),
                options);
        };
        const auto whole = with(18, 1);
        EXPECT_EQ(with(18, 2), whole) << rule;
        EXPECT_EQ(with(18, 7), whole) << rule;
        EXPECT_NE(with(12, 2), whole) << "the later updates change nothing: the test sees nothing";
    }
}

INSTANTIATE_TEST_SUITE_P(All, EveryAlgorithm, testing::ValuesIn(algorithms()), name_of);

}  // namespace
}  // namespace trama::run
