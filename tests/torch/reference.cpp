#include "reference.hpp"

#include <cmath>

#include <torch/script.h>
#include <torch/torch.h>

namespace trama::test {
namespace {

using Kind = learn::Layer::Kind;
namespace nn = ::torch::nn;

at::Tensor table(const learn::Dataset& data, const learn::Samples& samples) {
    const std::vector<std::int64_t> shape{samples.count, data.features()};
    return samples.bytes.empty()
               ? ::torch::from_blob(const_cast<float*>(samples.floats.data()), shape, at::kFloat)
               : ::torch::from_blob(const_cast<std::uint8_t*>(samples.bytes.data()), shape, at::kByte);
}

at::Tensor vector_of(const std::vector<float>& numbers) {
    return ::torch::from_blob(const_cast<float*>(numbers.data()), {static_cast<std::int64_t>(numbers.size())},
                              at::kFloat);
}

at::Tensor labels_of(const learn::Samples& samples, const at::Tensor& index) {
    const auto count = static_cast<std::int64_t>(samples.labels.size());
    const at::Tensor all =
        ::torch::from_blob(const_cast<std::int32_t*>(samples.labels.data()), {count}, at::kInt);
    return all.index_select(0, index).to(at::kLong);
}

at::Tensor plain_loss(const learn::Dataset& data, const learn::Samples& samples, const at::Tensor& output,
                      const at::Tensor& index, double label_smoothing = 0) {
    return data.classes == 0
               ? ::torch::mse_loss(output.squeeze(1), vector_of(samples.targets).index_select(0, index))
               : nn::functional::cross_entropy(
                     output, labels_of(samples, index),
                     nn::functional::CrossEntropyFuncOptions().label_smoothing(label_smoothing));
}

at::Tensor plain_inputs(const learn::Dataset& data, const learn::Samples& samples, const at::Tensor& index) {
    at::Tensor x = table(data, samples).index_select(0, index).to(at::kFloat).mul(vector_of(data.scale));
    return vector_of(data.shift).any().item<bool>() ? x.add(vector_of(data.shift)) : x;
}

std::vector<std::int64_t> with_rows(std::int64_t rows, const std::vector<std::int64_t>& shape) {
    std::vector<std::int64_t> all{rows};
    all.insert(all.end(), shape.begin(), shape.end());
    return all;
}

std::vector<float> to_numbers(const at::Tensor& tensor) {
    const at::Tensor flat = tensor.detach().contiguous();
    return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

/// The net with the model's parameters.
nn::Sequential plain_net(const learn::Net& net, const core::Model& model) {
    nn::Sequential sequential;
    for (const learn::Layer& layer : net.layers) {
        switch (layer.kind) {
            case Kind::flatten:
                sequential->push_back(nn::Flatten());
                break;
            case Kind::linear:
                sequential->push_back(nn::Linear(layer.in, layer.out));
                break;
            case Kind::relu:
                sequential->push_back(nn::ReLU());
                break;
            case Kind::tanh:
                sequential->push_back(nn::Tanh());
                break;
            case Kind::conv2d:
                sequential->push_back(nn::Conv2d(nn::Conv2dOptions(layer.in, layer.out, layer.kernel)
                                                     .stride(layer.stride)
                                                     .padding(layer.padding)));
                break;
            case Kind::max_pool2d:
                sequential->push_back(nn::MaxPool2d(
                    nn::MaxPool2dOptions(layer.kernel).stride(layer.stride).padding(layer.padding)));
                break;
        }
    }
    const ::torch::NoGradGuard no_grad;
    std::size_t entry = 0;
    for (at::Tensor& parameter : sequential->parameters()) {
        const std::span<const float> values = model.params.floats(model.params.layout().entries()[entry++]);
        parameter.copy_(::torch::from_blob(const_cast<float*>(values.data()), parameter.sizes(), at::kFloat));
    }
    return sequential;
}

std::unique_ptr<::torch::optim::Optimizer> plain_optimizer(const core::Call& call, double lr,
                                                           std::vector<at::Tensor> parameters) {
    const auto number = [&](const char* name) { return call.find(name)->number().value(); };
    const auto flag = [&](const char* name) { return *call.find(name)->as<bool>(); };
    if (call.function == "adamw") {
        return std::make_unique<::torch::optim::AdamW>(
            std::move(parameters), ::torch::optim::AdamWOptions(lr).weight_decay(number("weight_decay")));
    }
    if (call.function == "rmsprop") {
        return std::make_unique<::torch::optim::RMSprop>(std::move(parameters),
                                                         ::torch::optim::RMSpropOptions(lr)
                                                             .alpha(number("alpha"))
                                                             .eps(number("eps"))
                                                             .momentum(number("momentum"))
                                                             .weight_decay(number("weight_decay"))
                                                             .centered(flag("centered")));
    }
    if (call.function == "adam") {
        return std::make_unique<::torch::optim::Adam>(
            std::move(parameters), ::torch::optim::AdamOptions(lr).weight_decay(number("weight_decay")));
    }
    return std::make_unique<::torch::optim::SGD>(std::move(parameters),
                                                 ::torch::optim::SGDOptions(lr)
                                                     .momentum(number("momentum"))
                                                     .weight_decay(number("weight_decay"))
                                                     .nesterov(flag("nesterov")));
}

at::Tensor part_of(std::span<const float> flat, std::int64_t& offset, const at::Tensor& like) {
    const auto part = vector_of({flat.begin() + offset, flat.begin() + offset + like.numel()}).clone();
    offset += like.numel();
    return part.view(like.sizes());
}

/// The correction, the pull to the anchor and the clipping, in tensors and in double.
void change_gradients(const Training& training, const std::vector<at::Tensor>& parameters) {
    const ::torch::NoGradGuard no_grad;
    const auto& [correction, pull, anchor] = training.adjustment;
    std::int64_t at_correction = 0;
    std::int64_t at_anchor = 0;
    double squares = 0;
    for (const at::Tensor& parameter : parameters) {
        at::Tensor gradient = parameter.grad();
        if (!correction.empty()) gradient.add_(part_of(correction, at_correction, parameter));
        if (pull != 0) {
            const auto towards = anchor.empty() ? training.model.params.floats() : anchor;
            gradient.add_(parameter.sub(part_of(towards, at_anchor, parameter)), pull);
        }
        squares += gradient.to(at::kDouble).square().sum().item<double>();
    }
    if (training.clip_norm > 0 && std::sqrt(squares) > training.clip_norm) {
        for (const at::Tensor& parameter : parameters)
            parameter.grad().mul_(training.clip_norm / std::sqrt(squares));
    }
}

}  // namespace

PlainResult plain_training(const Training& training) {
    at::set_num_threads(1);
    nn::Sequential net = plain_net(training.net, training.model);
    const auto optimizer = plain_optimizer(training.optimizer, training.lr, net->parameters());
    core::Stream shuffle = training.stream();
    const auto samples = static_cast<std::int64_t>(training.part.size());
    const std::int64_t batches = (samples + training.batch - 1) / training.batch;
    const auto steps = static_cast<std::int64_t>(std::lround(training.epochs * static_cast<double>(batches)));

    PlainResult result;
    double seen = 0;
    std::int64_t stepped = 0;
    std::vector<at::Tensor> start;  // of a step with an inner one
    std::vector<std::uint32_t> order(training.part.size());
    for (std::int64_t step = 0; step < steps; ++step) {
        const std::int64_t begin = step % batches * training.batch;
        if (begin == 0) {
            shuffle.permutation(order);
        }
        std::vector<std::int64_t> index;
        for (std::int64_t i = begin; i < std::min(begin + training.batch, samples); ++i) {
            const auto place = static_cast<std::size_t>(i);
            index.push_back(training.part[training.shuffles ? order[place] : place]);
        }
        const at::Tensor rows = ::torch::tensor(index, at::kLong);
        const auto shape = with_rows(static_cast<std::int64_t>(index.size()), training.net.input);
        const auto differentiate = [&] {
            optimizer->zero_grad();
            const at::Tensor output =
                net->forward(plain_inputs(training.data, training.data.train, rows).view(shape));
            const at::Tensor loss =
                plain_loss(training.data, training.data.train, output, rows, training.label_smoothing);
            loss.backward();
            return loss;
        };
        if (training.inner_rate != 0 && step % 2 == 0 && begin + training.batch < samples) {
            // The first of two batches: from here the second one's gradient is taken.
            differentiate();
            const ::torch::NoGradGuard no_grad;
            for (const at::Tensor& parameter : net->parameters()) {
                start.push_back(parameter.clone());
                parameter.sub_(parameter.grad(), training.inner_rate);
            }
            continue;
        }
        const at::Tensor loss = differentiate();
        const ::torch::NoGradGuard no_grad;
        for (std::size_t i = 0; i < start.size(); ++i)
            net->parameters()[i].copy_(start[i]);
        start.clear();
        change_gradients(training, net->parameters());
        if (training.rate) {
            auto& options = optimizer->param_groups()[0].options();
            static_cast<::torch::optim::SGDOptions&>(options).lr(training.rate(++stepped));
        }
        optimizer->step();
        result.loss += static_cast<double>(loss.item<float>()) * static_cast<double>(index.size());
        seen += static_cast<double>(index.size());
    }
    result.loss /= seen;
    for (const at::Tensor& parameter : net->parameters()) {
        const std::vector<float> flat = to_numbers(parameter);
        result.parameters.insert(result.parameters.end(), flat.begin(), flat.end());
    }
    return result;
}

PlainMeasure plain_evaluation(const Training& training, const std::vector<std::uint32_t>& part) {
    at::set_num_threads(1);
    const ::torch::NoGradGuard no_grad;
    const learn::Samples& samples = training.data.test;
    const at::Tensor index = ::torch::tensor(std::vector<std::int64_t>(part.begin(), part.end()), at::kLong);
    const at::Tensor x =
        plain_inputs(training.data, samples, index).view(with_rows(index.size(0), training.net.input));
    const at::Tensor output = plain_net(training.net, training.model)->forward(x);
    PlainMeasure measure;
    measure.loss = plain_loss(training.data, samples, output.to(at::kDouble), index).item<double>();
    if (training.data.classes > 0) {
        measure.accuracy =
            output.argmax(1).eq(labels_of(samples, index)).to(at::kDouble).mean().item<double>();
    }
    return measure;
}

std::vector<float> plain_logits(const Training& training) {
    at::set_num_threads(1);
    const ::torch::NoGradGuard no_grad;
    const std::int64_t rows = training.data.test.count;
    const at::Tensor x = plain_inputs(training.data, training.data.test, ::torch::arange(rows));
    return to_numbers(
        plain_net(training.net, training.model)->forward(x.view(with_rows(rows, training.net.input))));
}

std::vector<float> script_logits(const std::filesystem::path& path, const learn::Dataset& data, bool shaped) {
    at::set_num_threads(1);
    ::torch::jit::Module module = ::torch::jit::load(path.string());
    at::Tensor samples = table(data, data.test);
    if (shaped) {
        samples = samples.view(with_rows(data.test.count, data.shape));
    }
    return to_numbers(module.forward({samples}).toTensor());
}

std::vector<std::string> script_labels(const std::filesystem::path& path) {
    // Named, because a range-for keeps only the reference that toListRef gives, not the value it points into.
    const ::c10::IValue list = ::torch::jit::load(path.string()).attr("labels");
    std::vector<std::string> labels;
    for (const ::c10::IValue& label : list.toListRef()) {
        labels.push_back(label.toStringRef());
    }
    return labels;
}

std::vector<float> numbers(const core::ParameterSet& set) {
    const std::span<const float> all = set.floats();
    return {all.begin(), all.end()};
}

}  // namespace trama::test
