#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/actors/flow.hpp"
#include "engine/choice.hpp"

/// The blocks that choose among streams.
namespace trama::engine::actors {

/// What the streams of a `sample` did when they took part last: written by who collects them.
class Reports {
  public:
    explicit Reports(std::size_t streams) : reports_(streams) {}
    void begin(double now);
    /// Of the streams in order; skips say nothing.
    void collect(const std::vector<Message>& messages);
    void collect(std::size_t stream, const Message& message);
    std::vector<Report> all() const;

  private:
    mutable std::mutex mutex_;
    double began_ = 0;
    std::vector<Report> reports_;
};

/// Those of the streams that take part in the round; the others get a skip (`sample`, `available`). Instead
/// of a broadcast it has one input, for all of them.
class Choose final : public Parting {
  public:
    Choose(const network::Actor& actor, Shared& shared, const Choice& choice, Reports* reports)
        : Parting(actor, shared), choice_(choice), reports_(reports) {}
    std::optional<Held> held() const override {
        return reports_ == nullptr ? std::optional<Held>(Held{}) : std::nullopt;
    }

  private:
    void fire() override;
    void part();
    std::vector<bool> choose(const std::vector<bool>& there, const core::Round& round);

    const Choice& choice_;
    Reports* const reports_;  ///< null where the choice does not depend on them
};

/// Each token to one of the streams. `auto`: to the one with the fewest tokens under way, of several to the
/// one that has waited longest. It knows of those that come round again; outside of feedbacks, whose tokens
/// do not, it is the one that has waited longest among those with room.
class Unicast final : public Process {
  public:
    Unicast(const network::Actor& actor, Shared& shared);
    std::optional<Held> held() const override;
    void hold(const Held& held) override;

  private:
    enum class Policy { in_turn, free, random };
    bool ready() const override;
    void fire() override;
    bool any_room() const;
    std::size_t choose(const Message& message);
    void come_back(Message& message);

    struct Stream {
        std::int64_t under_way = 0;
        std::uint64_t last = 0;  ///< when it was chosen last
    };
    Policy policy_ = Policy::in_turn;
    std::vector<Stream> streams_;
    std::uint64_t sent_ = 0;
};

}  // namespace trama::engine::actors
