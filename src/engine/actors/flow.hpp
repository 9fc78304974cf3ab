#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/actors/process.hpp"

namespace trama::engine::actors {
class Quorum;
class Reports;
}  // namespace trama::engine::actors

/// The blocks that move tokens and compute nothing.
namespace trama::engine::actors {

/// One token in, one for each stream out.
class Parting : public Process {
  public:
    Parting(const network::Actor& actor, Shared& shared) : Process(actor, shared, Waits::all) {}
    /// It begins the rounds of that one.
    void begins(Quorum& quorum) { quorums_.push_back(&quorum); }
    std::optional<Held> held() const override { return Held{}; }

  protected:
    Message take_and_begin();

  private:
    std::vector<Quorum*> quorums_;
};

/// The same to all. Of an exchange, only to those who listen in this round: the others get a skip.
class Broadcast final : public Parting {
  public:
    Broadcast(const network::Actor& actor, Shared& shared)
        : Parting(actor, shared), exchanges_(actor.block && actor.block->function == "exchange") {}

  private:
    void fire() override;
    const bool exchanges_;
};

/// One element of a list to each. A list of another length ends the run.
class Scatter final : public Parting {
  public:
    using Parting::Parting;

  private:
    void fire() override;
};

/// One token after the other: one of each input in turn, or those that are there, beginning behind the one
/// before. With `lost: event` a stream that has failed gives an Event, once.
class Gather final : public Process {
  public:
    Gather(const network::Actor& actor, Shared& shared);
    /// That stream has failed. From any thread.
    void lose(std::size_t port, const core::Error& error);
    std::optional<Held> held() const override;
    void hold(const Held& held) override { next_ = static_cast<std::size_t>(held.numbers.at(0)); }

  private:
    bool ready() const override;
    void fire() override;
    bool in_turn_ = false;
    std::size_t next_ = 0;
    mutable std::mutex mutex_;  ///< of what follows
    std::vector<core::Event> lost_;
};

class GatherAll final : public Process {
  public:
    GatherAll(const network::Actor& actor, Shared& shared) : Process(actor, shared, Waits::all) {}
    void reports_to(Reports& reports) { reports_ = &reports; }
    std::optional<Held> held() const override {
        return reports_ == nullptr ? std::optional<Held>(Held{}) : std::nullopt;
    }

  private:
    void fire() override;
    Reports* reports_ = nullptr;
};

/// Sends the token on and into the side branch; in rounds that are not its turn the branch gets a skip.
class Tap final : public Process {
  public:
    Tap(const network::Actor& actor, Shared& shared);
    std::optional<Held> held() const override { return Held{}; }  // it counts outside of feedbacks only

  private:
    void fire() override;
    std::int64_t every_ = 1;
    std::int64_t seen_ = 0;  ///< tokens outside of any feedback
};

/// Gives the token the metrics that the side branch has measured.
class Join final : public Process {
  public:
    Join(const network::Actor& actor, Shared& shared);
    std::optional<Held> held() const override { return Held{}; }

  private:
    void fire() override;
    std::vector<std::string> metrics_;
};

/// Keeps the last token that came.
class Sink final : public Process {
  public:
    Sink(const network::Actor& actor, Shared& shared) : Process(actor, shared, Waits::all) {}
    /// After the run.
    const std::optional<Message>& result() const { return result_; }

  private:
    void fire() override;
    std::optional<Message> result_;
};

}  // namespace trama::engine::actors
