#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/actors/process.hpp"

namespace trama::engine::actors {

/// A stream's own and its in-neighbours' values as one list with the weights of the round. A stream that
/// takes no part in the round gets a skip.
class Exchange final : public Process {
  public:
    Exchange(const network::Actor& actor, Shared& shared) : Process(actor, shared, Waits::all) {}
    std::optional<Held> held() const override { return Held{}; }

  private:
    void fire() override;
};

/// The same, but it waits for its neighbours only so long after its own value has come. A neighbour that is
/// ahead counts with its newest value; one that is behind is left out.
class ExchangeInTime final : public Process {
  public:
    ExchangeInTime(const network::Actor& actor, Shared& shared, double timeout);
    /// Nothing comes from that stream any more. From any thread.
    void lose(std::size_t port);

  private:
    bool ready() const override;
    void fire() override;
    bool complete() const;
    void close();

    const double timeout_;
    const std::size_t own_;                       ///< the port of the stream's own values
    std::vector<std::optional<Message>> newest_;  ///< by port
    std::optional<Message> open_;                 ///< its own, which waits for the others
    double deadline_ = 0;
    std::vector<bool> gone_;

    mutable std::mutex mutex_;  ///< of the news
    std::vector<std::size_t> news_;
};

/// Whether that input counts in the round.
bool hears(const network::Actor& exchange, std::size_t port, const core::Round& round);

/// The port at which a stream's own values come to its exchange.
std::size_t own_port(const network::Actor& exchange);

}  // namespace trama::engine::actors
