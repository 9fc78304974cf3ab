#include "support.hpp"

#include <numeric>
#include <stdexcept>

#include <fmt/format.h>

#include "trama/learn/library.hpp"

namespace trama::test {
namespace {

using Kind = learn::Layer::Kind;

learn::Layer plain(Kind kind) {
    learn::Layer layer;
    layer.kind = kind;
    return layer;
}

learn::Layer dense(std::int64_t in, std::int64_t out) {
    learn::Layer layer = plain(Kind::linear);
    layer.in = in;
    layer.out = out;
    return layer;
}

learn::Layer convolution(std::int64_t in, std::int64_t out, std::int64_t padding) {
    learn::Layer layer = dense(in, out);
    layer.kind = Kind::conv2d;
    layer.kernel = 3;
    layer.padding = padding;
    return layer;
}

learn::Layer pool() {
    learn::Layer layer = plain(Kind::max_pool2d);
    layer.kernel = layer.stride = 2;
    return layer;
}

learn::Net make_net(std::vector<std::int64_t> input, std::int64_t outputs, std::vector<learn::Layer> layers) {
    std::vector<core::Entry> entries;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        learn::Layer& layer = layers[i];
        layer.name = fmt::format("layers.{}", i);
        if (layer.kind == Kind::linear) {
            entries.push_back({layer.name + ".weight", core::DType::f32, {layer.out, layer.in}, 0});
        } else if (layer.kind == Kind::conv2d) {
            entries.push_back({layer.name + ".weight",
                               core::DType::f32,
                               {layer.out, layer.in, layer.kernel, layer.kernel},
                               0});
        } else {
            continue;
        }
        entries.push_back({layer.name + ".bias", core::DType::f32, {layer.out}, 0});
    }
    learn::Net net;
    net.input = std::move(input);
    net.outputs = outputs;
    net.layers = std::move(layers);
    net.params = std::make_shared<const core::Layout>(std::move(entries));
    net.buffers = std::make_shared<const core::Layout>();
    return net;
}

core::Argument argument(std::string parameter, double value) {
    return {std::move(parameter), core::Constant{value}};
}

template <class Samples>
void label(Samples& samples, std::int64_t classes, core::Stream& random) {
    for (std::int64_t i = 0; i < samples.count; ++i) {
        samples.labels.push_back(
            static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(classes))));
    }
}

std::vector<std::string> names(std::int64_t classes) {
    std::vector<std::string> all;
    for (std::int64_t i = 0; i < classes; ++i)
        all.push_back(fmt::format("class {}", i));
    return all;
}

}  // namespace

learn::Backend& backend() {
    static const auto loaded = learn::load_backend();
    if (!loaded) throw std::runtime_error(loaded.error().message);
    return **loaded;
}

learn::Net linear_net(std::int64_t in, std::int64_t out) {
    return make_net({in}, out, {dense(in, out)});
}

learn::Net mlp_net(const std::vector<std::int64_t>& sizes, Kind activation) {
    std::vector<learn::Layer> layers{plain(Kind::flatten)};
    for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
        if (i > 0) layers.push_back(plain(activation));
        layers.push_back(dense(sizes[i], sizes[i + 1]));
    }
    return make_net({sizes.front()}, sizes.back(), std::move(layers));
}

learn::Net small_cnn() {
    return make_net(
        {1, 12, 12}, 5,
        {convolution(1, 6, 1), plain(Kind::relu), pool(), convolution(6, 8, 0), plain(Kind::tanh), pool(),
         plain(Kind::flatten), dense(8 * 2 * 2, 20), plain(Kind::tanh), plain(Kind::relu), dense(20, 5)});
}

learn::Net library_net(const std::string& function, std::vector<core::Argument> arguments) {
    static const auto library = [] {
        auto made = std::make_unique<learn::Library>();
        learn::add_builtins(*made);
        return made;
    }();
    auto net = library->net({function, {}, std::move(arguments)});
    if (!net) throw std::runtime_error(net.error().message);
    return **net;
}

core::Constant sizes(std::initializer_list<std::int64_t> values) {
    core::List list;
    for (const std::int64_t value : values)
        list.push_back({value});
    return {list};
}

learn::Net small_lenet() {
    return library_net("lenet5", {{"classes", {std::int64_t{5}}}, {"input", sizes({1, 12, 12})}});
}

learn::Net small_resnet(const char* norm) {
    return library_net(
        "resnet20",
        {{"classes", {std::int64_t{5}}}, {"norm", {core::Symbol{norm}}}, {"input", sizes({2, 8, 7})}});
}

learn::Net small_lstm() {
    return library_net("char_lstm", {{"characters", {std::int64_t{11}}},
                                     {"length", {std::int64_t{9}}},
                                     {"embedding", {std::int64_t{4}}},
                                     {"hidden", {std::int64_t{12}}}});
}

core::Model fresh_model(const learn::Net& net, std::uint64_t seed) {
    core::Stream stream(seed, 1);
    return learn::initialise(net, stream);
}

learn::Dataset byte_images(std::int64_t count, const std::vector<std::int64_t>& shape, std::int64_t classes) {
    learn::Dataset data;
    data.name = "images";
    data.shape = shape;
    data.classes = classes;
    data.class_names = names(classes);
    data.scale = {1.0F / (255 * 0.3081F)};
    data.shift = {-0.1307F / 0.3081F};
    core::Stream random(3, 4);
    for (learn::Samples* samples : {&data.train, &data.test}) {
        samples->count = count;
        label(*samples, classes, random);
        for (std::int64_t i = 0; i < count; ++i) {
            for (std::int64_t f = 0; f < data.features(); ++f) {
                const std::uint64_t noise = random.below(160);
                const bool marked = f % classes == samples->labels[static_cast<std::size_t>(i)];
                samples->bytes.push_back(static_cast<std::uint8_t>(noise + (marked ? 90 : 0)));
            }
        }
    }
    return data;
}

learn::Dataset float_rows(std::int64_t count, std::int64_t features, std::int64_t classes) {
    learn::Dataset data;
    data.name = "rows";
    data.shape = {features};
    data.classes = classes;
    data.class_names = names(classes);
    core::Stream random(5, 6);
    for (learn::Samples* samples : {&data.train, &data.test}) {
        samples->count = count;
        label(*samples, classes, random);
        for (std::int64_t i = 0; i < count; ++i) {
            for (std::int64_t f = 0; f < features; ++f) {
                const bool marked = f % classes == samples->labels[static_cast<std::size_t>(i)];
                samples->floats.push_back(static_cast<float>(random.normal() + (marked ? 1.5 : 0)));
            }
        }
    }
    return data;
}

learn::Dataset texts(std::int64_t count, std::int64_t length, std::int64_t characters) {
    learn::Dataset data = byte_images(count, {length}, characters);
    data.name = "texts";
    data.scale = {1};
    data.shift = {0};
    for (learn::Samples* samples : {&data.train, &data.test}) {
        for (std::uint8_t& character : samples->bytes)
            character = static_cast<std::uint8_t>(character % characters);
    }
    return data;
}

learn::Dataset regression_rows(std::int64_t count, std::int64_t features) {
    learn::Dataset data = float_rows(count, features, 2);
    data.classes = 0;
    data.class_names.clear();
    for (learn::Samples* samples : {&data.train, &data.test}) {
        samples->labels.clear();
        for (std::int64_t i = 0; i < count; ++i) {
            const float* row = samples->floats.data() + i * features;
            samples->targets.push_back(std::accumulate(row, row + features, 0.25F));
        }
    }
    return data;
}

std::vector<std::uint32_t> first_samples(std::int64_t count) {
    std::vector<std::uint32_t> all(static_cast<std::size_t>(count));
    std::iota(all.begin(), all.end(), 0U);
    return all;
}

core::Call sgd(double momentum, double weight_decay, bool nesterov) {
    core::Call call{"sgd", {}, {argument("momentum", momentum), argument("weight_decay", weight_decay)}};
    call.arguments.push_back({"nesterov", core::Constant{nesterov}});
    return call;
}

core::Call adam(double weight_decay, const std::string& name) {
    return {name,
            {},
            {argument("beta1", 0.9), argument("beta2", 0.999), argument("eps", 1e-8),
             argument("weight_decay", weight_decay)}};
}

core::Call rmsprop(double momentum, bool centered, double weight_decay) {
    core::Call call{"rmsprop",
                    {},
                    {argument("alpha", 0.97), argument("eps", 1e-7), argument("momentum", momentum),
                     argument("weight_decay", weight_decay)}};
    call.arguments.push_back({"centered", core::Constant{centered}});
    return call;
}

core::Result<learn::Trained> Training::run() const {
    core::Stream shuffle = stream();
    learn::TrainTask task;
    task.model = &model;
    task.net = &net;
    task.data = &data;
    task.part = part;
    task.optimizer = &optimizer;
    task.lr = lr;
    task.batch = batch;
    task.epochs = epochs;
    task.shuffle = shuffles ? &shuffle : nullptr;
    task.stop = stop;
    task.rate = rate;
    task.max_batches = max_batches;
    task.adjustment = adjustment;
    task.clip_norm = clip_norm;
    task.label_smoothing = label_smoothing;
    task.inner_rate = inner_rate;
    task.flip_labels = flip_labels;
    task.memory = memory;
    task.shards = shards;
    return backend().train(task);
}

Training training(learn::Net net, learn::Dataset data, core::Call optimizer, double lr) {
    core::Model model = fresh_model(net);
    std::vector<std::uint32_t> part = first_samples(data.train.count);
    return {std::move(net), std::move(data), std::move(model), std::move(part), std::move(optimizer), lr};
}

}  // namespace trama::test
