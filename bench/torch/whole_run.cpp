// A whole `trama run` (4 clients, 3 rounds of one epoch, MNIST, perceptron 784-64-32-10, Adam, batch 64)
// against a program that does the same with libtorch alone and as many threads. They take turns, each in a
// process of its own, and the system says what each took: wall and CPU seconds, peak memory.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "../child.hpp"
#include "digits_28.hpp"
#include "plain_loop.hpp"

namespace trama::bench {
namespace {

constexpr int clients = 4;
constexpr int rounds = 3;
constexpr std::int64_t batch = 64;
constexpr double rate = 0.001;

/// What one would write by hand: a thread takes every so-manyth client, the server averages and tests.
int plain_program(int threads) {
    at::set_num_threads(1);
    const learn::Dataset data = digits_28();
    const Tensors train(data, data.train), test(data, data.test);
    PlainNet server;
    const at::Tensor all = ::torch::randperm(data.train.count);
    for (int round = 0; round < rounds; ++round) {
        std::vector<PlainNet> results(clients);
        const auto train_client = [&](int client) {
            at::set_num_threads(1);
            PlainNet& net = results[static_cast<std::size_t>(client)];
            const auto from = server.parameters();
            {
                const ::torch::NoGradGuard no_grad;
                for (std::size_t p = 0; p < from.size(); ++p)
                    net.parameters()[p].copy_(from[p]);
            }
            ::torch::optim::Adam optimizer(net.parameters(), ::torch::optim::AdamOptions(rate));
            const std::int64_t size = data.train.count / clients;
            index_select_epoch(net, optimizer, train, all.slice(0, client * size, (client + 1) * size),
                               batch);
        };
        std::vector<std::thread> workers;
        for (int thread = 0; thread < threads; ++thread) {
            workers.emplace_back([&, thread] {
                for (int client = thread; client < clients; client += threads)
                    train_client(client);
            });
        }
        for (std::thread& worker : workers)
            worker.join();

        const ::torch::NoGradGuard no_grad;
        auto mean = server.parameters();
        for (std::size_t p = 0; p < mean.size(); ++p) {
            mean[p].zero_();
            for (PlainNet& net : results)
                mean[p].add_(net.parameters()[p], 1.0 / clients);
        }
        std::int64_t right = 0;
        for (std::int64_t begin = 0; begin < data.test.count; begin += 1000) {
            const at::Tensor guess = server.forward(test.images.slice(0, begin, begin + 1000)).argmax(1);
            right += guess.eq(test.labels.slice(0, begin, begin + 1000)).sum().item<std::int64_t>();
        }
        std::printf("round %d accuracy %.4f\n", round + 1,
                    static_cast<double>(right) / static_cast<double>(data.test.count));
    }
    return 0;
}

void write_scheme(const std::filesystem::path& file, const std::string& data, const char* epochs, int copies,
                  int times, const char* end) {
    std::ofstream(file) << "data = " << data
                        << "\nnet = mlp(784, 64, 32, 10)\nclient = train(data, optimizer: adam(lr: " << rate
                        << "), batch: " << batch << ", epochs: " << epochs
                        << ")\nscheme = init(net) >> feedback(rounds: " << times
                        << ") { broadcast >> [| client |]^" << copies << " >> reduce(fedavg)" << end
                        << " }\n";
}

double median(std::vector<double> numbers) {
    std::ranges::sort(numbers);
    return numbers[numbers.size() / 2];
}

template <class Number>
void print_row(const char* name, const std::vector<Cost>& costs, Number number, const char* unit) {
    std::vector<double> numbers;
    for (const Cost& cost : costs)
        numbers.push_back(number(cost));
    const auto [least, most] = std::ranges::minmax(numbers);
    std::printf("  %-34s %7.2f %s  (%.2f to %.2f)\n", name, median(numbers), unit, least, most);
}

void print_costs(const char* name, const std::vector<Cost>& costs) {
    std::printf("%s\n", name);
    print_row("wall", costs, [](const Cost& c) { return c.wall; }, "s");
    print_row("CPU", costs, [](const Cost& c) { return c.cpu; }, "s");
    print_row("peak memory", costs, [](const Cost& c) { return c.peak; }, "MB");
}

int run(const char* self, int turns, int threads) {
    namespace fs = std::filesystem;
    setenv("OPENBLAS_NUM_THREADS", "1", 1);  // for both: what a careful user does
    setenv("OMP_NUM_THREADS", "1", 1);
    const fs::path folder = fs::temp_directory_path() / ("trama-whole-run-" + std::to_string(getpid()));
    fs::create_directories(folder);
    const auto mnist = mnist_folder();
    const std::string data = mnist ? "mnist(dir: \"" + mnist->string() + "\")"
                                   : "synthetic(samples: 60000, features: 784, classes: 10)";
    write_scheme(folder / "whole.trama", data, "1", clients, rounds, " >> test(data)");
    write_scheme(folder / "start.trama", data, "0.0001", 1, 1, "");
    const auto trama = [&](const char* scheme) {
        return std::vector<std::string>{TRAMA_BINARY,
                                        "run",
                                        (folder / scheme).string(),
                                        "--quiet",
                                        "--overwrite",
                                        "--threads",
                                        std::to_string(threads),
                                        "--out",
                                        (folder / "out").string()};
    };
    std::vector<Cost> ours, plain, starts;
    for (int turn = 0; turn < turns; ++turn) {
        ours.push_back(measure(trama("whole.trama")));
        plain.push_back(measure({self, "--plain", std::to_string(threads)}));
        starts.push_back(measure(trama("start.trama")));
    }
    fs::remove_all(folder);

    std::printf("%d clients, %d rounds, %d threads, %d turns; %s\n\n", clients, rounds, threads, turns,
                mnist ? "MNIST" : "synthetic data of MNIST's size (MNIST is not there; set TRAMA_DATA)");
    print_costs("trama run", ours);
    print_costs("libtorch alone", plain);
    std::printf("trama run with one batch: start-up, data, one batch, saving\n");
    print_row("wall (goal: at most 0.8 s)", starts, [](const Cost& c) { return c.wall; }, "s");
    std::vector<double> ratios;
    for (std::size_t i = 0; i < ours.size(); ++i)
        ratios.push_back(ours[i].cpu / plain[i].cpu);
    const auto [least, most] = std::ranges::minmax(ratios);
    std::printf("\n  CPU, trama / libtorch alone        %7.2f    (%.2f to %.2f)   goal: at most 1.05\n",
                median(ratios), least, most);
    return 0;
}

}  // namespace
}  // namespace trama::bench

/// whole_run [turns [threads]]
int main(int count, char** arguments) {
    const auto number = [&](int at, int otherwise) {
        return count > at ? std::max(1, std::atoi(arguments[at])) : otherwise;
    };
    if (count > 1 && std::string(arguments[1]) == "--plain") {
        return trama::bench::plain_program(number(2, 1));
    }
    return trama::bench::run("/proc/self/exe", number(1, 3), number(2, 2));
}
