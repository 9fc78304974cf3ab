#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/run_scheme.hpp"
#include "support/random_scheme.hpp"
#include "trama/core/hash.hpp"

namespace trama::engine {
namespace {

/// Stops a run that takes too long, and says so.
class Watch {
  public:
    explicit Watch(std::stop_source& stop)
        : thread_([this, &stop] {
              std::unique_lock lock(mutex_);
              if (done_.wait_for(lock, std::chrono::seconds(60), [this] { return over_; })) return;
              late_ = true;
              stop.request_stop();
          }) {}
    bool end() {
        {
            const std::lock_guard lock(mutex_);
            over_ = true;
        }
        done_.notify_all();
        thread_.join();
        return late_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable done_;
    bool over_ = false;
    bool late_ = false;
    std::thread thread_;
};

struct Played {
    std::optional<core::Error> error;
    bool hung = false;
    std::vector<std::string> results;
};

Played play(const std::string& text, const std::string& engine, unsigned threads,
            std::vector<Fault> faults = {}) {
    test::Fakes fakes;
    const auto source = std::make_shared<const lang::Source>("random.trama", text);
    const auto checked = lang::check(source, fakes.library.registry(), {});
    if (!checked.scheme) return {core::Error{core::ErrorKind::usage, "refused", {}, {}}, false, {}};
    const auto network = network::expand(*checked.scheme);
    if (!network) return {network.error(), false, {}};
    learn::Resources resources(fakes.library, 0, {});
    measure::Observer nobody;
    std::stop_source stop;
    RunOptions how;
    how.seed = 1;
    how.threads = threads;
    how.faults = std::move(faults);
    Watch watch(stop);
    const auto outcome = (*make_engine(engine))->run(*network, resources, nobody, how, stop.get_token());
    Played played;
    played.hung = watch.end();
    if (!outcome) {
        played.error = outcome.error();
        return played;
    }
    for (const auto& token : outcome->results) {
        const auto* model = token.value.model();
        played.results.push_back(model != nullptr ? core::model_hash(*model)
                                                  : std::string(token.value.type()));
    }
    return played;
}

bool deterministic(const std::string& text) {
    test::Fakes fakes;
    const auto source = std::make_shared<const lang::Source>("random.trama", text);
    const auto checked = lang::check(source, fakes.library.registry(), {});
    return checked.scheme && checked.scheme->nondeterminism.empty();
}

/// What the checker accepts ends on every engine with a result for every stream, and where it says that it is
/// deterministic with the same one.
TEST(RandomSchemes, WhatIsAcceptedEndsOnEveryEngine) {
    int ran = 0;
    int compared = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const auto text = test::random_scheme(seed, {3, false, seed % 2 == 0});
        const auto threads = play(text, "threads", 2);
        if (threads.error && threads.error->kind != core::ErrorKind::run) continue;
        ++ran;
        const bool same = deterministic(text);
        if (same) ++compared;
        for (const auto& engine : engine_names()) {
            const auto other = engine == "threads" ? threads : play(text, engine, 2);
            // Too few may be there: that is no fault of the engine.
            if (other.error && other.error->message.find("`quorum:`") != std::string::npos) continue;
            ASSERT_FALSE(other.hung) << engine << ", seed " << seed << "\n" << text;
            ASSERT_FALSE(other.error) << engine << ", seed " << seed << ": " << other.error->message << " at "
                                      << other.error->where << "\n"
                                      << text;
            if (threads.error) continue;
            ASSERT_EQ(threads.results.size(), other.results.size()) << engine << ", seed " << seed << "\n"
                                                                    << text;
            if (!same) continue;
            ASSERT_EQ(threads.results, other.results) << engine << ", seed " << seed << "\n" << text;
        }
    }
    EXPECT_GT(ran, 150);
    EXPECT_GT(compared, 100);
}

/// Whatever goes wrong: the run goes on as the scheme says, or ends with one error. It never hangs.
TEST(RandomSchemes, NothingHangsWhenSomethingGoesWrong) {
    constexpr Fault::Kind kinds[] = {Fault::Kind::crash, Fault::Kind::delay,     Fault::Kind::drop,
                                     Fault::Kind::nan,   Fault::Kind::duplicate, Fault::Kind::reorder};
    for (std::uint64_t seed = 0; seed < 120; ++seed) {
        const auto text = test::random_scheme(seed, {3, false, seed % 2 == 0});
        for (const auto kind : kinds) {
            Fault fault;
            fault.kind = kind;
            fault.actor = seed % 3 == 0 ? "client" : "train.1";
            fault.round = static_cast<std::int64_t>(seed % 2);
            fault.seconds = 0.001;
            for (const auto& engine : engine_names()) {
                const auto played = play(text, engine, 2, {fault});
                ASSERT_FALSE(played.hung) << to_text(fault) << " on " << engine << ", seed " << seed << "\n"
                                          << text;
            }
        }
    }
}

}  // namespace
}  // namespace trama::engine
