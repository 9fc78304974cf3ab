#include "method.hpp"

#include "../arguments.hpp"

namespace trama::learn {

core::State taken_out(core::State& state, std::string_view prefix) {
    core::State part;
    const auto take = [&](auto& from, auto& to) {
        for (auto at = from.lower_bound(prefix); at != from.end() && at->first.starts_with(prefix);) {
            to.insert_or_assign(at->first.substr(prefix.size()), std::move(at->second));
            at = from.erase(at);
        }
    };
    take(state.sets, part.sets);
    take(state.numbers, part.numbers);
    return part;
}

void put_back(core::State& state, std::string_view prefix, core::State part) {
    for (auto& [name, set] : part.sets)
        state.sets.insert_or_assign(std::string(prefix) + name, std::move(set));
    for (const auto& [name, number] : part.numbers)
        state.numbers.insert_or_assign(std::string(prefix) + name, number);
}

std::optional<double> normaliser(const TrainTask& task, std::int64_t steps, double unit) {
    if (task.optimizer->function != "sgd") return std::nullopt;
    const double momentum = real(*task.optimizer, "momentum");
    if (momentum != 0 && task.memory != nullptr) return std::nullopt;
    const bool nesterov = truth(*task.optimizer, "nesterov");
    std::int64_t earlier = 0;  // steps of the rounds before, when the optimizer goes on
    if (task.memory != nullptr && task.memory->numbers.contains("steps")) {
        earlier = static_cast<std::int64_t>(task.memory->numbers.at("steps")) - steps;
    }
    double moved = 0, velocity = 0;
    for (std::int64_t step = 1; step <= steps; ++step) {
        const double gradient = 1 - task.adjustment.pull * moved;
        velocity = momentum * velocity + gradient;
        const double rate = task.rate ? task.rate(earlier + step) : task.lr;
        moved += rate * (nesterov ? gradient + momentum * velocity : velocity);
    }
    return moved / unit;
}

}  // namespace trama::learn
