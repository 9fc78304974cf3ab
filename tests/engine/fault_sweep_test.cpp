// Every example with everything that can go wrong: the run goes on as its scheme says, or ends with one
// error.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include <gtest/gtest.h>

#include "support/small_runs.hpp"
#include "trama/engine/engine.hpp"
#include "trama/lang/diagnostic.hpp"
#include "trama/run/run.hpp"

namespace trama::engine {
namespace {

namespace fs = std::filesystem;

/// Names of functions that have data: whom faults are for.
std::string client_of(const network::Network& network) {
    for (const auto& actor : network.actors)
        if (actor.kind == network::Kind::function && actor.data && !actor.copy.empty()) return actor.name;
    return {};
}

/// What a scheme says about clients that do not answer.
struct Promise {
    explicit Promise(const network::Network& network) {
        for (const auto& actor : network.actors) {
            if (actor.kind == network::Kind::sample) chooses = true;
            if (!actor.block) continue;
            if (actor.kind == network::Kind::exchange && actor.block->find("timeout") != nullptr)
                in_time = true;
            if (const auto* least = actor.block->find("quorum")) {
                quorum = *least->as<std::int64_t>();
                streams = static_cast<std::int64_t>(actor.inputs.size());
            }
            if (actor.call && actor.call->function == "median") robust = true;
        }
        for (const auto& loop : network.loops) {
            if (loop.asynchronous) inflight = loop.inflight;
            const auto* number = loop.call ? loop.call->find("rounds") : nullptr;
            if (number != nullptr && loop.parent < 0) rounds = *number->as<std::int64_t>();
        }
    }
    bool chooses = false;       ///< some streams sit rounds out: who is hit may be one of them
    bool in_time = false;       ///< exchanges do without those that are missing
    bool robust = false;        ///< what is no number does not come through
    std::int64_t quorum = 0;    ///< 0: none
    std::int64_t streams = 0;   ///< of the quorum
    std::int64_t inflight = 0;  ///< of an asynchronous feedback
    std::int64_t rounds = 0;
};

/// What must come of it: null when the run must go on, else what its error must say (one of them). `maybe`:
/// it may also go on.
struct Expected {
    std::vector<std::string> says = {};
    bool maybe = false;
};

Expected expected(const Promise& promise, const Fault& fault, std::int64_t hit) {
    const std::string standstill = "the run came to a standstill";
    const auto too_few =
        fmt::format("{} of the {} that `quorum:` asks for answered", promise.streams - hit, promise.quorum);
    const bool all = fault.round == 0;
    const bool others_do = promise.quorum > 0 && promise.streams - hit >= promise.quorum;
    const bool one_of_many = promise.inflight > 1 && !all;
    if (hit == 0) return {};
    switch (fault.kind) {
        case Fault::Kind::delay:
            return {};
        case Fault::Kind::crash:
            if (promise.quorum > 0) return others_do ? Expected{} : Expected{{too_few}};
            if (promise.in_time && !all) return {};
            return {{"it crashed, as `--inject` wants: " + to_text(fault)}};
        case Fault::Kind::drop:
        case Fault::Kind::reorder:
            // An exchange does without its neighbours, not without its own stream.
            if ((others_do && !all) || one_of_many) return {};
            return {{standstill, too_few}, !all && (promise.chooses || promise.inflight > 0)};
        case Fault::Kind::nan:
            return {{"training diverged", "which is no finite number", "that `quorum:` asks for answered"},
                    promise.chooses || promise.inflight > 0 || promise.in_time || promise.robust ||
                        promise.rounds <= 2};
        case Fault::Kind::duplicate:
            if (promise.quorum > 0 || promise.inflight > 0) return {};
            return {{"one too many"}, promise.chooses};
    }
    return {};
}

/// The error names an actor, and its round where it has one; of tokens that were lost without a trace, the
/// scheme.
bool names_somebody(const core::Error& error, const network::Network& network) {
    if (error.message.find("before there was a result") != std::string::npos)
        return error.where == network.name;
    const auto path = error.where.substr(0, error.where.find(", round "));
    return std::ranges::any_of(network.actors, [&](const auto& actor) { return actor.path == path; });
}

/// No example has such an exchange.
constexpr const char* in_time = R"(
client = train(digits(), optimizer: sgd(lr: 0.1), batch: 16)
scheme = [| init(mlp(64, 10)) |]^4 >> feedback(rounds: 4) {
    [| client |]^4 >> exchange(ring, weights: metropolis, timeout: 5s) >> [| fold(gossip) |]^4
}
)";

std::vector<std::shared_ptr<const lang::Source>> sources() {
    std::vector<std::shared_ptr<const lang::Source>> all{
        std::make_shared<const lang::Source>("in_time.trama", in_time)};
    for (const auto& entry : fs::directory_iterator(fs::path(TRAMA_SOURCE_DIR) / "examples"))
        if (entry.path().extension() == ".trama" && entry.path().stem() != "mnist")
            all.push_back(lang::read_source(entry.path().string()).value());
    return all;
}

TEST(SlowFaults, EveryExampleWithEveryFault) {
    const auto* wanted = std::getenv("TRAMA_SWEEP_SEEDS");
    const std::uint64_t seeds = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 1;
    learn::Library library;
    run::add_builtins(library);
    test::SmallTrainer trainer;
    int runs = 0;
    std::map<bool, int> sure;  // by whether they go on
    for (const auto& source : sources()) {
        const auto checked = run::check(source, library, {});
        ASSERT_TRUE(checked.scheme) << lang::render(checked.diagnostics);
        const auto network = network::expand(*checked.scheme);
        ASSERT_TRUE(network) << network.error().message;
        const auto client = client_of(*network);
        const bool waits = checked.scheme->canonical.find("timeout:") != std::string::npos;
        if (client.empty()) continue;
        const Promise promise(*network);
        learn::Resources resources(
            library, 0, [&] { return core::Result<learn::Backend*>(&trainer); },
            fs::path(source->path()).parent_path());
        for (const auto* fault :
             {"crash:%[1]@round=2", "crash:%", "delay:%[0]@round=1,seconds=0.01", "drop:%[1]@round=2",
              "drop:%", "nan:%[0]@round=2", "duplicate:%[1]@round=1", "reorder:%[0]@round=1"}) {
            std::string text = fault;
            text.replace(text.find('%'), 1, client);
            const auto parsed = parse_fault(text);
            ASSERT_TRUE(parsed) << parsed.error().message;
            const auto hit = std::ranges::count_if(network->actors, [&](const auto& actor) {
                return parsed->hits(actor.name, actor.copy, {parsed->round});
            });
            const auto sure_of = expected(promise, *parsed, hit);
            for (std::uint64_t seed = 0; seed < seeds; ++seed) {
                for (const auto& name : engine_names()) {
                    // What is lost there is waited for by the clock.
                    if (name != "simulated" && waits) continue;
                    SCOPED_TRACE(fmt::format("{} with {} on {}, seed {}", source->path(), text, name, seed));
                    RunOptions how;
                    how.seed = seed;
                    how.threads = 2;
                    how.faults = {*parsed};
                    measure::Observer nobody;
                    const auto outcome =
                        test::run_in_time(**make_engine(name), *network, resources, nobody, how);
                    ASSERT_TRUE(outcome) << "it hangs";
                    ++runs;
                    if (!sure_of.maybe) ++sure[sure_of.says.empty()];
                    if (*outcome) {
                        EXPECT_TRUE(sure_of.says.empty() || sure_of.maybe) << "it goes on";
                        continue;
                    }
                    const auto& error = outcome->error();
                    EXPECT_TRUE(std::ranges::any_of(sure_of.says, [&](const auto& says) {
                        return error.message.find(says) != std::string::npos;
                    })) << error.message;
                    EXPECT_TRUE(names_somebody(error, *network)) << error.message << " at " << error.where;
                }
            }
        }
    }
    std::printf("%d runs: %d had to go on, %d had to end\n", runs, sure[true], sure[false]);
    EXPECT_GT(runs, 500);
    EXPECT_GT(sure[true] + sure[false], runs * 8 / 10);
}

}  // namespace
}  // namespace trama::engine
