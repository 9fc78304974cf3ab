#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trama/core/model.hpp"
#include "trama/core/random.hpp"
#include "trama/learn/backend.hpp"

/// Nets and data for the tests of the torch module; torch-free.
namespace trama::test {

/// The module as a run loads it.
learn::Backend& backend();

/// Nets with all layers that there are.
learn::Net linear_net(std::int64_t in, std::int64_t out);
learn::Net mlp_net(const std::vector<std::int64_t>& sizes,
                   learn::Layer::Kind activation = learn::Layer::Kind::relu);
learn::Net small_cnn();  ///< 1 × 12 × 12 pixels, 5 classes

/// Nets that a scheme can name, small.
learn::Net library_net(const std::string& function, std::vector<core::Argument> arguments);
learn::Net small_lenet();                   ///< 1 × 12 × 12 pixels, 5 classes
learn::Net small_resnet(const char* norm);  ///< 2 × 8 × 7 pixels, 5 classes
learn::Net small_lstm();                    ///< 9 of 11 characters

core::Model fresh_model(const learn::Net& net, std::uint64_t seed = 7);

/// Random pixels (or floats) with labels that a net can learn a little of.
learn::Dataset byte_images(std::int64_t count, const std::vector<std::int64_t>& shape, std::int64_t classes);
learn::Dataset float_rows(std::int64_t count, std::int64_t features, std::int64_t classes);
learn::Dataset texts(std::int64_t count, std::int64_t length, std::int64_t characters);
learn::Dataset regression_rows(std::int64_t count, std::int64_t features);

std::vector<std::uint32_t> first_samples(std::int64_t count);

core::Call sgd(double momentum = 0, double weight_decay = 0, bool nesterov = false);
core::Call adam(double weight_decay = 0, const std::string& name = "adam");
core::Call rmsprop(double momentum, bool centered, double weight_decay = 0);

/// A task with its own copy of everything that it points to.
struct Training {
    learn::Net net;
    learn::Dataset data;
    core::Model model;
    std::vector<std::uint32_t> part;
    core::Call optimizer = sgd();
    double lr = 0.1;
    std::int64_t batch = 32;
    double epochs = 1;
    bool shuffles = true;
    std::stop_token stop = {};
    std::function<double(std::int64_t)> rate = {};
    std::optional<std::int64_t> max_batches = {};
    learn::Adjustment adjustment = {};
    double clip_norm = 0, label_smoothing = 0, inner_rate = 0;
    bool flip_labels = false;
    std::int64_t shards = 1;
    core::State* memory = nullptr;

    core::Stream stream() const { return core::Stream(11, 13); }  ///< the one that shuffles
    core::Result<learn::Trained> run() const;
};

/// A net, a data set that fits, and the whole of it as the part.
Training training(learn::Net net, learn::Dataset data, core::Call optimizer, double lr);

}  // namespace trama::test
