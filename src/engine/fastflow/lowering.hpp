#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/fastflow/flow.hpp"
#include "engine/fastflow/plan.hpp"

namespace trama::engine::fastflow {

/// Some parts side by side, between two runs of a series.
struct Segment {
    enum class Joined {
        farm,   ///< of the nodes before and behind
        left,   ///< right side of an all-to-all, whose left is the node before
        right,  ///< left side, and the node behind is the right
        alone,  ///< stages of their own
        cut,    ///< shapes of their own
    };
    Joined joined = Joined::cut;
    std::vector<Shape> shapes;
};

/// What `lower` does, and what it knows meanwhile.
class Lowering {
  public:
    explicit Lowering(const network::Network& network) : network_(network), flow_(network) {}

    Plan operator()();

  private:
    /// A worker's functions share its node; elsewhere each is a stage.
    enum class Where { outside, worker };
    /// How a segment may be joined with what is before it.
    struct Fits {
        bool farm, side, alone;
    };

    void attach();
    void close(Shape& shape, const Actors& part);
    void note_channels();
    void note(std::string text);
    std::string place(ActorId id) const;  ///< its path without copies
    const network::Actor& actor(ActorId id) const { return network_.actors[id]; }
    bool is_function(ActorId id) const { return actor(id).kind == network::Kind::function; }
    bool is_chain(const Actors& part) const { return flow_.series(part).segments.empty(); }

    Shape make_node(Actors actors) const;
    /// Nothing where a worker would have to be cut.
    std::optional<Shape> shape_of(const Actors& part, Where where);
    Shape whole(const Actors& part) { return *shape_of(part, Where::outside); }
    std::optional<std::vector<Shape>> workers_of(const std::vector<Actors>& parts);
    std::vector<Actors> stages_of(const Actors& run, bool collects, bool emits, Where where) const;
    bool has_one_end(const Actors& part, bool inputs) const {
        return std::ranges::count(flow_.degrees(part, inputs), 0U) == 1;
    }
    Segment join(const std::vector<Actors>& parts, bool emitter, bool collector, const Fits& fits);
    std::optional<std::vector<Shape>> chains_of(const std::vector<Actors>& parts) const;
    std::optional<std::vector<Shape>> halves(const std::vector<Actors>& parts, bool cuts);
    std::optional<std::vector<Shape>> exchanges(const Actors& all, bool cuts);
    std::optional<std::vector<Shape>> tree(const Actors& all);
    bool all_joined(const std::vector<Actors>& parts, const Actors& others, bool inputs) const;
    Shape end_of(const Actors& part, bool first);
    void put_beside(const std::vector<Actors>& parts);

    const network::Network& network_;
    Flow flow_;
    std::map<ActorId, ActorId> hosts_;  ///< who runs in the node of another one
    std::map<ActorId, Actors> guests_;  ///< and the other way round
    std::vector<Shape> beside_;
    Plan plan_;
};

Shape pipeline(std::vector<Shape> stages);  ///< one stage needs none
Shape all_to_all(std::vector<Shape> left, std::vector<Shape> right);

}  // namespace trama::engine::fastflow
