#pragma once

#include <torch/torch.h>

#include "trama/learn/dataset.hpp"

/// Training as one writes it with libtorch alone.
namespace trama::bench {

struct PlainNet : ::torch::nn::Module {
    PlainNet() {
        register_module("first", first);
        register_module("second", second);
        register_module("third", third);
    }
    at::Tensor forward(at::Tensor x) {
        x = ::torch::relu(first(x.flatten(1)));
        return third(::torch::relu(second(x)));
    }
    ::torch::nn::Linear first{784, 64}, second{64, 32}, third{32, 10};
};

/// Images as normalised floats, labels as int64: as torch::data::datasets::MNIST keeps them.
struct Tensors {
    explicit Tensors(const learn::Dataset& data, const learn::Samples& samples)
        : images(::torch::from_blob(const_cast<std::uint8_t*>(samples.bytes.data()),
                                    {samples.count, 1, 28, 28}, at::kByte)
                     .to(at::kFloat)
                     .mul_(data.scale[0])
                     .add_(data.shift[0])),
          labels(
              ::torch::from_blob(const_cast<std::int32_t*>(samples.labels.data()), {samples.count}, at::kInt)
                  .to(at::kLong)) {}
    at::Tensor images, labels;
};

inline double learn_batch(PlainNet& net, ::torch::optim::Optimizer& optimizer, const at::Tensor& images,
                          const at::Tensor& labels) {
    optimizer.zero_grad();
    const at::Tensor loss = ::torch::nn::functional::cross_entropy(net.forward(images), labels);
    loss.backward();
    optimizer.step();
    return loss.item<double>() * static_cast<double>(labels.size(0));
}

/// One epoch over the samples of `part`, in a random order; the sum of the losses.
inline double index_select_epoch(PlainNet& net, ::torch::optim::Optimizer& optimizer, const Tensors& data,
                                 const at::Tensor& part, std::int64_t batch) {
    double loss = 0;
    const at::Tensor order = part.index_select(0, ::torch::randperm(part.size(0)));
    for (std::int64_t begin = 0; begin < order.size(0); begin += batch) {
        const at::Tensor index = order.slice(0, begin, std::min(begin + batch, order.size(0)));
        loss += learn_batch(net, optimizer, data.images.index_select(0, index),
                            data.labels.index_select(0, index));
    }
    return loss;
}

}  // namespace trama::bench
