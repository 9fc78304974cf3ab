#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "../arguments.hpp"
#include "../input/devices.hpp"
#include "../made_data.hpp"
#include "trama/core/elementary.hpp"
#include "trama/core/hash.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

/// One stream per sample: sample 17 is the same whatever comes before it.
void draw(Samples& into, std::int64_t first, std::int64_t count, const std::vector<double>& centres,
          std::size_t features, std::int64_t classes, double noise, std::uint64_t seed) {
    into.count = count;
    into.floats.resize(static_cast<std::size_t>(count) * features);
    into.labels.resize(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
        auto number = first + i;
        auto label = number % classes;
        core::Stream stream(core::StreamName{seed, "synthetic", number, {}, {}, "sample"});
        const auto* centre = centres.data() + static_cast<std::size_t>(label) * features;
        auto* sample = into.floats.data() + static_cast<std::size_t>(i) * features;
        for (std::size_t f = 0; f < features; ++f)
            sample[f] = static_cast<float>(centre[f] + noise * stream.normal());
        into.labels[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(label);
    }
}

struct Counts {
    std::int64_t train, test;
};

/// FedProx's devices, when `alpha:` or `beta:` ask for them.
core::Result<std::optional<DeviceOptions>> devices_of(const core::Call& call) {
    if (!given(call, "alpha") && !given(call, "beta")) return std::nullopt;
    DeviceOptions options;
    if (!given(call, "alpha") || !given(call, "beta")) {
        return core::fail(
            core::ErrorKind::scheme,
            fmt::format("synthetic: `{}:` without `{}:`", given(call, "alpha") ? "alpha" : "beta",
                        given(call, "alpha") ? "beta" : "alpha"),
            {}, "FedProx's data have both, for example synthetic(alpha: 1.0, beta: 1.0)");
    }
    options.alpha = real(call, "alpha");
    options.beta = real(call, "beta");
    if (given(call, "devices")) options.devices = integer(call, "devices");
    options.samples = integer(call, "samples");
    options.features = integer(call, "features");
    options.classes = integer(call, "classes");
    options.test = real(call, "test");
    options.seed = static_cast<std::uint64_t>(integer(call, "seed"));
    if (options.samples / 2 < options.devices) {
        return core::fail(
            core::ErrorKind::scheme,
            fmt::format("synthetic: {} samples are too few for {} devices, which have 2 at least",
                        options.samples, options.devices),
            {}, "give more `samples:`, or fewer `devices:`");
    }
    return options;
}

Counts counts_of(const core::Call& call) {
    auto samples = integer(call, "samples");
    auto test = static_cast<std::int64_t>(std::llround(real(call, "test") * static_cast<double>(samples)));
    test = std::min(test, samples - 1);
    return {samples - test, test};
}

core::Result<std::shared_ptr<const Dataset>> make_synthetic(const core::Call& call, Resources&) {
    auto devices = devices_of(call);
    if (!devices) return tl::unexpected(devices.error());
    if (*devices) {
        auto data = device_data(**devices);
        data.name = "synthetic";
        data.fingerprint = core::sha256(core::to_text(call));
        return made_by(call, std::move(data));
    }
    auto features = static_cast<std::size_t>(integer(call, "features"));
    auto classes = integer(call, "classes");
    auto noise = real(call, "noise");
    auto seed = static_cast<std::uint64_t>(integer(call, "seed"));

    // Two centres differ by a normal vector of variance 2·spread² per feature: root mean square distance
    // `separation`.
    auto spread = real(call, "separation") / core::sqrt(2.0 * static_cast<double>(features));
    std::vector<double> centres(static_cast<std::size_t>(classes) * features);
    core::Stream stream(core::StreamName{seed, "synthetic", 0, {}, {}, "centres"});
    for (auto& coordinate : centres)
        coordinate = spread * stream.normal();

    Dataset data;
    data.name = "synthetic";
    data.shape = {static_cast<std::int64_t>(features)};
    data.classes = classes;
    for (std::int64_t i = 0; i < classes; ++i)
        data.class_names.push_back(std::to_string(i));
    auto counts = counts_of(call);
    draw(data.train, 0, counts.train, centres, features, classes, noise, seed);
    draw(data.test, counts.train, counts.test, centres, features, classes, noise, seed);
    data.fingerprint = core::sha256(core::to_text(call));
    return made_by(call, std::move(data));
}

}  // namespace

void add_synthetic(Library& library) {
    library.add_data(
        Describe("synthetic", "data")
            .in("Data")
            .says("Gaussian classes around random centres, of any size: for tests and benchmarks. Sample i "
                  "is of class i modulo `classes`. With `alpha:` and `beta:`, the data of FedProx instead: "
                  "`devices` natural parts of different sizes, each with a model of its own that labels its "
                  "samples; `alpha` says how much the models differ, `beta` how much the samples do.")
            .like("data = synthetic(samples: 10000, features: 20, classes: 4)")
            .after(
                "Li et al., Federated Optimization in Heterogeneous Networks, MLSys 2020 (`alpha`, `beta`)")
            .takes(Param("samples", "int", "Samples in all, those for testing among them.")
                       .or_else("1000")
                       .at_least(1)
                       .at_most(4e9))
            .takes(Param("features", "int", "Numbers per sample.").or_else("20").at_least(1))
            .takes(Param("classes", "int", "Classes, all of the same size.")
                       .or_else("10")
                       .at_least(2)
                       .at_most(1e6))
            .takes(Param("separation", "real", "Root mean square distance of two centres.")
                       .or_else("4.0")
                       .at_least(0))
            .takes(
                Param("noise", "real", "Standard deviation of a sample around its centre, in each feature.")
                    .or_else("1.0")
                    .at_least(0))
            .takes(Param("test", "fraction", "Share of the samples held out for testing.")
                       .or_else("20%")
                       .at_least(0)
                       .below(1))
            .takes(Param("seed", "int", "Another seed, other centres and samples; independent of the run's.")
                       .or_else("0")
                       .at_least(0))
            .takes(Param("alpha", "real", "FedProx: variance of the mean of a device's model.")
                       .or_nothing()
                       .at_least(0))
            .takes(Param("beta", "real", "FedProx: variance of the middle of a device's samples.")
                       .or_nothing()
                       .at_least(0))
            .takes(Param("devices", "int", "FedProx: how many devices there are; 30 when left out.")
                       .or_nothing()
                       .at_least(1))
            .takes(partition_parameter()),
        make_synthetic,
        [](const core::Call& call, const std::filesystem::path&) -> core::Result<lang::ShapeFacts> {
            auto devices = devices_of(call);
            if (!devices) return tl::unexpected(devices.error());
            if (*devices) {
                auto counts = device_counts(**devices).train;
                return lang::ShapeFacts{{(*devices)->features},
                                        (*devices)->classes,
                                        std::accumulate(counts.begin(), counts.end(), std::int64_t{0})};
            }
            return lang::ShapeFacts{
                {integer(call, "features")}, integer(call, "classes"), counts_of(call).train};
        });
}

}  // namespace trama::learn
