#pragma once

#include <utility>
#include <vector>

#include "trama/network/network.hpp"

namespace trama::engine::fastflow {

using network::ActorId;
using Actors = std::vector<ActorId>;  ///< along the flow

/// What a part of the flow is in series: runs[0], then segments[0], then runs[1], ... All tokens pass each
/// actor of a run; a segment is what lies side by side between two of them. The first and the last run may be
/// empty.
struct Series {
    std::vector<Actors> runs;
    std::vector<std::vector<Actors>> segments;
};

/// A network as the lowering sees it: who gives to whom, without what makes circles.
///
/// A feedback's exit counts as an output of the end of its body. What is not in the same outermost feedback
/// is not joined; neither are edges that keep the newest token, and the way of a token past the side branch
/// of its tap. Where a round begins with an actor that gives to all streams of a feedback, as in `reduce >>
/// broadcast` at the end of a body, it is the body's beginning.
class Flow {
  public:
    explicit Flow(const network::Network& network);

    const Actors& next(ActorId id) const { return next_[id]; }
    const Actors& before(ActorId id) const { return before_[id]; }
    /// The outermost feedback that it is in; -1: none.
    std::int64_t loop_of(ActorId id) const { return outermost_[id]; }
    /// Who decides for a feedback of one stream: it belongs to the loop actor, and to no flow.
    bool is_aside(ActorId id) const { return aside_[id]; }
    /// Edges that close an outermost feedback: from the end of its body to the beginning.
    const std::vector<std::pair<ActorId, ActorId>>& rings() const { return rings_; }

    std::size_t rank(ActorId id) const { return rank_[id]; }
    Actors sorted(Actors actors) const;
    /// The parts that no edge joins.
    std::vector<Actors> components(const Actors& actors) const;
    /// Precondition: the actors are sorted, and one component.
    Series series(const Actors& actors) const;
    /// Those in `actors` that are behind `from`, or before it, with themselves.
    Actors reach(const Actors& from, const Actors& actors, bool behind) const;
    /// How many neighbours in `actors` each has: inputs, or outputs.
    std::vector<std::size_t> degrees(const Actors& actors, bool inputs) const;

  private:
    void join(ActorId from, ActorId to);
    void rotate(const network::Network& network, const network::Loop& loop);
    void put_in_order();
    void mark(const Actors& actors) const;
    bool marked(ActorId id) const { return mark_[id] == stamp_; }

    std::vector<Actors> next_, before_;
    std::vector<std::int64_t> outermost_;
    std::vector<bool> aside_;
    std::vector<std::pair<ActorId, ActorId>> rings_;
    std::vector<std::size_t> rank_;  ///< along the flow
    mutable std::vector<std::size_t> mark_, place_;
    mutable std::size_t stamp_ = 0;
};

}  // namespace trama::engine::fastflow
