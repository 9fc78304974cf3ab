#include <fmt/format.h>

#include "../arguments.hpp"
#include "../dealing.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

/// The samples, each with the noise of its part. Every sample is in one part only, so one
/// copy of the split serves all parts. A sample's noise does not depend on how many parts there are, but for
/// its size.
Dataset disturb(const Cut& cut, const std::vector<Part>& parts) {
    const auto& data = cut.data;
    const auto& clean = cut.samples();
    auto features = static_cast<std::size_t>(data.features());
    auto sigma = real(data.partition, "sigma");
    auto purpose = fmt::format("feature_noise/{}", cut.side());

    Samples noisy;
    noisy.count = clean.count;
    noisy.labels = clean.labels;
    noisy.targets = clean.targets;
    noisy.groups = clean.groups;
    noisy.floats.resize(static_cast<std::size_t>(clean.count) * features);
    for (std::size_t part = 0; part < parts.size(); ++part) {
        auto deviation = sigma * static_cast<double>(part + 1) / static_cast<double>(parts.size());
        for (auto sample : parts[part]) {
            core::Stream stream(core::StreamName{cut.seed, data.name, sample, {}, {}, purpose});
            for (std::size_t f = 0; f < features; ++f) {
                auto at = sample * features + f;
                auto raw =
                    clean.bytes.empty() ? double{clean.floats[at]} : static_cast<double>(clean.bytes[at]);
                auto scale = data.scale[data.scale.size() == 1 ? 0 : f];
                // The net sees raw × scale + shift: noise of that size there.
                noisy.floats[at] = static_cast<float>(raw + deviation * stream.normal() / scale);
            }
        }
    }
    Dataset seen;
    seen.name = data.name;
    seen.shape = data.shape;
    seen.classes = data.classes;
    seen.class_names = data.class_names;
    seen.group_names = data.group_names;
    seen.scale = data.scale;
    seen.shift = data.shift;
    seen.augmentation = data.augmentation;
    seen.partition = data.partition;
    seen.call = data.call;
    seen.fingerprint = data.fingerprint;
    (cut.split == Split::train ? seen.train : seen.test) = std::move(noisy);
    return seen;
}

}  // namespace

void add_feature_noise(Library& library) {
    library.add_partition(
        Describe("feature_noise", "partition")
            .in("Partitions")
            .says(
                "Equal parts, with more Gaussian noise on the features from client to client: client i of n "
                "(from 1) has the deviation `sigma` × i/n, in the units that a net sees (pixels from 0 to "
                "1). The noise of a sample stays the same over a run. Test samples have it where they are "
                "dealt to clients (`part: own`), not where the whole split is used.")
            .like("mnist(dir: \"data/mnist\", partition: feature_noise(sigma: 0.1))")
            .after("Li et al., Federated Learning on Non-IID Data Silos: An Experimental Study, ICDE 2022")
            .takes(Param("sigma", "real", "Deviation of the noise of the last client.").at_least(0)),
        {.deal = [](const Cut& cut) -> core::Result<std::vector<Part>> { return deal_equally(cut); },
         .disturb = disturb});
}

}  // namespace trama::learn
