// FedAvg of several models against what the machine can do with the same bytes: reading them, and copying
// them with memcpy. All are measured in turn within each repetition, so that a busy moment of the machine
// meets all of them; the ratios are medians over the repetitions.
//
//   bench_aggregate [MODELS [PARAMETERS [REPETITIONS]]]      default: 8 25000000 9

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "measure.hpp"
#include "trama/core/weighted_mean.hpp"

namespace {

using namespace trama;
using bench::median;
using bench::random_set;
using bench::seconds;

/// Keeps the compiler from dropping what nobody reads.
template <class T>
void keep(const T& value) {
    asm volatile("" : : "r"(&value) : "memory");
}

/// The sum of all 64-bit words: as little work per byte as a program can do that reads them all.
std::uint64_t read_all(const std::vector<core::ParameterSet>& models) {
    constexpr std::size_t lanes = 16;
    std::uint64_t sums[lanes] = {};
    for (const auto& model : models) {
        const auto* words = reinterpret_cast<const std::uint64_t*>(model.bytes().data());
        const auto count = model.bytes().size() / sizeof(std::uint64_t);
        for (std::size_t i = 0; i + lanes <= count; i += lanes) {
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                sums[lane] += words[i + lane];
            }
        }
    }
    std::uint64_t all = 0;
    for (const auto sum : sums) {
        all += sum;
    }
    return all;
}

long argument(int argc, char** argv, int index, long fallback) {
    const long value = argc > index ? std::atol(argv[index]) : fallback;
    if (value <= 0) {
        std::fprintf(stderr, "usage: %s [MODELS [PARAMETERS [REPETITIONS]]]\n", argv[0]);
        std::exit(2);
    }
    return value;
}

struct Way {
    std::string name;
    std::function<void()> work;
    std::vector<double> bytes_per_second;
};

}  // namespace

int main(int argc, char** argv) {
    const auto count = static_cast<std::size_t>(argument(argc, argv, 1, 8));
    const auto parameters = argument(argc, argv, 2, 25'000'000);
    const auto repetitions = argument(argc, argv, 3, 9);

    const auto layout = std::make_shared<const core::Layout>(
        std::vector<core::Entry>{{"weight", core::DType::f32, {parameters}, 0}});
    std::vector<core::ParameterSet> models;
    std::vector<std::span<const float>> inputs;
    std::vector<double> weights;
    double total = 0;
    for (std::size_t i = 0; i < count; ++i) {
        models.push_back(random_set(layout, i));
        inputs.push_back(models.back().floats());
        weights.push_back(static_cast<double>(1000 + 17 * i));
        total += weights.back();
    }
    core::ParameterBuffer target(layout);
    std::memset(target.bytes().data(), 0, target.bytes().size());

    std::vector<Way> ways{
        {"read only (sum of words)", [&] { keep(read_all(models)); }, {}},
        {"memcpy of each model",
         [&] {
             for (const auto& model : models) {
                 std::memcpy(target.bytes().data(), model.bytes().data(), model.bytes().size());
                 keep(target);
             }
         },
         {}},
        {"weighted mean",
         [&] {
             core::weighted_mean(inputs, weights, total, target.floats());
             keep(target);
         },
         {}},
        {"weighted mean to a new model",
         [&] {
             core::ParameterBuffer made(layout);
             core::weighted_mean(inputs, weights, total, made.floats());
             keep(std::move(made).freeze());
         },
         {}},
    };
    const double bytes = static_cast<double>(count) * static_cast<double>(layout->bytes());
    for (auto& way : ways) {
        way.work();  // page tables and clocks warm up
    }
    for (long repetition = 0; repetition < repetitions; ++repetition) {
        for (auto& way : ways) {
            way.bytes_per_second.push_back(bytes / seconds(way.work));
        }
    }

    std::printf("%zu models of %ld parameters, one thread, medians of %ld\n", count, parameters, repetitions);
    std::printf("%-30s %10s %10s %10s\n", "", "GB/s in", "of read", "of memcpy");
    for (const auto& way : ways) {
        const auto ratio_to = [&](const Way& reference) {
            std::vector<double> ratios;
            for (std::size_t i = 0; i < way.bytes_per_second.size(); ++i) {
                ratios.push_back(way.bytes_per_second[i] / reference.bytes_per_second[i]);
            }
            return median(std::move(ratios));
        };
        std::printf("%-30s %10.2f %10.2f %10.2f\n", way.name.c_str(), median(way.bytes_per_second) / 1e9,
                    ratio_to(ways[0]), ratio_to(ways[1]));
    }
    return 0;
}
