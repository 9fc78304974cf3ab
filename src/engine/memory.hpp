#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "trama/engine/checkpoint.hpp"

/// What functions and rules remember, whatever the engine.
namespace trama::engine {

/// The tokens of an asynchronous feedback that have not come back, by number. Thread-safe.
class UnderWay {
  public:
    void add(std::int64_t token) {
        const std::lock_guard lock(mutex_);
        tokens_.insert(token);
    }
    void remove(std::int64_t token) {
        const std::lock_guard lock(mutex_);
        tokens_.erase(token);
    }
    bool has(std::int64_t token) const {
        const std::lock_guard lock(mutex_);
        return tokens_.contains(token);
    }
    std::set<std::int64_t> all() const {
        const std::lock_guard lock(mutex_);
        return tokens_;
    }

  private:
    mutable std::mutex mutex_;
    std::set<std::int64_t> tokens_;
};

/// The memory of one identity. Two uses of one client share it and take turns.
///
/// Streams of a feedback may be a round or two apart, so when all have finished a round whose memory is to be
/// kept some have begun another: what they remembered before is set aside when that begins. In an
/// asynchronous feedback what each token leaves behind is kept until a later one has come back. States share
/// their buffers: that copies pointers.
class Memory {
  public:
    /// Work in a round of an outermost feedback; `every`: rounds between checkpoints, 0 for none.
    /// `under_way`: of an asynchronous feedback with checkpoints; then the round is the number of the token.
    struct Turn {
        std::int64_t loop = -1;
        std::int64_t round = 0;
        std::int64_t every = 0;
        const UnderWay* under_way = nullptr;
        network::ActorId actor = 0;
    };
    using Use = std::pair<network::ActorId, std::int64_t>;  ///< by an actor, for a token

    /// Lets `work` change what is remembered: `work(Remembered&)`.
    template <class Work>
    auto use(const Turn& turn, Work work) {
        const std::lock_guard alone(turn_);
        auto working = begin(turn);
        auto result = work(working);
        const std::lock_guard lock(mutex_);
        now_ = std::move(working);
        if (turn.under_way != nullptr) note(turn);
        return result;
    }

    /// As it was at the end of that round. Precondition: whoever uses it there has finished the round.
    Remembered after(std::int64_t loop, std::int64_t round);
    /// As if none of these tokens of an asynchronous feedback had been here.
    Remembered without(std::int64_t loop, const std::set<std::int64_t>& tokens) const;
    /// As it was when the first of these began. Nothing where one of them came before another use.
    std::optional<Remembered> before(std::int64_t loop, const std::set<Use>& uses) const;
    /// Before the run.
    void restore(Remembered state) { now_ = std::move(state); }
    const Remembered& restored() const { return now_; }

  private:
    struct Before {
        std::int64_t loop = -1;
        std::int64_t round = 0;
        Remembered state;
    };
    struct Left {
        Use use;
        Remembered state;
    };
    Remembered begin(const Turn& turn);
    void note(const Turn& turn);  ///< precondition: locked

    std::mutex turn_;           ///< held while user code runs
    mutable std::mutex mutex_;  ///< of what follows
    Remembered now_;
    std::vector<Before> before_;
    std::int64_t last_loop_ = -1, last_round_ = 0;  ///< last set aside
    std::int64_t circulates_ = -1;                  ///< the asynchronous feedback of what follows
    Remembered settled_;                            ///< when the first of those below came
    std::vector<Left> left_;                        ///< by tokens of it, in the order of their turns
};

/// The memories of a network, by identity: a function's client (its name, use and copy path), a rule's actor.
class Memories {
  public:
    /// Without training nobody remembers anything. `moments`: the engine goes on from those of checkpoints.
    Memories(const network::Network& network, const std::vector<Checkpoint>& resumed, bool training,
             bool moments);

    /// That of a function or a root of a rule.
    Memory& of(const network::Actor& actor) { return *owners_[actor.id]; }
    Memory::Turn turn(const network::Actor& actor, const core::Round& round) const;
    /// The tokens of an asynchronous feedback that saves checkpoints; null for all others.
    UnderWay* under_way(std::int64_t loop) { return under_way_[static_cast<std::size_t>(loop)].get(); }
    /// All that the body of an outermost feedback remembers at the end of a round.
    std::map<std::string, Remembered> after(std::int64_t loop, std::int64_t round);
    /// Likewise, as if none of these tokens had been in its body; of an asynchronous one.
    std::map<std::string, Remembered> without(std::int64_t loop, const std::set<std::int64_t>& tokens) const;
    /// Likewise, as if these uses had not begun. Nothing where that cannot be said.
    std::optional<std::map<std::string, Remembered>> before(std::int64_t loop,
                                                            const std::set<Memory::Use>& uses) const;

  private:
    std::map<std::string, std::unique_ptr<Memory>> memories_;
    std::vector<Memory*> owners_;                          ///< by actor; null for those without
    std::vector<std::int64_t> outermost_;                  ///< by loop: the outermost feedback around it
    std::vector<std::int64_t> every_;                      ///< by loop: its `checkpoint:`
    std::vector<std::unique_ptr<UnderWay>> under_way_;     ///< by loop
    std::vector<std::map<std::string, Memory*>> in_loop_;  ///< by outermost feedback
};

}  // namespace trama::engine
