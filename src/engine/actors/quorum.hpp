#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/actors/work.hpp"
#include "engine/arguments.hpp"

namespace trama::engine::actors {

/// A reduction that does not wait for all. It takes whatever comes at once, so that nobody waits for it; what
/// is older than the round that is open is late.
class Quorum final : public Folding {
  public:
    Quorum(const network::Actor& actor, Shared& shared, const learn::Rule& rule, LoopState* entering,
           std::size_t stream);
    /// That round has begun: its time runs. From any thread.
    void begin(const core::Round& round);
    /// Nothing comes from that stream any more. From any thread.
    void lose(std::size_t port);

  private:
    enum class Verdict { wait, fold, fail };
    bool ready() const override;
    void fire() override;
    void read_news();
    void open(const core::Round& round, double at);
    void admit(std::size_t port, Message message);
    Verdict verdict() const;
    void close();
    void too_few();

    const std::int64_t least_;  ///< the quorum
    const std::optional<double> timeout_;
    const bool folds_late_;

    bool open_ = false;
    core::Round round_;  ///< the open one, or the last
    double deadline_ = 0;
    std::vector<std::optional<Message>> came_;  ///< by stream
    std::vector<bool> lost_;
    std::vector<core::Value> late_;  ///< in the order of arrival

    mutable std::mutex mutex_;  ///< of the news
    struct News {
        std::optional<core::Round> begun;
        double at = 0;
        std::vector<std::size_t> lost;
        bool any = false;
    } news_;
};

/// Whether the actor is a reduction that does not wait for all.
inline bool is_quorum(const network::Actor& actor) {
    return actor.kind == network::Kind::reduce && actor.level == 0 &&
           integer(actor.block.get(), "quorum", 0) > 0;
}

}  // namespace trama::engine::actors
