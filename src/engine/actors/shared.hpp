#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "engine/actors/host.hpp"
#include "engine/memory.hpp"
#include "trama/core/error.hpp"
#include "trama/engine/engine.hpp"

namespace trama::engine::actors {

/// What the processes of one run share.
struct Shared {
    Shared(Host& host, const network::Network& network, measure::Observer& observer,
           const RunOptions& options)
        : host(host),
          observer(observer),
          seed(options.seed),
          save(options.training ? options.save : SaveCheckpoint{}),
          faults(options.faults),
          memories(network, options.resume, options.training, host.winds()) {}

    Host& host;
    measure::Observer& observer;
    const std::uint64_t seed;
    const SaveCheckpoint save;  ///< may be empty, and is without training
    const std::vector<Fault> faults;
    Memories memories;
    std::stop_source
        stop;  ///< the user's interruption or a failure: functions see it, nothing new is started
    std::function<void()> finished;  ///< called by each sink when it has got its first token
    /// All that goes round in that feedback, while it saves a checkpoint.
    std::function<std::optional<Moment>(std::int64_t loop)> moment;
    /// Whether the run goes on without an actor that has failed. Then those who would wait for it know.
    std::function<bool(const network::Actor&, const core::Error&)> go_on_without;

    void end() {
        stop.request_stop();
        host.stop();
    }
    /// The first error counts, and ends the run.
    void fail(core::Error error) {
        {
            const std::lock_guard lock(mutex_);
            if (!error_) error_ = std::move(error);
        }
        end();
    }
    std::optional<core::Error> error() const {
        const std::lock_guard lock(mutex_);
        return error_;
    }

  private:
    mutable std::mutex mutex_;
    std::optional<core::Error> error_;
};

}  // namespace trama::engine::actors
