// How the simulated engine grows: whole runs of `trama run --engine simulated` in processes of their own, so
// that the system says what each took.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace {

namespace fs = std::filesystem;

struct Cost {
    double run = 0;  ///< seconds of the phase "run"
    double wall = 0, cpu = 0;
    double peak = 0;  ///< MiB
};

double seconds(const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
}

Cost run(const fs::path& folder, const std::string& scheme, std::vector<std::string> more) {
    const auto file = folder / "scheme.trama";
    std::ofstream(file) << scheme;
    std::vector<std::string> words{
        TRAMA_BINARY, "run", "--quiet", "--engine", "simulated", "--out", (folder / "run").string(),
        "--overwrite"};
    words.insert(words.end(), more.begin(), more.end());
    words.push_back(file.string());
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        const int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDOUT_FILENO);
        execv(arguments[0], arguments.data());
        _exit(127);
    }
    int status = 0;
    rusage used{};
    wait4(child, &status, 0, &used);
    if (status != 0) {
        std::fprintf(stderr, "the run failed\n%s\n", scheme.substr(0, 500).c_str());
        std::exit(1);
    }
    std::ifstream summary(folder / "run" / "summary.json");
    const auto told = nlohmann::json::parse(summary);
    Cost cost;
    cost.wall = told.at("seconds").at("total").get<double>();
    cost.run = told.at("seconds").at("run").get<double>();
    cost.cpu = seconds(used.ru_utime) + seconds(used.ru_stime);
    cost.peak = static_cast<double>(used.ru_maxrss) / 1024;
    return cost;
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
    auto folder = fs::temp_directory_path() / "trama-scale-XXXXXX";
    auto name = folder.string();
    if (mkdtemp(name.data()) == nullptr) return 1;
    folder = name;

    std::printf("clients of 60 samples, batch 10, one epoch; 10 %% of them a round; one thread\n");
    std::printf("%-12s %8s %8s %12s %12s %10s %10s\n", "net", "clients", "updates", "updates/s", "us/update",
                "CPU s", "peak MiB");
    for (const std::string net : {"linear(784, 10)", "mlp(784, 64, 32, 10)"}) {
        for (int clients = 100; clients <= most; clients *= 10) {
            const int rounds = std::max(20, 20'000 / clients);
            const auto cost =
                run(folder, clients_of_60(data, net, clients, rounds, "fraction: 10%"), {"--threads", "1"});
            const double updates = static_cast<double>(clients) / 10 * rounds;
            std::printf("%-12s %8d %8.0f %12.0f %12.1f %10.2f %10.0f\n", net.substr(0, 6).c_str(), clients,
                        updates, updates / cost.run, 1e6 * cost.run / updates, cost.cpu, cost.peak);
        }
    }
    std::printf(
        "\nwithout training (time, bytes and energy only), 10 %% of the clients a round, 100 rounds\n");
    std::printf("%8s %12s %10s %10s\n", "clients", "run s", "wall s", "peak MiB");
    for (int clients = 1000; clients <= million; clients *= 10) {
        const std::string scheme =
            "data = synthetic(samples: 1000, features: 784, classes: 10)\nnet = linear(784, 10)\nscheme = "
            "init(net) "
            ">> feedback(rounds: 100) { broadcast >> sample(fraction: 10%) >> [| train(data, part: 0, parts: "
            "10) |]^" +
            std::to_string(clients) + " >> reduce(fedavg) }\n";
        const auto cost =
            run(folder, scheme, {"--no-training", "--devices", "raspberry-pi-4", "--max-actors", "3000000"});
        std::printf("%8d %12.2f %10.2f %10.0f\n", clients, cost.run, cost.wall, cost.peak);
    }
    fs::remove_all(folder);
    return 0;
}
