#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/actors/channel.hpp"
#include "engine/actors/shared.hpp"
#include "trama/network/network.hpp"

namespace trama::engine::actors {

/// An actor at work. It is fired by one thread at a time, whichever the engine gives it, and holds none while
/// it waits.
///
/// Whoever puts a token into an empty channel or takes one out of a full channel tells the other end;
/// counters of filled inputs and full outputs keep that cheap for actors with many ports. Nothing is locked.
class Process {
  public:
    /// `Any`: every change at a port may make it ready. `All`: it needs a token at every input and room at
    /// every output.
    enum class Waits { all, any };

    Process(const network::Actor& actor, Shared& shared, Waits waits)
        : shared_(shared), actor_(actor), waits_(waits) {}
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    virtual ~Process() = default;

    void attach(std::span<Channel* const> inputs, std::span<Channel* const> outputs, std::int64_t depth);
    const network::Actor& actor() const { return actor_; }
    std::int64_t priority() const { return priority_; }

    /// Fires once if it can; called by the engine for those that are `ready`.
    void run();
    /// Something has changed that it may wait for.
    void notify();
    /// For engines: a message goes through one of the outputs at once; or it departs, and lands later.
    void deliver(Channel& channel, Message&& message);
    void depart(Channel& channel);
    void land(Channel& channel, Message&& message);
    /// What the work that it wanted has given; called by the engine, as if it fired again.
    void finish(core::Result<core::Value> result);
    /// For engines of one thread: gives a skip that comes to it straight on, without being fired. False when
    /// it must take it like any other token.
    virtual bool pass(Message& /*skip*/) { return false; }
    /// The first input that it has no token of, while it has some of others; nothing otherwise.
    std::optional<std::size_t> waits_for() const;
    /// What it has given, and the tensor data in it. After the run.
    std::uint64_t tokens() const { return tokens_; }
    std::uint64_t bytes() const { return bytes_; }
    /// Waits for nothing and gives nothing any more.
    void die() { dead_.store(true); }
    bool dead() const { return dead_.load(); }

    /// For engines of one thread, so that a run can go on at any moment.
    /// What it keeps from one firing to the next besides its memory; nothing where it cannot say.
    struct Held {
        std::vector<Message> tokens;
        std::vector<std::int64_t> numbers;
    };
    virtual std::optional<Held> held() const { return std::nullopt; }
    virtual void hold(const Held& /*held*/) {}  ///< takes it back, before the run
    bool works() const { return busy_; }
    virtual void work_again() {}         ///< begins with the work that it was at
    void rest() { state_.store(idle); }  ///< forgets that it was told to look

  protected:
    virtual bool ready() const { return all_filled() && all_room(); }
    /// Precondition: `ready()`.
    virtual void fire() = 0;
    /// The work is done; for those who call `work`.
    virtual void worked(core::Result<core::Value>&& /*result*/) {}
    /// Has user code run; `worked` follows, and until then it does not fire.
    void work(Work work);

    bool busy() const { return busy_ || dead_.load(); }
    bool all_filled() const { return filled_.load() >= static_cast<std::int64_t>(inputs_.size()); }
    bool any_filled() const { return filled_.load() > 0; }
    bool all_room() const { return full_.load() <= 0; }
    bool filled(std::size_t port) const { return inputs_[port]->size() > 0; }
    bool room(std::size_t port) const { return outputs_[port]->room(); }
    bool clear(std::size_t port) const { return outputs_[port]->size() + outputs_[port]->under_way == 0; }
    std::size_t in() const { return inputs_.size(); }
    std::size_t out() const { return outputs_.size(); }

    Message take(std::size_t port);
    /// One of each input, in port order.
    std::vector<Message> take_all();
    /// The same, one after the other: `visit(port, message)`. False, and the run has ended, where they are
    /// not tokens of one round.
    template <class Visit>
    bool take_each(Visit visit) {
        SharedRound round;
        bool same = true;
        for (std::size_t port = 0; port < in(); ++port) {
            auto message = take(port);
            if (port == 0) round = message.round;
            if (same && message.round != round) same = not_of_one_round(port, message.round, round);
            visit(port, std::move(message));
        }
        return same;
    }
    void give(std::size_t port, Message message);
    const network::Actor& receiver(std::size_t port) const { return outputs_[port]->to().actor(); }
    std::size_t receiver_port(std::size_t port) const { return outputs_[port]->to_port(); }

    /// True when what has just been computed must not be used: the run is ending.
    bool ending() const { return shared_.stop.stop_requested(); }
    /// Ends the run with what went wrong here, or goes on without this actor where the scheme says so.
    void fail(core::Error error, const core::Round& round);
    /// Ends the run unless all these are tokens of one round: who waits for one of each has got one too many.
    bool of_one_round(const std::vector<Message>& messages);
    bool not_of_one_round(std::size_t stream, const core::Round& round, const core::Round& first);

    Shared& shared_;

  private:
    enum State : int { idle, queued, running, again };
    void arrived();    ///< an input has got its first token
    void made_room();  ///< an output has room again
    template <class Code>
    void guarded(Code code);
    bool able() const { return !busy_ && !dead_.load() && ready(); }

    const network::Actor& actor_;
    const Waits waits_;
    std::span<Channel* const> inputs_;
    std::span<Channel* const> outputs_;
    std::uint64_t tokens_ = 0;
    std::uint64_t bytes_ = 0;
    std::int64_t priority_ = 0;
    bool busy_ = false;  ///< its work is under way
    std::atomic<bool> dead_{false};
    std::atomic<int> state_{idle};
    std::atomic<std::int64_t> filled_{
        0};  ///< inputs with a token; never too high when seen by the process itself
    std::atomic<std::int64_t> full_{
        0};  ///< outputs without room; never too low when seen by the process itself
};

}  // namespace trama::engine::actors
