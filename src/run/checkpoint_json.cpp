#include "run/checkpoint_json.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

namespace trama::run {
namespace {

using nlohmann::json;

// JSON has no numbers that are not finite.
json from_number(double value) {
    if (std::isfinite(value)) return value;
    return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

double to_number(const json& value) {
    if (value.is_number()) return value.get<double>();
    const auto& word = value.get_ref<const std::string&>();
    if (word == "nan") return std::numeric_limits<double>::quiet_NaN();
    const auto infinity = std::numeric_limits<double>::infinity();
    return word == "inf" ? infinity : word == "-inf" ? -infinity : throw std::invalid_argument(word);
}

json from_numbers(const core::Numbers& numbers) {
    auto all = json::object();
    for (const auto& [name, value] : numbers)
        all[name] = from_number(value);
    return all;
}

core::Numbers to_numbers(const json& object) {
    core::Numbers numbers;
    for (const auto& [name, value] : object.items())
        numbers[name] = to_number(value);
    return numbers;
}

json from_metrics(const core::Metrics& metrics) {
    auto all = json::object();
    for (const auto& [name, metric] : metrics)
        all[name] = {from_number(metric.value), from_number(metric.samples)};
    return all;
}

core::Metrics to_metrics(const json& object) {
    core::Metrics metrics;
    for (const auto& [name, pair] : object.items())
        metrics[name] = {to_number(pair.at(0)), to_number(pair.at(1))};
    return metrics;
}

template <class Sets>
json from_sets(const Sets& sets, TensorTable& tensors) {
    auto all = json::object();
    for (const auto& [name, set] : sets)
        all[name] = tensors.add(set);
    return all;
}

json from_value(const core::Value& value, TensorTable& tensors) {
    if (value.is_skip()) return "skip";
    if (const auto* list = value.list()) {
        auto all = json::array();
        for (const auto& element : *list)
            all.push_back(from_value(element, tensors));
        return all;
    }
    const auto* model = value.model();
    if (model == nullptr)
        throw std::invalid_argument(fmt::format("a checkpoint cannot hold {}", value.type()));
    return {{"params", tensors.add(model->params)},
            {"buffers", tensors.add(model->buffers)},
            {"extra", from_sets(model->extra, tensors)},
            {"architecture", model->architecture ? json(core::to_text(*model->architecture)) : json()},
            {"version", model->version},
            {"weight", from_number(model->weight)},
            {"metrics", from_metrics(model->metrics)},
            {"facts", from_numbers(model->facts)}};
}

/// Makes sets and models again; what shared a buffer shares one.
class Maker {
  public:
    Maker(const core::ParameterSet& joined, const Nets& nets) : joined_(joined), nets_(nets) {}

    const core::ParameterSet& set(const json& number) {
        const auto key = number.get<std::size_t>();
        const auto found = sets_.find(key);
        if (found != sets_.end()) return found->second;
        return sets_.emplace(key, core::part_of(joined_, fmt::format("{}/", key))).first->second;
    }

    template <class Sets>
    Sets sets(const json& object) {
        Sets all;
        for (const auto& [name, number] : object.items())
            all.emplace(name, set(number));
        return all;
    }

    core::Value value(const json& from) {
        if (from.is_string()) return core::Skip{};
        if (from.is_array()) {
            core::Values list;
            for (const auto& element : from)
                list.push_back(value(element));
            return list;
        }
        return model(from);
    }

    core::Model model(const json& from) {
        core::Model made;
        made.params = set(from.at("params"));
        made.buffers = set(from.at("buffers"));
        made.extra = sets<decltype(made.extra)>(from.at("extra"));
        if (const auto& text = from.at("architecture"); text.is_string()) {
            const auto net = nets_.find(text.get<std::string>());
            if (net == nets_.end()) throw std::invalid_argument("a net that the scheme does not name");
            made.architecture = net->second;
        }
        made.version = from.at("version").get<std::int64_t>();
        made.weight = to_number(from.at("weight"));
        made.metrics = to_metrics(from.at("metrics"));
        made.facts = to_numbers(from.at("facts"));
        return made;
    }

  private:
    const core::ParameterSet& joined_;
    const Nets& nets_;
    std::map<std::size_t, core::ParameterSet> sets_;
};

}  // namespace

std::size_t TensorTable::add(const core::ParameterSet& set) {
    // A set without bytes may share its address with another.
    if (!set.empty()) {
        const auto [found, fresh] = numbers_.emplace(set.bytes().data(), sets_.size());
        if (!fresh) return found->second;
    }
    sets_.push_back(set);
    return sets_.size() - 1;
}

core::ParameterSet TensorTable::joined() const {
    std::vector<core::Prefixed> all;
    for (std::size_t i = 0; i < sets_.size(); ++i)
        all.push_back({fmt::format("{}/", i), &sets_[i]});
    return core::join(all);
}

json to_json(const engine::Checkpoint& checkpoint, TensorTable& tensors) {
    auto streams = json::array();
    for (const auto& stream : checkpoint.streams) {
        streams.push_back({{"value", from_value(stream.value, tensors)},
                           {"base", stream.base ? from_value(core::Value(stream.base), tensors) : json()},
                           {"entering", from_metrics(stream.entering)}});
    }
    auto best = json::array();
    for (const auto& value : checkpoint.best)
        best.push_back(from_value(value, tensors));
    auto states = json::object();
    for (const auto& [name, state] : checkpoint.states) {
        states[name] = {{"started", state.started},
                        {"sets", from_sets(state.state.sets, tensors)},
                        {"numbers", from_numbers(state.state.numbers)}};
    }
    return {{"loop", checkpoint.loop},
            {"round", checkpoint.round},
            {"streams", streams},
            {"best", best},
            {"best_score", from_number(checkpoint.best_score)},
            {"seconds", from_number(checkpoint.seconds)},
            {"states", states}};
}

engine::Checkpoint from_json(const json& from, const core::ParameterSet& joined, const Nets& nets) {
    Maker make(joined, nets);
    engine::Checkpoint made;
    made.loop = from.at("loop").get<std::string>();
    made.round = from.at("round").get<std::int64_t>();
    for (const auto& stream : from.at("streams")) {
        const auto& base = stream.at("base");
        made.streams.push_back(
            {make.value(stream.at("value")),
             base.is_null() ? nullptr : std::make_shared<const core::Model>(make.model(base)),
             to_metrics(stream.at("entering"))});
    }
    for (const auto& value : from.at("best"))
        made.best.push_back(make.value(value));
    made.best_score = to_number(from.at("best_score"));
    made.seconds = to_number(from.at("seconds"));
    for (const auto& [name, state] : from.at("states").items()) {
        made.states[name] = {
            {make.sets<decltype(core::State::sets)>(state.at("sets")), to_numbers(state.at("numbers"))},
            state.at("started").get<bool>()};
    }
    return made;
}

}  // namespace trama::run
