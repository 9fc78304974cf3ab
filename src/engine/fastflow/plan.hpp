#pragma once

#include <string>
#include <vector>

#include "trama/network/network.hpp"

namespace trama::engine::fastflow {

/// A FastFlow expression; its leaves are nodes, each a thread that runs a group of actors.
struct Shape {
    enum class Kind {
        node,        ///< one ff_node (ff_minode, ff_monode): `actors`, in the order of their ids
        pipeline,    ///< ff_pipeline of `parts`
        farm,        ///< ff_farm: parts = emitter, workers..., collector
        all_to_all,  ///< ff_a2a: the first `left` parts are the left side
    };
    Kind kind = Kind::node;
    std::vector<network::ActorId> actors = {};
    std::vector<Shape> parts = {};
    std::size_t left = 0;
    bool wraps_around = false;  ///< the last part's output is the first one's input
};

/// Where an actor's token goes without a queue of FastFlow's: what the shapes do not join runs over the
/// channel alone, and the receiver's node is woken.
struct Plan {
    std::vector<Shape> shapes;       ///< run side by side
    std::vector<std::string> notes;  ///< what has no direct counterpart, and what stands for it
};

/// Network to FastFlow expression. Every actor is in exactly one node.
Plan lower(const network::Network& network);
/// The expression as text: as `trama show --engine fastflow` prints it.
std::string print(const Plan& plan, const network::Network& network);

}  // namespace trama::engine::fastflow
