#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "trama/core/error.hpp"
#include "trama/engine/checkpoint.hpp"
#include "trama/lang/signature.hpp"
#include "trama/measure/metrics_log.hpp"
#include "trama/network/network.hpp"

/// Checkpoints in a run folder: `checkpoints/<feedback>-<round>.safetensors`, the last two of each feedback.
/// The tensors are those of the models and states; `checkpoint` in the metadata says, as JSON, what they are,
/// and `sha256` is that of both.
namespace trama::run {

/// What a checkpoint belongs to: it is of no use to another scheme, seed or data.
struct Belongs {
    std::string scheme;  ///< see `scheme_hash`
    std::uint64_t seed = 0;
    std::map<std::string, std::string> data;  ///< data set -> SHA-256 of its content
    /// The machines of a virtual clock; empty without one. Only on those does an asynchronous feedback go on
    /// from the moment of its checkpoint; on all others its work begins anew.
    std::string clock = {};
};

/// The clock of the simulated engine on these devices: a file counts by its content, a class by its name.
std::string clock_of(const std::filesystem::path& devices);

struct Saved {
    engine::Checkpoint checkpoint;
    measure::MetricsLog::Position metrics;  ///< of an asynchronous feedback: those measured until then
};

/// SHA-256 of what a network computes, whatever ends its feedbacks. Relative paths start at `folder`.
std::string scheme_hash(const network::Network& network, const lang::Registry& registry,
                        const std::filesystem::path& folder);

class Checkpoints {
  public:
    /// `network` must live as long as this.
    Checkpoints(const std::filesystem::path& run, const network::Network& network, Belongs belongs);

    /// Writes one, then removes those of the feedback but the last two. Errors: kind `data`. Thread-safe.
    core::Result<void> save(const engine::Checkpoint& checkpoint,
                            const measure::MetricsLog::Position& metrics);

    /// The newest of each feedback that can be used, in the order of the network; `passed_over` is told of
    /// each newer one that cannot, and why. Empty when the run has none. Errors: kind `data`: a feedback has
    /// some, and none of them can be used.
    core::Result<std::vector<Saved>> newest(const std::function<void(const core::Error&)>& passed_over) const;

  private:
    core::Result<Saved> read(const std::filesystem::path& file, const network::Loop& loop) const;

    std::filesystem::path folder_;
    const network::Network& network_;
    Belongs belongs_;
    std::mutex mutex_;
};

/// Cuts metrics.jsonl to what was measured before the checkpoints: what is measured again will come again.
/// Gives the lines that were held back then.
core::Result<std::vector<measure::MetricsLog::Line>> cut_metrics(const std::filesystem::path& file,
                                                                 const network::Network& network,
                                                                 const std::vector<Saved>& resumed);

}  // namespace trama::run
