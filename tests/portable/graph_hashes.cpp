#include <gtest/gtest.h>

#include <fmt/format.h>

#include "learn/folding/staleness.hpp"
#include "library.hpp"
#include "network/topology.hpp"

namespace trama::portable {
namespace {

bool anything(const std::string& /*name*/) {
    return true;
}

core::Result<network::Mixings> mixed(const core::Call& topology, const std::string& weights) {
    const core::Call exchange{
        "exchange", "", {{"topology", test::value(topology)}, {"weights", test::value({weights, "", {}})}}};
    // 12 fits a torus of 3 × 4, a hypercube only powers of two.
    return network::mixings_of(exchange, topology.function == "hypercube" ? 8 : 12, {{}, "x:1:1"});
}

}  // namespace

void add_schedules(Hashes& hashes) {
    for (const auto& name : names_of("schedule", anything)) {
        const auto value = test::value(example(name, "schedule"));
        Digest digest;
        for (std::int64_t round = 1; round <= 60; ++round)
            digest.add(learn::scheduled(value, {round}));
        hashes["schedule/" + name] = digest.text();
    }
    for (const auto& name : names_of("staleness", anything)) {
        const auto value = test::value(example(name, "staleness"));
        Digest digest;
        for (std::int64_t age = 0; age <= 60; ++age)
            digest.add(learn::discount(value, age));
        hashes["staleness/" + name] = digest.text();
    }
}

void add_graphs(Hashes& hashes) {
    // `edges` reads a file, and `cycle` takes others in turn.
    const auto by_itself = [](const std::string& name) { return name != "edges" && name != "cycle"; };
    for (const auto& name : names_of("topology", by_itself)) {
        const auto call = example(name, "topology");
        if (call.function.empty()) continue;
        for (const std::string weights : {"uniform", "metropolis"}) {
            const auto made = mixed(call, weights);
            if (!made && weights == "metropolis") continue;  // of undirected graphs only
            if (!made) {
                ADD_FAILURE() << name << ": " << made.error().message;
                continue;
            }
            Digest digest;
            for (const auto& rounds : made->mixing)
                for (const auto& round : rounds) {
                    for (const double weight : round.weights)
                        digest.add(weight);
                    for (const double share : round.shares)
                        digest.add(share);
                }
            for (const auto& senders : made->senders)
                digest.add_array(senders);
            hashes[fmt::format("topology/{} {}", name, weights)] = digest.text();
        }
    }
}

}  // namespace trama::portable
