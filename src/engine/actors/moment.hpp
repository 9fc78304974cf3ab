#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/actors/process.hpp"
#include "trama/engine/checkpoint.hpp"

namespace trama::engine::actors {

class AsyncLoopProcess;

/// Takes the moments of a run, and puts them back: all that goes round in an asynchronous feedback.
class Moments {
  public:
    /// All must live as long as this; channels by their id, processes by that of their actor.
    Moments(const network::Network& network, const std::vector<std::unique_ptr<Process>>& processes,
            std::vector<Channel>& channels, Shared& shared);

    /// While the feedback, an outermost one, saves a checkpoint. Nothing where the engine's clock cannot be
    /// stopped, where something is under way elsewhere too, or where something in the body cannot say what it
    /// holds.
    std::optional<Moment> now(std::int64_t loop) const;
    /// Before the run, when `loop` has got the checkpoint and `memories` the states of the moment. Throws
    /// std::invalid_argument where it is one of another network.
    void put_back(const Moment& moment, AsyncLoopProcess& loop);

  private:
    bool inside(const Process& process, std::int64_t loop) const;
    bool nothing_beside(std::int64_t loop) const;
    bool hold(Moment& moment, std::int64_t loop) const;
    bool wait(Moment& moment, std::int64_t loop) const;
    bool remember(Moment& moment, std::int64_t loop, const std::vector<Clockwork::Job>& jobs) const;
    Moment::Parcel parcel(const Message& message) const;
    Message message(const Moment::Parcel& parcel, const AsyncLoopProcess& loop) const;
    /// While it puts back.
    Process& process(const std::string& path) const;
    Channel& channel(const std::string& to, std::uint32_t port) const;

    const network::Network& network_;
    const std::vector<std::unique_ptr<Process>>& processes_;
    std::vector<Channel>& channels_;
    Shared& shared_;
    std::unordered_map<std::string_view, network::ActorId> ids_;  ///< by path
};

}  // namespace trama::engine::actors
