#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "trama/core/parameter_set.hpp"
#include "trama/core/random.hpp"

/// What benchmarks of work on parameters have in common.
namespace trama::bench {

inline double seconds(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline double median(std::vector<double> values) {
    std::ranges::sort(values);
    const auto middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Numbers from -1 to 1, others for every `number`.
inline core::ParameterSet random_set(const std::shared_ptr<const core::Layout>& layout,
                                     std::uint64_t number) {
    core::ParameterBuffer buffer(layout);
    core::Stream stream(1, number);
    for (auto& value : buffer.floats())
        value = static_cast<float>(stream.bits32()) * 0x1p-31F - 1;
    return std::move(buffer).freeze();
}

}  // namespace trama::bench
