#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "trama/learn/library.hpp"
#include "trama/measure/observer.hpp"

/// Functions and rules without learning, for tests of engines.
namespace trama::test {

/// A model of that many floats, all `value`.
core::Model flat_model(std::size_t size, float value);
/// The first parameter.
float first(const core::Value& value);

/// Adds, on top of the communication blocks with their runtimes:
///
///   init(size: 8)      a model of zeros, or of the copy's rank with `per_copy: true`
///   train(...)         every parameter becomes 2 x + rank + 1 + 0.25 × round; weight rank + 1; metric
///   train_loss;
///                      one buffer allocated, none copied. `sleep: k`: sleeps up to k microseconds
///   test               metric `accuracy` = first parameter, 10 samples
///   fail(at:, rank:)   passes on, but fails in that round: `how:` error, data, throw, odd
///   wait               passes on when `go` is set, or the stop token
///   call(…)            runs `on_call`
///   reverse            over a bundle: each stream gets what its opposite carried
///   mean               a mergeable weighted mean of results; Updates of one base give an Update
///   momentum           a rule with State: counts its rounds and remembers the first model
///   mixing             a rule for `mix`: the next version is half the current model, half the update
struct Fakes {
    learn::Library library;
    std::function<void(const learn::Context&)> on_call;
    std::atomic<bool> go{false};
    std::atomic<int> waiting{0};
    std::atomic<int> running{0}, most_running{0};  ///< train functions at once
    std::atomic<int> made{0};                      ///< objects that factories have made

    Fakes();
};

/// Remembers what a run has reported.
class Recorded final : public measure::Observer {
  public:
    struct Round {
        std::string loop;
        core::Round round;
        std::int64_t rounds;
        core::Metrics metrics;
    };
    void fired(const measure::Place& place, measure::Clock::time_point start,
               measure::Clock::time_point end) override;
    void sent(std::string_view from, std::string_view to, const core::Round& round,
              std::size_t bytes) override;
    void round_done(std::string_view loop, const core::Round& round, std::int64_t rounds,
                    const core::Metrics& metrics) override;

    std::vector<Round> rounds() const;
    std::size_t fired_by(std::string_view path) const;
    std::uint64_t sent_bytes() const;

  private:
    mutable std::mutex mutex_;
    std::vector<Round> rounds_;
    std::vector<std::string> fired_;
    std::uint64_t bytes_ = 0;
};

}  // namespace trama::test
