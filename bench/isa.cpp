// Work whose instructions bench/isa counts, done so many times:
//
//   bench_isa WORK TIMES       prints how many elements or tokens that were
//   bench_isa                  prints what it was built with, then the names of all work
//
// Two runs that differ in TIMES alone tell what the work itself takes.

#include <gnu/libc-version.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>

#include <fmt/format.h>
#include <oneapi/tbb/version.h>

#include "empty_actors.hpp"
#include "trama/engine/engine.hpp"
#include "updates.hpp"

namespace {

using namespace trama;

constexpr long clients = 8, parameters = 20'000;

template <class T>
T checked(core::Result<T> result) {
    if (result) return std::move(*result);
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(1);
}

/// What the functions and rules of one actor see.
struct Bench {
    Bench() {
        learn::add_builtins(library);
        actor.inputs.resize(clients);
    }
    learn::Library library;
    learn::Resources resources{library, 1, []() -> core::Result<learn::Backend*> {
                                   return core::fail(core::ErrorKind::run, "none");
                               }};
    measure::Observer observer;
    network::Actor actor;
    core::Round round{1};
    learn::Context context() { return {actor, round, 1, observer, {}}; }
    std::shared_ptr<const core::Layout> layout = std::make_shared<const core::Layout>(
        std::vector<core::Entry>{{"weight", core::DType::f32, {200, parameters / 200}, 0}});
};

/// Elements: of all updates that the rule folds.
long fold(const char* name, long times) {
    Bench on;
    const auto values = bench::updates(clients, on.layout);
    const auto call = bench::call_of(*on.library.registry().find(name, "rule"), clients);
    const auto rule = checked((*on.library.rule(name))(call, on.resources));
    auto state = rule->init(*values.front().update()->base);
    for (long i = 0; i < times; ++i)
        checked(rule->apply(on.context(), state, values));
    return times * clients * parameters;
}

/// Elements: of the updates that the block makes smaller.
long compress(const core::Call& call, long times) {
    Bench on;
    const auto values = bench::updates(1, on.layout);
    const auto block = checked((*on.library.function(call.function))(call, on.resources));
    core::State state;
    for (long i = 0; i < times; ++i)
        checked(block->apply(on.context(), state, values.front()));
    return times * parameters;
}

/// Tokens, among actors that do nothing.
long run(const char* engine, long rounds) {
    learn::Library library;
    bench::add_empty(library);
    const auto source =
        run::text(fmt::format("scheme = start >> feedback(rounds: {}) {{ broadcast >> [| same |]^100 >> "
                              "reduce(first) }}",
                              rounds));
    const auto scheme = run::check(source, library);
    const auto network = checked(network::expand(*scheme.scheme));
    learn::Resources resources(library, 0, {});
    measure::Observer nobody;
    engine::RunOptions options;
    options.threads = 1;
    const auto made = checked(engine::make_engine(engine));
    return static_cast<long>(checked(made->run(network, resources, nobody, options, {})).tokens);
}

using Work = std::function<long(long times)>;

std::map<std::string, Work> all_work() {
    std::map<std::string, Work> all;
    for (const char* rule : {"fedavg", "fedadam", "median", "krum", "geometric_median"})
        all[rule] = [rule](long times) { return fold(rule, times); };
    all["topk"] = [](long times) {
        return compress({"topk", {}, {{"keep", {core::Fraction{0.01}}}, {"error_feedback", {true}}}}, times);
    };
    all["quantize"] = [](long times) {
        return compress(
            {"quantize",
             {},
             {{"bits", {std::int64_t{8}}}, {"bucket", {std::int64_t{512}}}, {"error_feedback", {false}}}},
            times);
    };
    for (const char* engine : {"threads", "simulated"})
        all[engine] = [engine](long times) { return run(engine, times); };
    return all;
}

}  // namespace

int main(int argc, char** argv) {
    const auto all = all_work();
    if (argc == 1) {
        std::printf("g++ %s, glibc %s, fmt %d, oneTBB %s\n", __VERSION__, gnu_get_libc_version(), FMT_VERSION,
                    TBB_runtime_version());
        for (const auto& [name, work] : all)
            std::printf("%s\n", name.c_str());
        return 0;
    }
    const auto work = all.find(argv[1]);
    const long times = argc == 3 ? std::atol(argv[2]) : 0;
    if (work == all.end() || times <= 0) {
        std::fprintf(stderr, "usage: %s [WORK TIMES]\n", argv[0]);
        return 2;
    }
    std::printf("%ld\n", work->second(times));
    return 0;
}
