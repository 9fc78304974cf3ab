#pragma once

#include <functional>
#include <memory>

#include "engine/fastflow/host.hpp"
#include "engine/fastflow/plan.hpp"

namespace trama::engine::fastflow {

/// A plan as FastFlow's objects: pipelines, farms and all-to-alls of nodes, each of which is one of the
/// host's. Where a queue of theirs leads from one node to another, it is what these two talk through.
class Expression {
  public:
    /// Throws a Failure where the shapes do not fit each other.
    Expression(const Plan& plan, FastFlowHost& host, bool pin);
    ~Expression();
    Expression(const Expression&) = delete;
    Expression& operator=(const Expression&) = delete;

    /// Starts a thread for each node, has `drive` called, which must end them, and waits for them. Throws a
    /// Failure where the system does not give that many threads, and what `drive` throws. Once.
    void run(const std::function<void()>& drive);

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
    FastFlowHost& host_;
};

}  // namespace trama::engine::fastflow
