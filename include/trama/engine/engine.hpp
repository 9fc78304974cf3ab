#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/value.hpp"
#include "trama/engine/checkpoint.hpp"
#include "trama/engine/devices.hpp"
#include "trama/engine/faults.hpp"
#include "trama/learn/library.hpp"
#include "trama/measure/observer.hpp"
#include "trama/network/network.hpp"

namespace trama::engine {

struct RunOptions {
    std::uint64_t seed = 0;
    unsigned threads = 0;      ///< compute threads in all; 0: one per core
    SaveCheckpoint save = {};  ///< empty: none are saved
    /// Feedbacks that go on behind the round of a checkpoint, in the order of the network's. They must be
    /// outermost ones of this network with as many streams (throws std::invalid_argument).
    std::vector<Checkpoint> resume = {};
    std::vector<Fault> faults = {};  ///< what goes wrong on purpose
    /// Of the simulated engine. Null: machines that take no time.
    std::shared_ptr<const Devices> devices = {};
    bool spin = false;  ///< threads that wait spin: for engines that keep many, on machines with more cores
    bool pin = false;   ///< each of their threads stays on one core
    bool training = true;  ///< false: time, bytes and energy only; models stay as they were
};

struct Outcome {
    enum class Status { done, interrupted };
    Status status = Status::done;
    std::vector<core::Token> results;  ///< one per sink, in stream order
    std::uint64_t tokens = 0;          ///< moved through channels
    std::uint64_t bytes_moved = 0;     ///< tensor data that those stand for
    double seconds = 0;                ///< by the engine's clock: virtual ones when simulated
    std::optional<double> joules;      ///< of all machines; estimated; absent without `RunOptions::devices`
};

/// Network to Outcome. Resources, not values: one interface per way of running.
class Engine {
  public:
    Engine() = default;
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    virtual ~Engine() = default;
    virtual std::string_view name() const = 0;
    /// Runs the network to its end. When `stop` is requested it ends at the next token and gives the model of
    /// the last complete round with status `interrupted`. Errors: the first actor that failed, kind `run` (or
    /// the error's own kind), `where` = "actor path, round r". Nothing hangs, no thread is left behind.
    virtual core::Result<Outcome> run(const network::Network& network, learn::Resources& resources,
                                      measure::Observer& observer, const RunOptions& options,
                                      std::stop_token stop) = 0;
    /// What it makes of the network before it runs it, to read; nothing where it has no plan.
    virtual std::optional<std::string> plan(const network::Network& /*network*/) const {
        return std::nullopt;
    }
};

std::unique_ptr<Engine> make_threads_engine();
std::unique_ptr<Engine> make_simulated_engine();  ///< virtual time, on the machines of `RunOptions::devices`

/// By name, for `--engine`. Errors: kind `usage`, naming those there are.
core::Result<std::unique_ptr<Engine>> make_engine(std::string_view name);
std::vector<std::string> engine_names();
/// `Engine::plan` of an engine by its name. Errors: kind `usage` (no such engine, or it has no plan), naming
/// those that have one.
core::Result<std::string> plan(std::string_view engine, const network::Network& network);

/// Marks the communication blocks that some engine of this build runs.
void mark_runtimes(lang::Registry& registry);

}  // namespace trama::engine
