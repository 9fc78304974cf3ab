#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "trama/core/constant.hpp"
#include "trama/core/error.hpp"
#include "trama/core/model.hpp"
#include "trama/core/random.hpp"

namespace trama::learn {

/// One layer of a feed-forward net. Torch-free: the backend gives it a meaning, exported TorchScript the same
/// one.
struct Layer {
    enum class Kind { flatten, linear, relu, tanh, conv2d, max_pool2d };
    Kind kind = Kind::relu;
    std::string name;              ///< "layers.0": parameters are `<name>.weight`, `<name>.bias`
    std::int64_t in = 0, out = 0;  ///< features or channels
    std::int64_t kernel = 0, stride = 1, padding = 0;
};

/// True for layers that normalise: what `personal: norm` keeps at the client.
bool is_normalisation(const Layer& layer);

/// What a net is: its input, layers, and where its parameters lie.
struct Net {
    std::vector<std::int64_t> input;  ///< shape of one sample, without the batch
    std::int64_t outputs = 0;         ///< classes (logits)
    std::vector<Layer> layers;
    std::shared_ptr<const core::Layout> params;
    std::shared_ptr<const core::Layout> buffers;
    std::shared_ptr<const core::Call> call;  ///< mlp(784, 64, 32, 10)
};

/// A net from its layers: gives them names ("layers.<i>"), follows the sample's shape through them, and lays
/// the parameters out. Sizes that do not fit each other are an error of kind `scheme`.
core::Result<Net> assemble(std::vector<std::int64_t> input, std::vector<Layer> layers);

/// A fresh model: weights and biases uniform in ±1/√fan_in (libtorch's default for linear and convolution),
/// drawn from `stream` parameter by parameter in layout order.
core::Model initialise(const Net& net, core::Stream& stream);

}  // namespace trama::learn
