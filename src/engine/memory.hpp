#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "trama/engine/checkpoint.hpp"

/// What functions and rules remember, whatever the engine.
namespace trama::engine {

/// The memory of one identity. Two uses of one client share it and take turns.
///
/// Streams of a feedback may be a round or two apart, so when all have finished a round whose memory is to be
/// kept some have begun another: what they remembered before is set aside when that begins. States share
/// their buffers: that copies pointers.
class Memory {
  public:
    /// Work in a round of an outermost feedback; `every`: rounds between checkpoints, 0 for none.
    struct Turn {
        std::int64_t loop = -1;
        std::int64_t round = 0;
        std::int64_t every = 0;
    };

    /// Lets `work` change what is remembered: `work(Remembered&)`.
    template <class Work>
    auto use(const Turn& turn, Work work) {
        const std::lock_guard alone(turn_);
        auto working = begin(turn);
        auto result = work(working);
        const std::lock_guard lock(mutex_);
        now_ = std::move(working);
        return result;
    }

    /// As it was at the end of that round. Precondition: whoever uses it there has finished the round.
    Remembered after(std::int64_t loop, std::int64_t round);
    void restore(Remembered state) { now_ = std::move(state); }  ///< before the run

  private:
    struct Before {
        std::int64_t loop = -1;
        std::int64_t round = 0;
        Remembered state;
    };
    Remembered begin(const Turn& turn);

    std::mutex turn_;   ///< held while user code runs
    std::mutex mutex_;  ///< of what follows
    Remembered now_;
    std::vector<Before> before_;
    std::int64_t last_loop_ = -1, last_round_ = 0;  ///< last set aside
};

/// The memories of a network, by identity: a function's client (its name, use and copy path), a rule's actor.
class Memories {
  public:
    /// Without training nobody remembers anything.
    Memories(const network::Network& network, const std::vector<Checkpoint>& resumed, bool training = true);

    /// That of a function or a root of a rule.
    Memory& of(const network::Actor& actor) { return *owners_[actor.id]; }
    Memory::Turn turn(const network::Actor& actor, const core::Round& round) const;
    /// All that the body of an outermost feedback remembers at the end of a round.
    std::map<std::string, Remembered> after(std::int64_t loop, std::int64_t round);

  private:
    std::map<std::string, std::unique_ptr<Memory>> memories_;
    std::vector<Memory*> owners_;                          ///< by actor; null for those without
    std::vector<std::int64_t> outermost_;                  ///< by loop: the outermost feedback around it
    std::vector<std::int64_t> every_;                      ///< by loop: its `checkpoint:`
    std::vector<std::map<std::string, Memory*>> in_loop_;  ///< by outermost feedback
};

}  // namespace trama::engine
