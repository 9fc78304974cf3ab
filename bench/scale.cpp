// How the simulated engine grows: whole runs of `trama run --engine simulated` in processes of their own, so
// that the system says what each took.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "child.hpp"

namespace {

namespace fs = std::filesystem;

using trama::bench::Cost;

/// What it took, and the seconds of the run itself, without start-up and saving.
struct Timed {
    Cost cost;
    double run;
};

Timed run(const fs::path& folder, const std::string& scheme, const std::vector<std::string>& more) {
    const auto file = folder / "scheme.trama";
    std::ofstream(file) << scheme;
    std::vector<std::string> words{
        TRAMA_BINARY, "run", "--quiet", "--engine", "simulated", "--out", (folder / "run").string(),
        "--overwrite"};
    words.insert(words.end(), more.begin(), more.end());
    words.push_back(file.string());
    const auto cost = trama::bench::measure(words);
    std::ifstream summary(folder / "run" / "summary.json");
    return {cost, nlohmann::json::parse(summary).at("seconds").at("run").get<double>()};
}

/// Each client has 60 of MNIST's samples: beyond 1,000 clients several have the same.
std::string clients_of_60(const std::string& data, const std::string& net, int clients, int rounds,
                          const std::string& share) {
    std::string parts;
    for (int i = 0; i < clients; ++i)
        parts += (i == 0 ? "" : ", ") + std::to_string(i % 1000);
    return "data = " + data + "\nnet = " + net + "\npart = [" + parts +
           "]\nscheme = init(net) >> feedback(rounds: " + std::to_string(rounds) +
           ") { broadcast >> sample(" + share +
           ") >> [| train(data, optimizer: sgd(lr: 0.01), batch: 10, part: part[i], parts: 1000) |]^(i: " +
           std::to_string(clients) + ") >> reduce(fedavg) }\n";
}

}  // namespace

int main(int argc, char** argv) {
    const std::string data = argc > 1 ? argv[1] : "synthetic(samples: 60000, features: 784, classes: 10)";
    const int most = argc > 2 ? std::atoi(argv[2]) : 10'000;
    const int million = argc > 3 ? std::atoi(argv[3]) : 1'000'000;
    const auto folder = fs::temp_directory_path() / ("trama-scale-" + std::to_string(getpid()));
    fs::create_directory(folder);
    std::printf("clients of 60 samples, batch 10, one epoch; 10 %% of them a round; one thread\n");
    std::printf("%-12s %8s %8s %12s %12s %10s %10s\n", "net", "clients", "updates", "updates/s", "us/update",
                "CPU s", "peak MB");
    for (const std::string net : {"linear(784, 10)", "mlp(784, 64, 32, 10)"}) {
        for (int clients = 100; clients <= most; clients *= 10) {
            const int rounds = std::max(20, 20'000 / clients);
            const auto timed =
                run(folder, clients_of_60(data, net, clients, rounds, "fraction: 10%"), {"--threads", "1"});
            const double updates = static_cast<double>(clients) / 10 * rounds;
            std::printf("%-12s %8d %8.0f %12.0f %12.1f %10.2f %10.0f\n", net.substr(0, 6).c_str(), clients,
                        updates, updates / timed.run, 1e6 * timed.run / updates, timed.cost.cpu,
                        timed.cost.peak);
        }
    }
    std::printf(
        "\nwithout training (time, bytes and energy only), 10 %% of the clients a round, 100 rounds\n");
    std::printf("%8s %12s %10s %10s\n", "clients", "run s", "wall s", "peak MB");
    for (int clients = 1000; clients <= million; clients *= 10) {
        const std::string scheme =
            "data = synthetic(samples: 1000, features: 784, classes: 10)\nnet = linear(784, 10)\nscheme = "
            "init(net) "
            ">> feedback(rounds: 100) { broadcast >> sample(fraction: 10%) >> [| train(data, optimizer: "
            "sgd(lr: 0.01), part: 0, parts: "
            "10) |]^" +
            std::to_string(clients) + " >> reduce(fedavg) }\n";
        const auto timed =
            run(folder, scheme, {"--no-training", "--devices", "raspberry-pi-4", "--max-actors", "3000000"});
        std::printf("%8d %12.2f %10.2f %10.0f\n", clients, timed.run, timed.cost.wall, timed.cost.peak);
    }
    fs::remove_all(folder);
    return 0;
}
