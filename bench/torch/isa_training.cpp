// Steps of local training whose instructions bench/isa counts: a perceptron 784-64-32-10, SGD, batch 64,
// through the torch module.
//
//   bench_isa_training STEPS       prints how many steps that were
//   bench_isa_training             prints what it was built with

#include <cstdio>
#include <cstdlib>
#include <numeric>

#include "trama/learn/backend.hpp"
#include "trama/learn/library.hpp"

namespace {

using namespace trama;

constexpr std::int64_t batch = 64, steps_of_an_epoch = 10;

/// Noise of MNIST's shape.
learn::Dataset noise() {
    learn::Dataset data;
    data.name = "noise";
    data.shape = {784};
    data.classes = 10;
    data.class_names = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    data.scale = {1.0F / 255};
    data.train.count = batch * steps_of_an_epoch;
    core::Stream random(1, 2);
    for (std::int64_t i = 0; i < data.train.count; ++i) {
        for (std::int64_t pixel = 0; pixel < data.shape.front(); ++pixel)
            data.train.bytes.push_back(static_cast<std::uint8_t>(random.bits32()));
        data.train.labels.push_back(static_cast<std::int32_t>(random.below(10)));
    }
    return data;
}

std::shared_ptr<const learn::Net> perceptron() {
    learn::Library library;
    learn::add_builtins(library);
    core::List sizes;
    for (const std::int64_t size : {784, 64, 32, 10})
        sizes.push_back({size});
    return library.net({"mlp", {}, {{"sizes", {std::move(sizes)}}}}).value();
}

}  // namespace

int main(int argc, char** argv) {
    const long steps = argc == 2 ? std::atol(argv[1]) : 0;
    if (argc > 1 && steps <= 0) {
        std::fprintf(stderr, "usage: %s [STEPS]\n", argv[0]);
        return 2;
    }
    const auto loaded = learn::load_backend();
    if (!loaded) {
        std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
        return 1;
    }
    if (argc == 1) {
        std::printf("%s\n", (*loaded)->fingerprint().c_str());
        return 0;
    }
    const auto data = noise();
    const auto net = perceptron();
    core::Stream start(5, 6), shuffle(7, 8);
    const core::Model model = learn::initialise(*net, start);
    const core::Call sgd{"sgd", {}, {{"momentum", {0.0}}, {"weight_decay", {0.0}}, {"nesterov", {false}}}};
    std::vector<std::uint32_t> part(static_cast<std::size_t>(data.train.count));
    std::iota(part.begin(), part.end(), 0U);
    learn::TrainTask task;
    task.model = &model;
    task.net = net.get();
    task.data = &data;
    task.part = part;
    task.optimizer = &sgd;
    task.lr = 0.01;
    task.batch = batch;
    task.epochs = static_cast<double>(steps) / steps_of_an_epoch;
    task.shuffle = &shuffle;
    const auto trained = (*loaded)->train(task);
    if (!trained) {
        std::fprintf(stderr, "%s\n", trained.error().message.c_str());
        return 1;
    }
    std::printf("%ld\n", static_cast<long>(trained->steps));
    return 0;
}
