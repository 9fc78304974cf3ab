// Every example on every engine of this build. An engine joins by being one of `engine_names()`.
#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>

#include <gtest/gtest.h>

#include "support/small_runs.hpp"
#include "trama/core/hash.hpp"
#include "trama/lang/diagnostic.hpp"
#include "trama/run/run.hpp"

namespace trama::engine {
namespace {

namespace fs = std::filesystem;

/// What a run has told, as far as it must be the same everywhere.
class Heard final : public measure::Observer {
  public:
    void fired(const measure::Place& place, measure::Clock::time_point /*start*/,
               measure::Clock::time_point /*end*/) override {
        const std::lock_guard lock(mutex_);
        ++fired_[std::string(place.actor)];
    }
    void sent(std::string_view from, std::string_view to, const core::Round& /*round*/,
              std::size_t bytes) override {
        const std::lock_guard lock(mutex_);
        auto& all = sent_[std::string(from) + " to " + std::string(to)];
        ++all.first;
        all.second += bytes;
    }
    void round_done(std::string_view loop, const core::Round& round, std::int64_t /*rounds*/,
                    const core::Metrics& metrics) override {
        const std::lock_guard lock(mutex_);
        auto& text = rounds_[std::string(loop)].emplace_back();
        for (const auto number : round)
            text += std::to_string(number) + " ";
        for (const auto& [name, metric] : metrics)
            text += name + "=" + std::to_string(metric.value) + " ";
    }
    void mixed(const measure::Place& place, std::int64_t staleness) override {
        const std::lock_guard lock(mutex_);
        EXPECT_GE(staleness, 0);
        ++mixed_[std::string(place.actor)];
    }

    const auto& fired_by() const { return fired_; }
    const auto& sent_by() const { return sent_; }
    const auto& rounds() const { return rounds_; }
    const auto& mixed_by() const { return mixed_; }

  private:
    std::mutex mutex_;
    std::map<std::string, int> fired_, mixed_;
    std::map<std::string, std::pair<int, std::size_t>> sent_;
    std::map<std::string, std::vector<std::string>> rounds_;
};

std::string text_of(const core::Token& token) {
    if (const auto* model = token.value.model()) return core::model_hash(*model);
    if (const auto* event = token.value.event()) return event->name + " " + event->text;
    return std::string(token.value.type());
}

struct Ran {
    std::unique_ptr<Heard> heard = std::make_unique<Heard>();
    std::vector<std::string> results;
    std::uint64_t tokens = 0, bytes = 0;
};

class Conformance : public testing::TestWithParam<std::string> {
  protected:
    void SetUp() override {
        run::add_builtins(library_);
        const auto path = fs::path(TRAMA_SOURCE_DIR) / "examples" / (GetParam() + ".trama");
        const auto checked = run::check(lang::read_source(path.string()).value(), library_);
        ASSERT_TRUE(checked.scheme) << lang::render(checked.diagnostics);
        deterministic_ = checked.scheme->nondeterminism.empty();
        auto network = network::expand(*checked.scheme);
        ASSERT_TRUE(network) << network.error().message;
        network_ = std::move(*network);
        folder_ = path.parent_path();
    }

    void run(const std::string& engine, unsigned threads, Ran& ran) {
        learn::Resources resources(
            library_, 3, [&] { return core::Result<learn::Backend*>(&trainer_); }, folder_);
        RunOptions how;
        how.seed = 3;
        how.threads = threads;
        const auto outcome = test::run_in_time(**make_engine(engine), network_, resources, *ran.heard, how);
        ASSERT_TRUE(outcome) << "it hangs";
        ASSERT_TRUE(*outcome) << outcome->error().message << " at " << outcome->error().where;
        EXPECT_EQ((*outcome)->status, Outcome::Status::done);
        for (const auto& token : (*outcome)->results)
            ran.results.push_back(text_of(token));
        ran.tokens = (*outcome)->tokens;
        ran.bytes = (*outcome)->bytes_moved;
    }

    void expect_results(const Ran& ran) const {
        const bool subscribes = std::ranges::any_of(
            network_.actors, [](const auto& actor) { return actor.kind == network::Kind::subscribe; });
        // Who sees the newest model only may see too few of them.
        if (subscribes) {
            EXPECT_LE(ran.results.size(), network_.sinks.size());
        } else {
            EXPECT_EQ(ran.results.size(), network_.sinks.size());
        }
        EXPECT_FALSE(ran.results.empty());
    }

    learn::Library library_;
    test::SmallTrainer trainer_;
    network::Network network_;
    fs::path folder_;
    bool deterministic_ = false;
};

/// What no order of arrival changes.
void expect_counts(const network::Network& network, const Ran& ran) {
    for (const auto& loop : network.loops) {
        const auto number = [&](const char* condition) {
            const auto* value = loop.call->find(condition);
            return value == nullptr ? -1 : *value->as<std::int64_t>();
        };
        std::int64_t mixed = 0;
        for (const auto& [actor, count] : ran.heard->mixed_by())
            mixed += count;
        // What comes after the last update that counts is let go.
        if (number("updates") >= 0) {
            EXPECT_GE(mixed, number("updates"));
            EXPECT_LE(mixed, number("updates") + loop.inflight);
        }
        if (number("versions") >= 0) {
            EXPECT_GE(mixed, number("versions"));
        }
        if (!loop.asynchronous && number("rounds") >= 0 && loop.parent < 0) {
            const auto done = ran.heard->rounds().find(loop.path);
            ASSERT_NE(done, ran.heard->rounds().end());
            EXPECT_EQ(static_cast<std::int64_t>(done->second.size()), number("rounds")) << loop.path;
        }
    }
}

TEST_P(Conformance, MeansTheSame) {
    Ran reference;
    run("threads", 2, reference);
    if (HasFatalFailure()) return;
    expect_results(reference);
    for (const auto& engine : engine_names()) {
        for (const unsigned threads : {1U, 3U}) {
            SCOPED_TRACE(engine + " with " + std::to_string(threads) + " threads");
            Ran ran;
            run(engine, threads, ran);
            if (HasFatalFailure()) return;
            expect_results(ran);
            expect_counts(network_, ran);
            if (!deterministic_) continue;
            EXPECT_EQ(ran.results, reference.results);
            EXPECT_EQ(ran.tokens, reference.tokens);
            EXPECT_EQ(ran.bytes, reference.bytes);
            EXPECT_EQ(ran.heard->fired_by(), reference.heard->fired_by());
            EXPECT_EQ(ran.heard->sent_by(), reference.heard->sent_by());
            EXPECT_EQ(ran.heard->rounds(), reference.heard->rounds());
        }
    }
}

std::vector<std::string> examples() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(fs::path(TRAMA_SOURCE_DIR) / "examples"))
        if (entry.path().extension() == ".trama" && entry.path().stem() != "mnist")  // its data are not here
            names.push_back(entry.path().stem().string());
    std::ranges::sort(names);
    return names;
}

INSTANTIATE_TEST_SUITE_P(Examples, Conformance, testing::ValuesIn(examples()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace trama::engine
