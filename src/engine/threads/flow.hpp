#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "engine/threads/process.hpp"

/// The blocks that move tokens and compute nothing.
namespace trama::engine::threads {

class Broadcast final : public Process {
  public:
    Broadcast(const network::Actor& actor, Shared& shared) : Process(actor, shared, Waits::all) {}

  private:
    void fire() override;
};

/// One element of a list to each. A list of another length ends the run.
class Scatter final : public Process {
  public:
    Scatter(const network::Actor& actor, Shared& shared) : Process(actor, shared, Waits::all) {}

  private:
    void fire() override;
};

/// One token after the other: one of each input in turn, or those that are there, beginning behind the one
/// before.
class Gather final : public Process {
  public:
    Gather(const network::Actor& actor, Shared& shared);

  private:
    bool ready() const override { return (in_turn_ ? filled(next_) : any_filled()) && room(0); }
    void fire() override;
    bool in_turn_ = false;
    std::size_t next_ = 0;
};

class GatherAll final : public Process {
  public:
    GatherAll(const network::Actor& actor, Shared& shared) : Process(actor, shared, Waits::all) {}

  private:
    void fire() override;
};

/// Sends the token on and into the side branch; in rounds that are not its turn the branch gets a skip.
class Tap final : public Process {
  public:
    Tap(const network::Actor& actor, Shared& shared);

  private:
    void fire() override;
    std::int64_t every_ = 1;
    std::int64_t seen_ = 0;  ///< tokens outside of any feedback
};

/// Gives the token the metrics that the side branch has measured.
class Join final : public Process {
  public:
    Join(const network::Actor& actor, Shared& shared);

  private:
    void fire() override;
    std::vector<std::string> metrics_;
};

class Queue final : public Process {
  public:
    Queue(const network::Actor& actor, Shared& shared);

  private:
    bool ready() const override;
    void fire() override;
    std::size_t capacity_ = 1;
    std::deque<Message> held_;
};

/// Keeps the last token that came.
class Sink final : public Process {
  public:
    Sink(const network::Actor& actor, Shared& shared) : Process(actor, shared, Waits::all) {}
    /// After the run.
    const std::optional<Message>& result() const { return result_; }

  private:
    void fire() override { result_ = take(0); }
    std::optional<Message> result_;
};

}  // namespace trama::engine::threads
