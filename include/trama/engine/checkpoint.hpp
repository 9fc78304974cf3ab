#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "trama/core/value.hpp"
#include "trama/network/network.hpp"

namespace trama::engine {

/// What a function or a rule remembers. `started`: a rule has had its first State.
struct Remembered {
    core::State state;
    bool started = false;
    friend bool operator==(const Remembered&, const Remembered&) = default;
};

/// All that an outermost, synchronous feedback needs to go on behind one of its rounds.
struct Checkpoint {
    struct Stream {
        core::Value value;                        ///< at the end of the round
        std::shared_ptr<const core::Model> base;  ///< the model that entered the feedback
        core::Metrics entering;                   ///< its metrics then
    };
    std::string loop;  ///< path of the feedback: "scheme/feedback"
    std::int64_t round = 0;
    std::vector<Stream> streams;
    std::vector<core::Value> best;  ///< with `keep:`, the best round's values so far; else empty
    double best_score = 0;
    double seconds = 0;                        ///< since the first model entered, for `time:`
    std::map<std::string, Remembered> states;  ///< by the identity of who remembers
};

/// Called at the end of every k-th round of a feedback with `checkpoint: k`, for one feedback in the order of
/// its rounds, when all that the round has measured was reported. An error ends the run.
using SaveCheckpoint = std::function<core::Result<void>(const Checkpoint&)>;

/// Which actors still have something to do when these feedbacks go on from a checkpoint, by actor: those that
/// the result comes through, back to the streams of the feedbacks that go on. Of a feedback that another one
/// stands behind no stream is among them: it is done. Bodies of feedbacks that go on are not among them
/// either.
std::vector<bool> work_left(const network::Network& network, const std::vector<std::string>& resumed);

}  // namespace trama::engine
