#include "devices.hpp"

#include <algorithm>
#include <cmath>

#include "trama/core/elementary.hpp"
#include "trama/core/random.hpp"

namespace trama::learn {

namespace {

/// The model of a device, and where its samples lie.
struct Device {
    std::vector<double> weights;  // classes × features
    std::vector<double> bias;
    std::vector<double> centre;

    Device(const DeviceOptions& options, std::int64_t number) {
        core::Stream stream(core::StreamName{options.seed, "synthetic", number, {}, {}, "device"});
        const auto mean = core::sqrt(options.alpha) * stream.normal();
        const auto middle = core::sqrt(options.beta) * stream.normal();
        auto fill = [&](std::vector<double>& numbers, std::int64_t count, double around) {
            for (std::int64_t i = 0; i < count; ++i)
                numbers.push_back(around + stream.normal());
        };
        fill(weights, options.classes * options.features, mean);
        fill(bias, options.classes, mean);
        fill(centre, options.features, middle);
    }

    std::int32_t label(const std::vector<double>& x) const {
        std::size_t best = 0;
        double highest = 0;
        for (std::size_t c = 0; c < bias.size(); ++c) {
            double score = bias[c];
            for (std::size_t f = 0; f < x.size(); ++f)
                score += weights[c * x.size() + f] * x[f];
            if (c == 0 || score > highest) highest = score, best = c;
        }
        return static_cast<std::int32_t>(best);
    }
};

void draw(const DeviceOptions& options, const Device& device, std::int64_t number, std::int64_t count,
          core::Stream& stream, Samples& into) {
    const auto features = static_cast<std::size_t>(options.features);
    std::vector<double> x(features);
    for (std::int64_t i = 0; i < count; ++i) {
        for (std::size_t f = 0; f < features; ++f) {
            const auto deviation = core::pow(static_cast<double>(f + 1), -0.6);
            // What a net sees decides the label, so it is rounded first.
            x[f] = static_cast<float>(device.centre[f] + deviation * stream.normal());
            into.floats.push_back(static_cast<float>(x[f]));
        }
        into.labels.push_back(device.label(x));
        into.groups.push_back(static_cast<std::int32_t>(number));
    }
    into.count += count;
}

}  // namespace

DeviceCounts device_counts(const DeviceOptions& options) {
    std::vector<double> weights;
    double total = 0;
    core::Stream stream(core::StreamName{options.seed, "synthetic", 0, {}, {}, "sizes"});
    for (std::int64_t i = 0; i < options.devices; ++i) {
        weights.push_back(50 + core::exp(4 + 2 * stream.normal()));
        total += weights.back();
    }
    // Two samples each, the others by weight; slices end at rounded down sums so that none is left over.
    const auto shared = options.samples - 2 * options.devices;
    DeviceCounts counts;
    double sum = 0;
    std::int64_t before = 0;
    for (std::int64_t i = 0; i < options.devices; ++i) {
        sum += weights[static_cast<std::size_t>(i)];
        const auto end = i + 1 == options.devices
                             ? shared
                             : static_cast<std::int64_t>(sum / total * static_cast<double>(shared));
        const auto size = 2 + end - before;
        before = end;
        auto held_out = static_cast<std::int64_t>(std::llround(options.test * static_cast<double>(size)));
        if (options.test > 0) held_out = std::clamp<std::int64_t>(held_out, 1, size - 1);
        counts.train.push_back(size - held_out);
        counts.test.push_back(held_out);
    }
    return counts;
}

Dataset device_data(const DeviceOptions& options) {
    Dataset data;
    data.shape = {options.features};
    data.classes = options.classes;
    for (std::int64_t i = 0; i < options.classes; ++i)
        data.class_names.push_back(std::to_string(i));
    const auto counts = device_counts(options);
    for (std::int64_t i = 0; i < options.devices; ++i) {
        const Device device(options, i);
        core::Stream stream(core::StreamName{options.seed, "synthetic", i, {}, {}, "samples"});
        draw(options, device, i, counts.train[static_cast<std::size_t>(i)], stream, data.train);
        draw(options, device, i, counts.test[static_cast<std::size_t>(i)], stream, data.test);
        data.group_names.push_back("device " + std::to_string(i));
    }
    return data;
}

}  // namespace trama::learn
