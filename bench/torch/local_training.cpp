// Samples a second and core of one client's local training (a perceptron 784-64-32-10, Adam, batch 64, one
// epoch) against the same training written with libtorch alone: once with a DataLoader, as most write it, and
// once with index_select on tensors that are ready. They take turns in one process; each epoch is timed in
// CPU seconds of its thread, so that what else the machine does matters little.

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <numeric>

#include "digits_28.hpp"
#include "plain_loop.hpp"
#include "trama/learn/backend.hpp"
#include "trama/learn/library.hpp"

namespace trama::bench {
namespace {

constexpr std::int64_t batch = 64;
constexpr double rate = 0.001;

class AsMostWriteIt : public ::torch::data::datasets::Dataset<AsMostWriteIt> {
  public:
    explicit AsMostWriteIt(const Tensors& data) : images_(data.images), labels_(data.labels) {}
    ::torch::data::Example<> get(std::size_t index) override {
        return {images_[static_cast<std::int64_t>(index)], labels_[static_cast<std::int64_t>(index)]};
    }
    ::c10::optional<std::size_t> size() const override { return static_cast<std::size_t>(images_.size(0)); }

  private:
    at::Tensor images_, labels_;
};

double with_data_loader(const Tensors& tensors) {
    // As in libtorch's own example for MNIST. (The numbers are normalised already; dividing by one takes as
    // long.)
    auto set = AsMostWriteIt(tensors)
                   .map(::torch::data::transforms::Normalize<>(0.0, 1.0))
                   .map(::torch::data::transforms::Stack<>());
    const auto loader =
        ::torch::data::make_data_loader<::torch::data::samplers::RandomSampler>(std::move(set), batch);
    PlainNet net;
    ::torch::optim::Adam optimizer(net.parameters(), ::torch::optim::AdamOptions(rate));
    double loss = 0;
    for (auto& example : *loader) {
        loss += learn_batch(net, optimizer, example.data, example.target);
    }
    return loss / static_cast<double>(tensors.labels.size(0));
}

double with_index_select(const Tensors& tensors) {
    PlainNet net;
    ::torch::optim::Adam optimizer(net.parameters(), ::torch::optim::AdamOptions(rate));
    const at::Tensor all = ::torch::arange(tensors.labels.size(0));
    return index_select_epoch(net, optimizer, tensors, all, batch) /
           static_cast<double>(tensors.labels.size(0));
}

/// The net of a scheme's `mlp(784, 64, 32, 10)`.
std::shared_ptr<const learn::Net> perceptron() {
    learn::Library library;
    learn::add_builtins(library);
    core::List sizes;
    for (const std::int64_t size : {784, 64, 32, 10})
        sizes.push_back({size});
    return library.net({"mlp", {}, {{"sizes", {std::move(sizes)}}}}).value();
}

double with_trama(learn::Backend& backend, const learn::Dataset& data, const learn::Net& net) {
    core::Stream start(5, 6), shuffle(7, 8);
    const core::Model model = learn::initialise(net, start);
    const core::Call adam{"adam", {}, {}};
    std::vector<std::uint32_t> part(static_cast<std::size_t>(data.train.count));
    std::iota(part.begin(), part.end(), 0U);
    learn::TrainTask task;
    task.model = &model;
    task.net = &net;
    task.data = &data;
    task.part = part;
    task.optimizer = &adam;
    task.lr = rate;
    task.batch = batch;
    task.shuffle = &shuffle;
    return backend.train(task).value().loss;
}

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct Way {
    const char* name;
    std::function<double()> epoch;
    double loss = 0;
    std::vector<double> rates{};  ///< samples a CPU second, one per turn
};

struct Spread {
    double least, median, most;
};

Spread spread(std::vector<double> numbers) {
    std::ranges::sort(numbers);
    return {numbers.front(), numbers[numbers.size() / 2], numbers.back()};
}

void print(const char* name, Spread spread, const char* goal) {
    std::printf("  %-42s %6.2f  (%.2f to %.2f)   %s\n", name, spread.median, spread.least, spread.most, goal);
}

int run(int turns) {
    at::set_num_threads(1);
    const auto loaded = learn::load_backend();
    if (!loaded) {
        std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
        return 1;
    }
    learn::Backend& backend = **loaded;
    const learn::Dataset data = digits_28();
    const Tensors tensors(data, data.train);
    const auto net = perceptron();
    std::printf("%s; %s\n%d turns of one epoch, 784-64-32-10, Adam, batch %lld, one thread\n\n",
                backend.fingerprint().c_str(), data.name.c_str(), turns, static_cast<long long>(batch));

    std::vector<Way> ways{{"Trama", [&] { return with_trama(backend, data, *net); }},
                          {"libtorch with DataLoader", [&] { return with_data_loader(tensors); }},
                          {"libtorch with index_select", [&] { return with_index_select(tensors); }}};
    for (int turn = -1; turn < turns; ++turn) {  // the first one warms up
        for (Way& way : ways) {
            const double start = cpu_seconds();
            way.loss = way.epoch();
            const double rate = static_cast<double>(data.train.count) / (cpu_seconds() - start);
            if (turn >= 0) way.rates.push_back(rate);
        }
    }

    for (const Way& way : ways) {
        const Spread rates = spread(way.rates);
        std::printf("%-44s %8.0f samples/s  (%.0f to %.0f)   loss %.3f\n", way.name, rates.median,
                    rates.least, rates.most, way.loss);
    }
    std::printf("\n");
    const auto ratio = [&](const Way& other) {
        std::vector<double> ratios;
        for (std::size_t i = 0; i < other.rates.size(); ++i)
            ratios.push_back(ways[0].rates[i] / other.rates[i]);
        return spread(ratios);
    };
    print("Trama / libtorch with DataLoader", ratio(ways[1]), "goal: at least 1.2");
    print("Trama / libtorch with index_select", ratio(ways[2]), "goal: at least 0.95");
    return 0;
}

}  // namespace
}  // namespace trama::bench

int main(int count, char** arguments) {
    return trama::bench::run(count > 1 ? std::max(1, std::atoi(arguments[1])) : 7);
}
