#include "torch/smoothing.hpp"

namespace trama::torch {

double smooth(double share, double loss, Frame& frame) {
    const std::int64_t classes = frame.log_probabilities.size(1);
    const auto rows = static_cast<double>(frame.rows);
    const float* log_probability = frame.log_probabilities.data_ptr<float>();
    const std::int64_t* labels = frame.labels.data_ptr<std::int64_t>();
    float* gradient = frame.output_gradient.data_ptr<float>();
    // The gradient is (probability − target) / rows: only the target changes.
    const auto of_label = static_cast<float>(share / rows);
    const auto of_all = static_cast<float>(share / static_cast<double>(classes) / rows);
    double sum = 0;
    for (std::int64_t i = 0; i < frame.rows; ++i, log_probability += classes, gradient += classes) {
        for (std::int64_t c = 0; c < classes; ++c) {
            sum -= log_probability[c];
            gradient[c] -= of_all;
        }
        gradient[labels[i]] += of_label;
    }
    return (1 - share) * loss + share / static_cast<double>(classes) * sum / rows;
}

}  // namespace trama::torch
