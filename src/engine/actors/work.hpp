#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/actors/process.hpp"
#include "trama/learn/library.hpp"

/// The processes in which user code runs.
namespace trama::engine::actors {

class LoopState;
class Reports;

/// A registered function. Without inputs it is a source, which fires once.
class FunctionProcess final : public Process {
  public:
    FunctionProcess(const network::Actor& actor, Shared& shared, const learn::Function& function);

    bool pass(Message& skip) override;
    std::optional<Held> held() const override;
    void hold(const Held& held) override;
    void work_again() override;

  private:
    bool ready() const override;
    void fire() override;
    void worked(core::Result<core::Value>&& result) override;
    /// The fault of that kind that happens to it in this round; null for none.
    const Fault* fault(Fault::Kind kind) const;
    void give_faulty(Message message);

    const learn::Function& function_;
    bool fired_ = false;
    Message token_;  ///< that it works on
    struct Faulty {
        std::deque<Message> due;      ///< what is to be given before anything else
        std::optional<Message> held;  ///< of `reorder`
    };
    std::unique_ptr<Faulty> faulty_;  ///< null: no fault can happen to it
};

/// Who folds values by a rule.
class Folding : public Process {
  public:
    /// `entering`: the feedback and the stream in it whose entering model makes the first State; null for
    /// none.
    Folding(const network::Actor& actor, Shared& shared, Waits waits, const learn::Rule& rule,
            LoopState* entering, std::size_t stream)
        : Process(actor, shared, waits), rule_(rule), entering_(entering), stream_(stream) {}
    void reports_to(Reports& reports) { reports_ = &reports; }
    void work_again() override;

  protected:
    /// Gives the fold of these values in the place of `token`; of none, a skip.
    void fold(Message token, core::Neighbours list);
    bool reads_bases() const { return rule_.reads_bases(); }
    Reports* reports() const { return reports_; }
    Message token_;
    core::Neighbours among_;  ///< what is folded, while it is

  private:
    void worked(core::Result<core::Value>&& result) override;
    core::Result<core::Value> apply(std::span<const core::Value> values);
    core::State first_state(std::span<const core::Value> values) const;

    const learn::Rule& rule_;
    LoopState* const entering_;
    const std::size_t stream_;
    Reports* reports_ = nullptr;
};

/// A rule over one value of every input, or over the elements of a list (`fold`); an inner node of a tree
/// merges. Skips are left out; where all are skips the result is one.
class RuleProcess final : public Folding {
  public:
    RuleProcess(const network::Actor& actor, Shared& shared, const learn::Rule& rule, LoopState* entering,
                std::size_t stream)
        : Folding(actor, shared, Waits::all, rule, entering, stream) {}
    std::optional<Held> held() const override;
    void hold(const Held& held) override;

  private:
    void fire() override;
    void fold_list(Message token);
};

/// The server of an asynchronous feedback: mixes each update into its model and answers with that. Its first
/// model is the one that entered the feedback, and again whenever one enters.
class MixProcess final : public Process {
  public:
    MixProcess(const network::Actor& actor, Shared& shared, const learn::Rule& rule, LoopState* entering,
               std::size_t stream)
        : Process(actor, shared, Waits::all), rule_(rule), entering_(entering), stream_(stream) {}
    /// Goes on with the model that it remembers, in a feedback that goes on. Before the run.
    void resume();
    std::optional<Held> held() const override;
    void hold(const Held& held) override { token_ = held.tokens.at(0); }
    void work_again() override;

  private:
    void fire() override;
    void worked(core::Result<core::Value>&& result) override;
    void adopt();
    std::int64_t staleness() const;
    core::Result<core::Value> apply(std::span<const core::Value> values, std::int64_t staleness, bool afresh);

    const learn::Rule& rule_;
    LoopState* const entering_;
    const std::size_t stream_;
    std::int64_t entry_ = 0;  ///< which token entered the feedback
    bool afresh_ = false;     ///< it begins with that one
    std::shared_ptr<const core::Model> current_;
    Message token_;
};

}  // namespace trama::engine::actors
