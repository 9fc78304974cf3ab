#pragma once

#include <memory>
#include <span>

#include "engine/threads/process.hpp"
#include "trama/learn/library.hpp"

/// The processes in which user code runs.
namespace trama::engine::threads {

class LoopState;

/// A registered function. Without inputs it is a source, which fires once.
class FunctionProcess final : public Process {
  public:
    FunctionProcess(const network::Actor& actor, Shared& shared, const learn::Function& function)
        : Process(actor, shared, Waits::all), function_(function) {}

  private:
    bool ready() const override { return (in() > 0 || !fired_) && all_filled() && all_room(); }
    void fire() override;

    const learn::Function& function_;
    bool fired_ = false;
};

/// A rule over one value of every input, or over the elements of a list (`fold`); an inner node of a tree
/// merges. Skips are left out; where all are skips the result is one.
class RuleProcess final : public Process {
  public:
    /// `entering`: the feedback and the stream in it whose entering model makes the first State; null for
    /// none.
    RuleProcess(const network::Actor& actor, Shared& shared, const learn::Rule& rule, LoopState* entering,
                std::size_t stream)
        : Process(actor, shared, Waits::all), rule_(rule), entering_(entering), stream_(stream) {}

  private:
    void fire() override;
    core::Result<core::Value> apply(const core::Round& round, std::span<const core::Value> values);
    core::State first_state(std::span<const core::Value> values) const;

    const learn::Rule& rule_;
    LoopState* const entering_;
    const std::size_t stream_;
};

}  // namespace trama::engine::threads
