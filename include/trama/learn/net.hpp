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

/// One layer of a net. Torch-free: the backend gives it a meaning, exported TorchScript the same one.
struct Layer {
    enum class Kind {
        flatten,  ///< all numbers of a sample in one row
        linear,   ///< features to features
        relu,
        tanh,
        conv2d,  ///< channels to channels
        max_pool2d,
        avg_pool2d,
        global_avg_pool2d,  ///< channels of pixels to the mean of each channel
        batch_norm2d,       ///< by the batch in training, by running statistics (buffers) in evaluation
        group_norm,         ///< each sample by itself, `groups` groups of channels
        residual,   ///< adds what the layer `from` gave: every stride-th pixel, missing channels are zeros
        embedding,  ///< character numbers to `out` features each; `in` is how many characters there are
        lstm,       ///< steps of features to steps of `out` features
        last_step,  ///< steps of features to the features of the last one
    };
    Kind kind = Kind::relu;
    std::string name;              ///< "layers.0": parameters are `<name>.weight`, `<name>.bias`, ...
    std::int64_t in = 0, out = 0;  ///< features or channels
    std::int64_t kernel = 0, stride = 1, padding = 0;
    bool bias = true;         ///< of a convolution
    std::int64_t groups = 1;  ///< of a group_norm
    std::size_t from = 0;     ///< of a residual: an earlier layer
};

using Shape = std::vector<std::int64_t>;  ///< of one sample, without the batch

/// True for layers that normalise: what `personal: norm` keeps at the client.
bool is_normalisation(const Layer& layer);

/// The tensors of a layer by their full names, in layout order; all float32.
std::vector<core::Entry> parameters(const Layer& layer);
std::vector<core::Entry> buffers(const Layer& layer);

/// A net that came as a file and that only the backend looks into.
class Script {
  public:
    Script() = default;
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;
    virtual ~Script() = default;
};

/// What training makes small. `of_data`: cross entropy with classes, squared error without.
enum class Loss { of_data, cross_entropy, mse, bce };

/// What a net is: its input, layers, and where its parameters lie.
struct Net {
    Shape input;
    std::int64_t outputs = 0;  ///< classes (logits)
    std::vector<Layer> layers;
    std::shared_ptr<const core::Layout> params;
    std::shared_ptr<const core::Layout> buffers;
    std::shared_ptr<const core::Call> call;  ///< mlp(784, 64, 32, 10)
    Loss loss = Loss::of_data;

    std::shared_ptr<const Script> script;      ///< instead of layers; input and outputs show with the data
    std::shared_ptr<const core::Model> start;  ///< what the file holds, instead of random numbers
};

/// The shape that each layer gives. Sizes that do not fit each other are an error of kind `scheme`.
core::Result<std::vector<Shape>> follow(const Shape& input, const std::vector<Layer>& layers);

/// A net from its layers: gives them names ("layers.<i>"), follows the sample's shape through them, and lays
/// the parameters out. Errors as `follow`.
core::Result<Net> assemble(Shape input, std::vector<Layer> layers);

/// A fresh model: what the net starts from, or as libtorch makes it: weights and biases uniform in ±1/√fan_in
/// (linear, convolution) or ±1/√out (lstm), an embedding normal, normalisations 1 and 0, running statistics
/// mean 0 and variance 1. Drawn from `stream` parameter by parameter in layout order.
core::Model initialise(const Net& net, core::Stream& stream);

}  // namespace trama::learn
