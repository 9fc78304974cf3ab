#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/actors/host.hpp"
#include "engine/actors/process.hpp"
#include "engine/simulated/stand_in.hpp"
#include "engine/simulated/told.hpp"
#include "engine/simulated/workers.hpp"
#include "trama/engine/engine.hpp"

namespace trama::engine::simulated {

/// A clock of its own: what takes time on the machines of a devices file takes that time here. Everything
/// happens in the order of that clock, and what happens at one moment in the order in which it was brought
/// about; one thread does it all, and others compute ahead, so that the same file and seed give the same run.
class SimulatedHost final : public actors::Host {
  public:
    SimulatedHost(const network::Network& network, const Machines& machines, Told& observer,
                  const RunOptions& options);

    void ready(actors::Process& process) override { ready_.push_back(&process); }
    void work(actors::Process& process, actors::Work work) override;
    void send(actors::Channel& channel, actors::Message&& message) override;
    double now() const override { return now_; }
    void wake(actors::Process& process, double at) override;
    void stop() override { stopped_.store(true); }
    std::optional<actors::Clockwork> clockwork() const override;
    bool winds() const override { return true; }
    void wind(const actors::Clockwork& clockwork) override;

    /// Lets events happen until there are none, or until `stop`.
    void run();

    /// Seconds in which a machine has worked, and its link has sent or received.
    struct Use {
        double busy = 0, radio = 0;
    };
    const std::vector<Use>& uses() const { return uses_; }  ///< by machine
    double began() const { return began_; }                 ///< when this run began: a resumed one not at 0

  private:
    struct Event {
        double at = 0;
        std::uint64_t number = 0;  ///< earlier ones first at the same moment
        enum class What : std::uint8_t { arrival, done, alarm } what = What::arrival;
        std::uint32_t index = 0;  ///< the slot of what arrives or is done, or the actor that wakes
        bool operator>(const Event& other) const {
            return at != other.at ? at > other.at : number > other.number;
        }
    };
    struct Flying {
        actors::Channel* channel = nullptr;
        actors::Message message;
    };
    /// Work under way.
    struct Pending {
        actors::Process* process = nullptr;
        Workers::JobPtr job;  ///< null: `value` is the result
        std::optional<core::Value> value;
        actors::SharedRound round;
        double start = 0;
        std::shared_ptr<Told::Words> words;  ///< what it says
    };
    /// What is under way, under numbers that are used again.
    template <class Item>
    class Slots {
      public:
        std::uint32_t put(Item item) {
            if (free_.empty()) {
                items_.push_back(std::move(item));
                return static_cast<std::uint32_t>(items_.size() - 1);
            }
            const auto slot = free_.back();
            free_.pop_back();
            items_[slot] = std::move(item);
            return slot;
        }
        Item take(std::uint32_t slot) {
            free_.push_back(slot);
            return std::exchange(items_[slot], {});
        }

        const Item& operator[](std::uint32_t slot) const { return items_[slot]; }

      private:
        std::vector<Item> items_;
        std::vector<std::uint32_t> free_;
    };
    /// The link of a machine: when it is free again.
    struct Link {
        double up = 0, down = 0;
        std::int64_t messages = 0;
    };

    /// A moment of the virtual clock, for observers.
    static measure::Clock::time_point moment(double seconds);
    void schedule(double at, Event::What what, std::uint32_t index);
    void fly(actors::Channel& channel, actors::Message message, double at, std::uint64_t number);
    void happen(const Event& event);
    void run_ready();
    void take_turns(const network::Actor& actor);
    /// When a message of so many bytes that leaves now is there.
    double arrival(std::size_t from, std::size_t to, std::size_t bytes);

    const Machines& machines_;
    Told& observer_;
    const std::uint64_t seed_;
    const bool training_;
    double now_ = 0;
    double began_ = 0;
    std::uint64_t events_ = 0;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> queue_;
    std::deque<actors::Process*> ready_;
    Slots<Flying> flying_;
    Slots<Pending> pending_;
    std::vector<std::uint64_t> alarms_;  ///< by actor: the number of the event that counts; 0: none
    std::map<network::ActorId, actors::Process*> sleepers_;
    std::vector<double> free_at_;  ///< by machine: when its work is done
    std::vector<Link> links_;      ///< by machine
    std::vector<Use> uses_;        ///< by machine
    std::unordered_map<std::string, Workers::JobPtr> last_by_client_;
    std::vector<bool> shares_memory_;                ///< by actor: another one is the same client
    const actors::Clockwork::Job* again_ = nullptr;  ///< its work begins again
    StandIn stand_in_;
    std::atomic<bool> stopped_{false};
    Workers workers_;  ///< last: its threads are gone before what they use
};

}  // namespace trama::engine::simulated
