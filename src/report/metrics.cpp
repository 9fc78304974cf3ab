#include "trama/report/metrics.hpp"

#include <algorithm>

namespace trama::report {

std::vector<std::string_view> metric_order(const core::Metrics& metrics) {
    std::vector<std::string_view> names;
    for (const std::string_view first : {"accuracy", "loss", "train_loss"})
        if (const auto found = metrics.find(first); found != metrics.end()) names.push_back(found->first);
    for (const auto& [name, metric] : metrics)
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    return names;
}

}  // namespace trama::report
