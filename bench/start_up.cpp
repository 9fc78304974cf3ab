// How long the program takes to begin and end, without libtorch: what a router or a control plane waits for.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "child.hpp"
#include "measure.hpp"

namespace {

struct Job {
    const char* name;
    std::vector<std::string> arguments;
};

}  // namespace

int main(int argc, char** argv) {
    using namespace trama::bench;
    const int turns = argc > 1 ? std::atoi(argv[1]) : 20;
    const std::string trama = TRAMA_BINARY;
    if (turns < 1) {
        std::fprintf(stderr, "bench_start_up: TURNS is a number from 1\n");
        return 2;
    }
    const std::string example = TRAMA_SOURCE_DIR "/examples/fedavg.trama";
    const std::vector<Job> jobs = {
        {"trama --version", {"--version"}},
        {"trama check", {"check", example}},
        {"trama show", {"show", example}},
    };
    std::printf("%-18s %10s %10s %10s %10s   milliseconds, median of %d\n", "", "wall", "least", "CPU",
                "peak, MB", turns);
    for (const Job& job : jobs) {
        std::vector<std::string> command = {trama};
        command.insert(command.end(), job.arguments.begin(), job.arguments.end());
        std::vector<double> wall, cpu;
        double peak = 0;
        measure(command);  // its files come from the disk
        for (int turn = 0; turn < turns; ++turn) {
            const auto cost = measure(command);
            wall.push_back(1e3 * cost.wall);
            cpu.push_back(1e3 * cost.cpu);
            peak = std::max(peak, cost.peak);
        }
        std::printf("%-18s %10.1f %10.1f %10.1f %10.1f\n", job.name, median(wall),
                    *std::ranges::min_element(wall), median(cpu), peak);
    }
}
