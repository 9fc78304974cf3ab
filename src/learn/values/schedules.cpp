#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "../arguments.hpp"
#include "trama/core/elementary.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

constexpr double pi = 3.14159265358979323846;

/// What lies behind: 0 and 0 in the first step of the first round.
struct Progress {
    std::int64_t rounds = 0, steps = 0;
};

bool by_step(const core::Call& schedule) {
    return schedule.find("per") != nullptr && word(schedule, "per") == "step";
}

double at(const core::Constant& value, const Progress& progress) {
    if (auto number = value.number()) return *number;
    if (const auto* share = value.as<core::Fraction>()) return share->value;
    const auto* call = value.call();
    if (call == nullptr)
        throw std::invalid_argument(fmt::format("`{}` is no number and no schedule", core::to_text(value)));

    const auto& name = call->function;
    const auto done = by_step(*call) ? progress.steps : progress.rounds;
    if (name == "constant") return real(*call, "value");
    if (name == "cosine") {
        auto start = real(*call, "start"), end = real(*call, "end");
        auto over = integer(*call, "over");
        auto share = static_cast<double>(std::min(done, over)) / static_cast<double>(over);
        return end + (start - end) * ((1.0 + core::cos(pi * share)) / 2.0);
    }
    if (name == "step") {
        const std::int64_t times = done / integer(*call, "every");
        return real(*call, "start") * core::pow(real(*call, "by"), static_cast<double>(times));
    }
    if (name == "exponential") {
        return real(*call, "start") * core::pow(real(*call, "by"), static_cast<double>(done));
    }
    if (name == "warmup") {
        auto over = integer(*call, "over");
        auto share = static_cast<double>(std::min(done + 1, over)) / static_cast<double>(over);
        return at(argument(*call, "then"), progress) * share;
    }
    throw std::invalid_argument(fmt::format("`{}` is not a schedule", name));
}

std::int64_t rounds_done(const core::Round& round) {
    return round.empty() ? 0 : std::max<std::int64_t>(round.back() - 1, 0);
}

Param per() {
    return Param("per", "one_of(round, step)",
                 "What is counted: rounds, or the steps of local training, from the first of a round (with "
                 "`keep: true` of the run; a server makes one step a round).")
        .or_else("round");
}

}  // namespace

double scheduled(const core::Constant& value, const core::Round& round) {
    return at(value, {rounds_done(round), rounds_done(round)});
}

double scheduled(const core::Constant& value, const core::Round& round, std::int64_t step) {
    return at(value, {rounds_done(round), step - 1});
}

bool counts_steps(const core::Constant& value) {
    const auto* call = value.call();
    return call != nullptr &&
           (by_step(*call) || (call->function == "warmup" && counts_steps(argument(*call, "then"))));
}

void add_schedules(Library& library) {
    library.add_value(Describe("constant", "schedule")
                          .in("Schedules")
                          .says("The same number in every round.")
                          .like("sgd(lr: constant(0.1))")
                          .takes(Param("value", "real", "The number.")));
    library.add_value(
        Describe("cosine", "schedule")
            .in("Schedules")
            .says("Falls from `start` to `end` along half a cosine over `over` rounds (or steps), and stays "
                  "there.")
            .like("sgd(lr: cosine(0.1, over: 100))")
            .after("Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, ICLR 2017")
            .takes(Param("start", "real", "Value in the first round."))
            .takes(Param("over", "int", "Rounds that the fall takes.").at_least(1))
            .takes(Param("end", "real", "Value after that.").or_else("0"))
            .takes(per()));
    library.add_value(Describe("step", "schedule")
                          .in("Schedules")
                          .says("Starts at `start` and is multiplied by `by` after every `every` rounds.")
                          .like("sgd(lr: step(0.1, every: 10, by: 0.5))")
                          .takes(Param("start", "real", "Value in the first `every` rounds."))
                          .takes(Param("every", "int", "Rounds between two changes.").at_least(1))
                          .takes(Param("by", "real", "Factor.").or_else("0.1").above(0))
                          .takes(per()));
    library.add_value(Describe("exponential", "schedule")
                          .in("Schedules")
                          .says("Starts at `start` and is multiplied by `by` after every round.")
                          .like("sgd(lr: exponential(0.1, by: 0.99))")
                          .takes(Param("start", "real", "Value in the first round."))
                          .takes(Param("by", "real", "Factor per round.").above(0))
                          .takes(per()));
    library.add_value(
        Describe("warmup", "schedule")
            .in("Schedules")
            .says("Grows linearly over the first rounds: in round r of `over`, r/over of what `then` says.")
            .like("sgd(lr: warmup(over: 5, then: cosine(0.1, over: 100)))")
            .takes(Param("over", "int", "Rounds until the full value.").at_least(1))
            .takes(Param("then", "real | schedule", "The full value."))
            .takes(per()));
}

}  // namespace trama::learn
