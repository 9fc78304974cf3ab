#include "trama/engine/engine.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "engine/actors/run.hpp"
#include "engine/fastflow/build.hpp"
#include "engine/fastflow/fit.hpp"
#include "engine/fastflow/host.hpp"
#include "engine/fastflow/plan.hpp"
#include "engine/programs.hpp"

namespace trama::engine {
namespace fastflow {
namespace {

/// FastFlow keeps a thread for each node, and a table of them that does not grow.
constexpr std::size_t most_nodes = 1000;

std::size_t count(const Shape& shape) {
    std::size_t nodes = shape.kind == Shape::Kind::node ? 1 : 0;
    for (const auto& part : shape.parts)
        nodes += count(part);
    return nodes;
}

std::optional<core::Error> too_many(const Plan& plan, const network::Network& network) {
    std::size_t nodes = 0;
    for (const auto& shape : plan.shapes)
        nodes += count(shape);
    if (nodes <= most_nodes) return std::nullopt;
    return core::Error{
        core::ErrorKind::scheme,
        fmt::format("this scheme is {} nodes in FastFlow, each of which is a thread; at most {} "
                    "are run",
                    nodes, most_nodes),
        network.name, "the engine `threads` needs one for each core"};
}

class FastFlowEngine final : public Engine {
  public:
    std::string_view name() const override { return "fastflow"; }
    std::optional<std::string> plan(const network::Network& network) const override {
        return print(fit(lower(network)), network);
    }

    core::Result<Outcome> run(const network::Network& network, learn::Resources& resources,
                              measure::Observer& observer, const RunOptions& options,
                              std::stop_token stop) override {
        auto programs = Programs::make(network, resources);
        if (!programs) return tl::unexpected(programs.error());
        const auto plan = fit(lower(network));
        if (auto refused = too_many(plan, network)) return tl::unexpected(std::move(*refused));
        const auto cores = std::max(1U, std::thread::hardware_concurrency());
        FastFlowHost host(network.actors.size(), observer,
                          {options.threads == 0 ? cores : options.threads, options.spin});
        try {
            Expression expression(plan, host, options.pin);
            actors::Run run(host, network, *programs, observer, options);
            return run(stop, [&] { expression.run([&] { host.run(); }); });
        } catch (const Failure& failure) {
            return core::fail(core::ErrorKind::run, failure.what(), network.name, failure.hint);
        }
    }
};

}  // namespace
}  // namespace fastflow

std::unique_ptr<Engine> make_fastflow_engine() {
    return std::make_unique<fastflow::FastFlowEngine>();
}

}  // namespace trama::engine
