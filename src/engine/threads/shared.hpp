#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "engine/memory.hpp"
#include "engine/threads/scheduler.hpp"
#include "trama/core/error.hpp"
#include "trama/engine/engine.hpp"

namespace trama::engine::threads {

/// What the processes of one run share.
struct Shared {
    Shared(const network::Network& network, measure::Observer& observer, const RunOptions& options)
        : scheduler(options.threads),
          observer(observer),
          seed(options.seed),
          save(options.save),
          memories(network, options.resume) {}

    Scheduler scheduler;
    measure::Observer& observer;
    const std::uint64_t seed;
    const SaveCheckpoint save;  ///< may be empty
    Memories memories;
    std::stop_source
        stop;  ///< the user's interruption or a failure: functions see it, nothing new is started
    std::atomic<std::uint64_t> tokens{0};
    std::atomic<std::uint64_t> bytes{0};

    void end() {
        stop.request_stop();
        scheduler.stop();
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

}  // namespace trama::engine::threads
