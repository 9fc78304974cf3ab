#include <algorithm>
#include <thread>

#include "engine/actors/run.hpp"
#include "engine/programs.hpp"
#include "engine/simulated/host.hpp"

namespace trama::engine {
namespace simulated {
namespace {

/// Nothing is measured without training, so no metric ends a feedback.
std::optional<core::Error> endless(const network::Network& network) {
    for (const auto& loop : network.loops) {
        if (!loop.call) continue;
        const bool ends = std::ranges::any_of(loop.call->arguments, [](const core::Argument& argument) {
            const auto& name = argument.parameter;
            return name == "rounds" || name == "updates" || name == "versions" || name == "time";
        });
        if (!ends)
            return core::Error{core::ErrorKind::scheme,
                               "without training nothing is measured, so this feedback would never end",
                               loop.path, "give it `rounds:`, `updates:` or `time:` too"};
    }
    return std::nullopt;
}

/// Of all machines on which some function or rule stands.
double joules_of(const network::Network& network, const Machines& machines, const SimulatedHost& host,
                 double seconds) {
    std::vector<bool> there(machines.count());
    for (const auto& actor : network.actors)
        if (actor.call) there[machines.of(actor.id)] = true;
    double sum = 0;
    for (std::size_t i = 0; i < there.size(); ++i) {
        const auto& use = host.uses()[i];
        if (there[i]) sum += joules(machines.device(i), use.busy, use.radio, seconds);
    }
    return sum;
}

class SimulatedEngine final : public Engine {
  public:
    std::string_view name() const override { return "simulated"; }

    core::Result<Outcome> run(const network::Network& network, learn::Resources& resources,
                              measure::Observer& observer, const RunOptions& options,
                              std::stop_token stop) override {
        if (!options.training) {
            if (auto refused = endless(network)) return tl::unexpected(std::move(*refused));
        }
        auto programs = Programs::make(network, resources);
        if (!programs) return tl::unexpected(programs.error());
        const auto devices = options.devices ? *options.devices : Devices::instant();
        auto machines = Machines::make(network, devices, resources, options.seed);
        if (!machines) return tl::unexpected(machines.error());
        auto decided = options;
        if (decided.threads == 0) decided.threads = std::max(1U, std::thread::hardware_concurrency());
        Told told(observer);
        SimulatedHost host(network, *machines, told, decided);
        auto outcome = actors::Run(host, network, *programs, told, decided)(stop, [&] { host.run(); });
        if (outcome && options.devices)
            outcome->joules = joules_of(network, *machines, host, outcome->seconds - host.began());
        return outcome;
    }
};

}  // namespace
}  // namespace simulated

std::unique_ptr<Engine> make_simulated_engine() {
    return std::make_unique<simulated::SimulatedEngine>();
}

}  // namespace trama::engine
