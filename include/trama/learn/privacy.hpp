#pragma once

#include <string>
#include <vector>

#include "trama/lang/diagnostic.hpp"
#include "trama/lang/scheme.hpp"

namespace trama::learn {

/// What a scheme promises about the data of its clients.
struct Privacy {
    /// One for each block `noise`: "epsilon 1.04 at delta 1e-5 (central, 10000 rounds, ...)". Several have a
    /// last one for all of them together.
    std::vector<std::string> guarantees;
    std::vector<lang::Diagnostic> findings;  ///< warnings T0904: why it is less than what is written
};

/// Reads `sample`, `clip`, `noise` and the `rounds:` around them. Differential privacy of clients: how much
/// it can be told, from all that is seen, whether a client took part.
/// - *Local*: noise in the copies, on each client's own update. What is seen are its messages. Who is drawn
///   is seen, too, so `sample` hides nothing.
/// - *Central*: noise on the mean behind a fold. What is seen are the models. A client is in a round by
///   chance with the rate of `sample(k)` or `sample(fraction)`, drawn `uniform`; that exactly k are drawn is
///   counted as if each were drawn for itself. What one client changes is counted for the fewest that a fold
///   may have: the quorum, the shortest of `sample(streams:)`. Behind `available`, without a quorum, nothing
///   is promised.
Privacy privacy_of(const lang::Scheme& scheme);

}  // namespace trama::learn
