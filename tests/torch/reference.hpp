#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support.hpp"

/// The same as one writes it with libtorch alone: torch::nn modules, autograd, torch::optim, torch::jit. All
/// of libtorch's headers are behind this one.
namespace trama::test {

struct PlainResult {
    std::vector<float> parameters, buffers;  ///< in layout order
    double loss = 0;                         ///< mean over samples
};

PlainResult plain_training(const Training& training);

struct PlainMeasure {
    double loss = 0, accuracy = 0;
};

/// On samples of the test split, all in one batch.
PlainMeasure plain_evaluation(const Training& training, const std::vector<std::uint32_t>& part);

/// What the net gives for the whole test split, evaluated.
std::vector<float> plain_logits(const Training& training);

/// What a TorchScript file gives for the whole test split, raw; `shaped`: samples in their shape, else flat.
std::vector<float> script_logits(const std::filesystem::path& path, const learn::Dataset& data, bool shaped);
std::vector<std::string> script_labels(const std::filesystem::path& path);

/// A TorchScript file such as a user makes: float32 tensors by name, in order, and methods.
struct UserScript {
    struct Tensor {
        std::string name;
        std::vector<std::int64_t> shape;
        std::vector<float> values = {};  ///< empty: drawn
        bool trained = true;             ///< else frozen
    };
    std::vector<Tensor> params, buffers;
    std::string methods;
    bool doubles = false;  ///< parameters of another type
};
void write(const UserScript& script, const std::filesystem::path& path);

std::vector<float> numbers(const core::ParameterSet& set);

}  // namespace trama::test
