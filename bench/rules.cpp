// Every aggregation rule on updates of one base, against memcpy of the same bytes. All are measured in turn
// within each repetition, so that a busy moment of the machine meets all of them; the ratios are medians over
// the repetitions.
//
//   bench_rules [UPDATES [PARAMETERS [REPETITIONS]]]      default: 16 10000000 5

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "measure.hpp"
#include "trama/learn/library.hpp"
#include "updates.hpp"

namespace {

using namespace trama;
using bench::median;
using bench::seconds;

long argument(int argc, char** argv, int index, long fallback) {
    const long value = argc > index ? std::atol(argv[index]) : fallback;
    if (value <= 0) {
        std::fprintf(stderr, "usage: %s [UPDATES [PARAMETERS [REPETITIONS]]]\n", argv[0]);
        std::exit(2);
    }
    return value;
}

struct Way {
    std::string name;
    double bytes;
    std::function<void()> work;
    std::vector<double> bytes_per_second = {};
};

}  // namespace

int main(int argc, char** argv) {
    const auto count = argument(argc, argv, 1, 16);
    const auto parameters = argument(argc, argv, 2, 10'000'000);
    const auto repetitions = argument(argc, argv, 3, 5);

    const auto layout = std::make_shared<const core::Layout>(
        std::vector<core::Entry>{{"weight", core::DType::f32, {parameters}, 0}});
    const auto values = bench::updates(count, layout);
    const auto& start = *values.front().update()->base;
    const double bytes = static_cast<double>(count) * static_cast<double>(layout->bytes());

    core::ParameterBuffer target(layout);
    std::vector<Way> ways{{"memcpy of each update", bytes, [&] {
                               for (const auto& value : values) {
                                   const auto from = value.model()->params.bytes();
                                   std::memcpy(target.bytes().data(), from.data(), from.size());
                                   asm volatile("" : : "r"(target.bytes().data()) : "memory");
                               }
                           }}};
    learn::Library library;
    learn::add_builtins(library);
    learn::Resources resources(library, 1, []() -> core::Result<learn::Backend*> {
        return core::fail(core::ErrorKind::run, "none");
    });
    measure::Observer observer;
    network::Actor actor;
    actor.inputs.resize(static_cast<std::size_t>(count));
    const core::Round round{1};
    const learn::Context context{actor, round, 1, observer, {}};
    std::vector<std::unique_ptr<core::State>> states;
    for (const auto* signature : library.registry().all()) {
        const auto* factory = library.rule(signature->name);
        // Not those that fold lists with weights, or answer update by update.
        const bool aggregates = signature->group == "Aggregation" || signature->group == "Robust aggregation";
        if (factory == nullptr || !aggregates || signature->needs_weights || signature->mixes ||
            signature->name == "metrics")
            continue;
        const std::shared_ptr<const learn::Rule> rule =
            *(*factory)(bench::call_of(*signature, count), resources);
        states.push_back(std::make_unique<core::State>(rule->init(start)));
        const bool controls = signature->name == "scaffold";  // reads as much again
        ways.push_back({signature->name, controls ? 2 * bytes : bytes,
                        [&, rule, state = states.back().get(), name = signature->name] {
                            const auto folded = rule->apply(context, *state, values);
                            if (folded) return;
                            std::fprintf(stderr, "%s: %s\n", name.c_str(), folded.error().message.c_str());
                            std::exit(1);
                        }});
    }

    for (long repetition = 0; repetition < repetitions; ++repetition) {
        for (auto& way : ways) {
            way.work();  // the first in the row would pay for memory that the others find
            way.bytes_per_second.push_back(way.bytes / seconds(way.work));
        }
    }

    std::printf("%ld updates of %ld parameters, one thread, medians of %ld\n", count, parameters,
                repetitions);
    std::printf("%-30s %10s %10s %10s\n", "", "seconds", "GB/s in", "of memcpy");
    for (const auto& way : ways) {
        std::vector<double> ratios;
        for (std::size_t i = 0; i < way.bytes_per_second.size(); ++i)
            ratios.push_back(way.bytes_per_second[i] / ways[0].bytes_per_second[i]);
        const double speed = median(way.bytes_per_second);
        std::printf("%-30s %10.3f %10.2f %10.2f\n", way.name.c_str(), way.bytes / speed, speed / 1e9,
                    median(std::move(ratios)));
    }
    return 0;
}
