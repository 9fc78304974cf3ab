#include "trama/core/model.hpp"

namespace trama::core {

std::string to_text(const Round& round) {
    std::string text;
    for (const auto number : round) {
        text += (text.empty() ? "" : ".") + std::to_string(number);
    }
    return text;
}

Metrics merge(const std::vector<const Metrics*>& all) {
    struct Sum {
        double weighted = 0, samples = 0, plain = 0, first = 0;
        int count = 0;
    };
    std::map<std::string, Sum, std::less<>> sums;
    for (const auto* metrics : all) {
        if (metrics == nullptr) {
            continue;
        }
        for (const auto& [name, metric] : *metrics) {
            auto& sum = sums[name];
            sum.weighted += metric.value * metric.samples;
            sum.samples += metric.samples;
            sum.plain += metric.value;
            sum.first = sum.count++ == 0 ? metric.value : sum.first;
        }
    }
    Metrics merged;
    for (const auto& [name, sum] : sums) {
        // A single value stays as it is: multiplying and dividing by its samples could change its last bit.
        const double mean = sum.count == 1    ? sum.first
                            : sum.samples > 0 ? sum.weighted / sum.samples
                                              : sum.plain / sum.count;
        merged.emplace(name, Metric{mean, sum.samples});
    }
    return merged;
}

}  // namespace trama::core
