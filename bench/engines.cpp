// The same schemes on several engines, each run in a process of its own: this program starts itself.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "child.hpp"
#include "empty_actors.hpp"
#include "measure.hpp"
#include "trama/engine/engine.hpp"
#include "trama/lang/diagnostic.hpp"
#include "trama/run/run.hpp"

namespace {

namespace fs = std::filesystem;
using namespace trama;

struct Scheme {
    const char* name;
    std::string begin, body;
};

std::vector<Scheme> schemes() {
    std::string pipe = "same";
    for (int i = 1; i < 100; ++i)
        pipe += " >> same";
    return {{"pipe of 100", "start", pipe},
            {"farm of 100", "start", "broadcast >> [| same |]^100 >> reduce(first)"},
            {"32 to 32", "[| start |]^32", "[| same |]^32 >> exchange(full) >> [| fold(first) |]^32"}};
}

/// In a process of its own: writes seconds and tokens to `file`.
int run_one(const std::string& engine, const std::string& name, const std::string& rounds,
            const fs::path& file) {
    learn::Library library;
    bench::add_empty(library);
    const auto all = schemes();
    const auto scheme = std::ranges::find(all, name, &Scheme::name);
    const auto checked = run::check(run::text("scheme = " + scheme->begin + " >> feedback(rounds: " + rounds +
                                              ") { " + scheme->body + " }"),
                                    library);
    if (!checked.scheme) {
        std::fprintf(stderr, "%s", lang::render(checked.diagnostics).c_str());
        return 1;
    }
    const auto network = network::expand(*checked.scheme);
    learn::Resources resources(library, 0, {});
    measure::Observer nobody;
    engine::RunOptions options;
    options.spin = engine.ends_with(" spin");
    auto made = engine::make_engine(engine.substr(0, engine.find(' ')));
    core::Result<engine::Outcome> outcome;
    const auto seconds =
        bench::seconds([&] { outcome = (*made)->run(*network, resources, nobody, options, {}); });
    if (!outcome) {
        std::fprintf(stderr, "%s\n", outcome.error().message.c_str());
        return 1;
    }
    std::ofstream(file) << seconds << " " << outcome->tokens << "\n";
    return 0;
}

struct Line {
    std::vector<double> wall, cpu, peak, rate;
};

void print(const std::string& scheme, const std::string& engine, const Line& line, bool tokens) {
    std::printf("%-12s %-14s %10.2f %10.2f %10.1f", scheme.c_str(), engine.c_str(), bench::median(line.wall),
                bench::median(line.cpu), bench::median(line.peak));
    if (tokens) std::printf(" %12.0f", bench::median(line.rate));
    std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 6 && std::string(argv[1]) == "--one") return run_one(argv[2], argv[3], argv[4], argv[5]);
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 2000;
    const int turns = argc > 2 ? std::atoi(argv[2]) : 3;
    const std::string training = argc > 3 ? argv[3] : "1000";
    std::vector<std::string> engines{"threads"};
    if (std::ranges::count(engine::engine_names(), "fastflow") > 0)
        engines.insert(engines.end(), {"fastflow", "fastflow spin"});
    const auto folder = fs::temp_directory_path() / ("trama-engines-" + std::to_string(getpid()));
    fs::create_directory(folder);

    std::printf("actors that do nothing; medians of %d\n%-12s %-14s %10s %10s %10s %12s\n", turns, "scheme",
                "engine", "wall s", "CPU s", "peak MB", "tokens/s");
    for (const auto& scheme : schemes()) {
        std::vector<Line> lines(engines.size());
        for (int turn = 0; turn < turns; ++turn)
            for (std::size_t i = 0; i < engines.size(); ++i) {
                const int many = engines[i].ends_with(" spin") ? std::max(1, rounds / 100) : rounds;
                const auto cost = bench::measure({"/proc/self/exe", "--one", engines[i], scheme.name,
                                                  std::to_string(many), (folder / "one").string()});
                double seconds = 0;
                double tokens = 0;
                std::ifstream(folder / "one") >> seconds >> tokens;
                lines[i].wall.push_back(cost.wall);
                lines[i].cpu.push_back(cost.cpu);
                lines[i].peak.push_back(cost.peak);
                lines[i].rate.push_back(tokens / seconds);
            }
        for (std::size_t i = 0; i < engines.size(); ++i)
            print(scheme.name, engines[i], lines[i], true);
    }

    if (fs::exists(fs::path(TRAMA_BINARY).parent_path().parent_path() / "lib/trama/trama_torch.so")) {
        std::printf("\nfederated averaging on digits, %s rounds\n%-12s %-14s %10s %10s %10s\n",
                    training.c_str(), "scheme", "engine", "wall s", "CPU s", "peak MB");
        std::vector<Line> lines(engines.size());
        for (int turn = 0; turn < turns; ++turn)
            for (std::size_t i = 0; i < engines.size(); ++i) {
                std::vector<std::string> words{TRAMA_BINARY, "run",
                                               "--quiet",    "--overwrite",
                                               "--out",      (folder / "run").string(),
                                               "--set",      "rounds=" + training,
                                               "--engine",   engines[i].substr(0, engines[i].find(' '))};
                if (engines[i].ends_with(" spin")) words.insert(words.end(), {"--fastflow", "spin"});
                words.emplace_back(TRAMA_SOURCE_DIR "/examples/fedavg.trama");
                const auto cost = bench::measure(words);
                lines[i].wall.push_back(cost.wall);
                lines[i].cpu.push_back(cost.cpu);
                lines[i].peak.push_back(cost.peak);
            }
        for (std::size_t i = 0; i < engines.size(); ++i)
            print("fedavg", engines[i], lines[i], false);
    }
    fs::remove_all(folder);
    return 0;
}
