#include "reference.hpp"

#include <cmath>
#include <functional>

#include <gtest/gtest.h>
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

at::Tensor plain_shortcut(const at::Tensor& from, const at::Tensor& to, std::int64_t stride) {
    using ::torch::indexing::Slice;
    const at::Tensor some =
        from.index({Slice(), Slice(), Slice(0, {}, stride), Slice(0, {}, stride)}).contiguous();
    at::Tensor all = ::torch::zeros_like(to);
    all.narrow(1, 0, some.size(1)).copy_(some);
    return all;
}

/// The net of torch::nn modules, with the model's parameters and buffers.
struct PlainNet : nn::Module {
    PlainNet(const learn::Net& net, const core::Model& model) {
        for (const learn::Layer& layer : net.layers) {
            steps.push_back(step(layer));
        }
        const ::torch::NoGradGuard no_grad;
        fill(parameters(), model.params);
        std::vector<at::Tensor> statistics;
        for (const at::Tensor& buffer : buffers()) {
            if (buffer.is_floating_point()) statistics.push_back(buffer);
        }
        fill(statistics, model.buffers);
    }

    at::Tensor forward(const at::Tensor& input) {
        outputs.clear();
        at::Tensor x = input;
        for (const auto& step : steps) {
            outputs.push_back(x = step(x));
        }
        return x;
    }

    static void fill(const std::vector<at::Tensor>& tensors, const core::ParameterSet& set) {
        ASSERT_EQ(tensors.size(), set.layout().entries().size());
        for (std::size_t i = 0; i < tensors.size(); ++i) {
            const std::span<const float> values = set.floats(set.layout().entries()[i]);
            tensors[i].copy_(
                ::torch::from_blob(const_cast<float*>(values.data()), tensors[i].sizes(), at::kFloat));
        }
    }

    using Step = std::function<at::Tensor(const at::Tensor&)>;

    template <class Holder>
    Step use(Holder module) {
        register_module("module" + std::to_string(children().size()), module);
        return [module](const at::Tensor& x) mutable { return module->forward(x); };
    }

    Step step(const learn::Layer& layer) {
        switch (layer.kind) {
            case Kind::flatten:
                return use(nn::Flatten());
            case Kind::linear:
                return use(nn::Linear(layer.in, layer.out));
            case Kind::relu:
                return use(nn::ReLU());
            case Kind::tanh:
                return use(nn::Tanh());
            case Kind::conv2d:
                return use(nn::Conv2d(nn::Conv2dOptions(layer.in, layer.out, layer.kernel)
                                          .stride(layer.stride)
                                          .padding(layer.padding)
                                          .bias(layer.bias)));
            case Kind::max_pool2d:
                return use(nn::MaxPool2d(
                    nn::MaxPool2dOptions(layer.kernel).stride(layer.stride).padding(layer.padding)));
            case Kind::avg_pool2d:
                return use(nn::AvgPool2d(
                    nn::AvgPool2dOptions(layer.kernel).stride(layer.stride).padding(layer.padding)));
            case Kind::global_avg_pool2d:
                return [](const at::Tensor& x) { return x.mean(std::vector<std::int64_t>{2, 3}); };
            case Kind::batch_norm2d:
                return use(nn::BatchNorm2d(layer.in));
            case Kind::group_norm:
                return use(nn::GroupNorm(nn::GroupNormOptions(layer.groups, layer.in)));
            case Kind::residual:
                return [this, from = layer.from, stride = layer.stride](const at::Tensor& x) {
                    return x + plain_shortcut(outputs[from], x, stride);
                };
            case Kind::embedding: {
                auto module = register_module("module" + std::to_string(children().size()),
                                              nn::Embedding(layer.in, layer.out));
                return [module](const at::Tensor& x) mutable { return module->forward(x.to(at::kLong)); };
            }
            case Kind::lstm: {
                auto module =
                    register_module("module" + std::to_string(children().size()),
                                    nn::LSTM(nn::LSTMOptions(layer.in, layer.out).batch_first(true)));
                return [module](const at::Tensor& x) mutable { return std::get<0>(module->forward(x)); };
            }
            case Kind::last_step:
                return [](const at::Tensor& x) { return x.select(1, x.size(1) - 1); };
        }
        throw std::invalid_argument("a layer of an unknown kind");
    }

    std::vector<Step> steps;
    std::vector<at::Tensor> outputs;
};

std::vector<float> all_numbers(const std::vector<at::Tensor>& tensors) {
    std::vector<float> all;
    for (const at::Tensor& tensor : tensors) {
        if (!tensor.is_floating_point()) continue;
        const std::vector<float> flat = to_numbers(tensor);
        all.insert(all.end(), flat.begin(), flat.end());
    }
    return all;
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
    const auto net = std::make_shared<PlainNet>(training.net, training.model);
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
    result.parameters = all_numbers(net->parameters());
    result.buffers = all_numbers(net->buffers());
    return result;
}

PlainMeasure plain_evaluation(const Training& training, const std::vector<std::uint32_t>& part) {
    at::set_num_threads(1);
    const ::torch::NoGradGuard no_grad;
    const learn::Samples& samples = training.data.test;
    const at::Tensor index = ::torch::tensor(std::vector<std::int64_t>(part.begin(), part.end()), at::kLong);
    const at::Tensor x =
        plain_inputs(training.data, samples, index).view(with_rows(index.size(0), training.net.input));
    PlainNet net(training.net, training.model);
    net.eval();
    const at::Tensor output = net.forward(x);
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
    PlainNet net(training.net, training.model);
    net.eval();
    return to_numbers(net.forward(x.view(with_rows(rows, training.net.input))));
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

void write(const UserScript& script, const std::filesystem::path& path) {
    ::torch::jit::Module module("UserNet");
    core::Stream random(17, 19);
    const auto tensor = [&](const UserScript::Tensor& made) {
        at::Tensor values = ::torch::empty(made.shape);
        for (std::int64_t i = 0; i < values.numel(); ++i) {
            values.data_ptr<float>()[i] = made.values.empty() ? static_cast<float>(random.uniform(-0.5, 0.5))
                                                              : made.values[static_cast<std::size_t>(i)];
        }
        return script.doubles ? values.to(at::kDouble) : values;
    };
    for (const auto& made : script.params) {
        module.register_parameter(made.name, tensor(made).set_requires_grad(made.trained), false);
    }
    for (const auto& made : script.buffers) {
        module.register_buffer(made.name, tensor(made));
    }
    module.register_buffer("calls", ::torch::zeros({}, at::kLong));
    module.register_attribute("training", c10::BoolType::get(), true);
    module.define(script.methods);
    module.save(path.string());
}

std::vector<float> numbers(const core::ParameterSet& set) {
    const std::span<const float> all = set.floats();
    return {all.begin(), all.end()};
}

}  // namespace trama::test
