#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trama/core/value.hpp"
#include "trama/network/network.hpp"

namespace trama::engine {

/// What a function or a rule remembers. `started`: a rule has had its first State.
struct Remembered {
    core::State state;
    bool started = false;
    std::shared_ptr<const core::Model> model = {};  ///< of `mix`: the server's
};

/// All that goes round in an asynchronous feedback at one moment of a virtual clock: enough to go on to the
/// bit. Actors have their paths; a channel is a port of the one who takes from it.
struct Moment {
    struct Parcel {  ///< a token
        core::Token token;
        std::map<std::string, std::uint32_t> choices;  ///< which stream a `unicast` has chosen for it
    };
    struct Holder {  ///< an actor with tokens in hand, or that counts
        std::string actor;
        std::vector<Parcel> tokens;
        std::vector<std::int64_t> numbers;
    };
    struct Queue {  ///< a channel
        std::string to;
        std::uint32_t port = 0;
        double free_at = 0;
        std::vector<Parcel> tokens;
    };
    /// `number`: of several things at one time the smaller one comes first.
    struct Job {
        std::string actor;
        double start = 0, end = 0;
        std::uint64_t number = 0;
    };
    struct Arrival {
        std::string to;
        std::uint32_t port = 0;
        Parcel parcel;
        double at = 0;
        std::uint64_t number = 0;
    };
    struct Machine {  ///< when it and its links are free, and the messages that it has sent
        std::uint64_t number = 0;
        double free_at = 0, up = 0, down = 0;
        std::int64_t messages = 0;
    };
    double now = 0, entered_at = 0;
    std::uint64_t events = 0;  ///< numbers so far
    std::vector<Machine> machines;
    std::vector<Holder> holders;
    std::vector<Queue> queues;
    std::vector<Job> jobs;
    std::vector<Arrival> arrivals;
    std::vector<std::string> ready;
    std::map<std::string, Remembered> states;  ///< those at work have not begun yet
};

/// All that an outermost feedback needs to go on behind one of its rounds. Those of an asynchronous one,
/// which has one stream, are the tokens that have come back.
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
    double seconds = 0;  ///< since the first model entered, for `time:`
    /// By the identity of who remembers; in an asynchronous feedback as if the tokens under way had never
    /// been sent.
    std::map<std::string, Remembered> states;

    /// Of an asynchronous feedback: what goes round in it. Whoever cannot go on from the moment sends as many
    /// tokens anew.
    struct Circulation {
        std::int64_t sent = 0;                ///< tokens so far
        std::vector<std::int64_t> under_way;  ///< the numbers of those that have not come back
        std::optional<Moment> moment;         ///< from an engine with a virtual clock
    };
    std::optional<Circulation> circulation;
};

/// Called at the end of every k-th round of a feedback with `checkpoint: k`, for one feedback in the order of
/// its rounds, when all that the round has measured was reported. An error ends the run. Not called without
/// training.
using SaveCheckpoint = std::function<core::Result<void>(const Checkpoint&)>;

/// Which actors still have something to do when these feedbacks go on from a checkpoint, by actor: those that
/// the result comes through, back to the streams of the feedbacks that go on. Of a feedback that another one
/// stands behind no stream is among them: it is done. Bodies of feedbacks that go on are not among them
/// either.
std::vector<bool> work_left(const network::Network& network, const std::vector<std::string>& resumed);

}  // namespace trama::engine
