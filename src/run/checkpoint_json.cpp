#include "run/checkpoint_json.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
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

json from_model(const core::Model& model, TensorTable& tensors) {
    return {{"params", tensors.add(model.params)},
            {"buffers", tensors.add(model.buffers)},
            {"extra", from_sets(model.extra, tensors)},
            {"architecture", model.architecture ? json(core::to_text(*model.architecture)) : json()},
            {"version", model.version},
            {"weight", from_number(model.weight)},
            {"metrics", from_metrics(model.metrics)},
            {"facts", from_numbers(model.facts)}};
}

/// The bytes that travel, as a set of one tensor.
core::ParameterSet packed(const std::vector<std::byte>& bytes) {
    core::ParameterBuffer buffer(std::make_shared<const core::Layout>(
        std::vector{core::Entry{"bytes", core::DType::u8, {std::ssize(bytes)}, 0}}));
    std::ranges::copy(bytes, buffer.bytes().begin());
    return std::move(buffer).freeze();
}

json from_value(const core::Value& value, TensorTable& tensors);

json from_values(const core::Values& values, TensorTable& tensors) {
    auto all = json::array();
    for (const auto& value : values)
        all.push_back(from_value(value, tensors));
    return all;
}

json from_value(const core::Value& value, TensorTable& tensors) {
    if (value.is_skip()) return "skip";
    if (value.empty()) return "nothing";
    if (const auto* among = value.neighbours()) {
        auto edges = json::array();
        for (const auto& edge : among->edges)
            edges.push_back({edge.sender, from_number(edge.weight), from_number(edge.share)});
        return {{"neighbours", from_values(among->values, tensors)},
                {"edges", edges},
                {"own", among->own ? json(*among->own) : json()}};
    }
    if (const auto* list = value.list()) return from_values(*list, tensors);
    if (const auto* event = value.event())
        return {{"event", event->name}, {"where", event->where}, {"text", event->text}};
    const auto base_of = [&](const std::shared_ptr<const core::Model>& base) {
        return base ? from_model(*base, tensors) : json();
    };
    if (const auto* partial = value.partial()) {
        return {{"sums", tensors.add(partial->sums)},
                {"like", from_model(partial->like, tensors)},
                {"base", base_of(partial->base)},
                {"count", partial->count}};
    }
    if (const auto* update = value.update()) {
        return {{"result", from_model(update->result, tensors)},
                {"base", base_of(update->base)},
                {"encoded", update->encoded ? json(tensors.add(packed(update->encoded->bytes))) : json()}};
    }
    return from_model(*value.model(), tensors);
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

    core::Values values(const json& from) {
        core::Values list;
        for (const auto& element : from)
            list.push_back(value(element));
        return list;
    }

    std::shared_ptr<const core::Model> base(const json& from) {
        return from.is_null() ? nullptr : std::make_shared<const core::Model>(model(from));
    }

    core::Value value(const json& from) {
        if (from == "nothing") return {};
        if (from.is_string()) return core::Skip{};
        if (from.is_array()) return values(from);
        if (from.contains("neighbours")) {
            core::Neighbours among{values(from.at("neighbours")), {}, {}};
            for (const auto& edge : from.at("edges"))
                among.edges.push_back(
                    {edge.at(0).get<std::int64_t>(), to_number(edge.at(1)), to_number(edge.at(2))});
            if (const auto& own = from.at("own"); !own.is_null()) among.own = own.get<std::size_t>();
            return among;
        }
        if (from.contains("event")) {
            return core::Event{from.at("event").get<std::string>(), from.at("where").get<std::string>(),
                               from.at("text").get<std::string>()};
        }
        if (from.contains("sums")) {
            return core::Partial{set(from.at("sums")), model(from.at("like")), base(from.at("base")),
                                 from.at("count").get<std::int64_t>()};
        }
        if (!from.contains("result")) return model(from);
        core::Update update{model(from.at("result")), base(from.at("base")), {}};
        if (const auto& encoded = from.at("encoded"); !encoded.is_null()) {
            const auto bytes = set(encoded).bytes();
            update.encoded =
                std::make_shared<const core::Encoded>(core::Encoded{{bytes.begin(), bytes.end()}});
        }
        return update;
    }

    engine::Remembered remembered(const json& from) {
        engine::Remembered made;
        made.state = {sets<decltype(core::State::sets)>(from.at("sets")), to_numbers(from.at("numbers"))};
        made.started = from.at("started").get<bool>();
        if (const auto found = from.find("model"); found != from.end()) made.model = base(*found);
        return made;
    }

    std::map<std::string, engine::Remembered> states(const json& from) {
        std::map<std::string, engine::Remembered> all;
        for (const auto& [name, state] : from.items())
            all.emplace(name, remembered(state));
        return all;
    }

    engine::Moment::Parcel parcel(const json& from) {
        return {{value(from.at("value")), from.at("round").get<core::Round>()},
                from.at("choices").get<std::map<std::string, std::uint32_t>>()};
    }

    std::vector<engine::Moment::Parcel> parcels(const json& from) {
        std::vector<engine::Moment::Parcel> all;
        for (const auto& one : from)
            all.push_back(parcel(one));
        return all;
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

namespace {

json from_states(const std::map<std::string, engine::Remembered>& states, TensorTable& tensors) {
    auto all = json::object();
    for (const auto& [name, state] : states) {
        auto& one = all[name];
        one = {{"started", state.started},
               {"sets", from_sets(state.state.sets, tensors)},
               {"numbers", from_numbers(state.state.numbers)}};
        if (state.model) one["model"] = from_model(*state.model, tensors);
    }
    return all;
}

json from_parcel(const engine::Moment::Parcel& parcel, TensorTable& tensors) {
    return {{"value", from_value(parcel.token.value, tensors)},
            {"round", parcel.token.round},
            {"choices", parcel.choices}};
}

json from_parcels(const std::vector<engine::Moment::Parcel>& parcels, TensorTable& tensors) {
    auto all = json::array();
    for (const auto& parcel : parcels)
        all.push_back(from_parcel(parcel, tensors));
    return all;
}

json from_moment(const engine::Moment& moment, TensorTable& tensors) {
    auto machines = json::array(), holders = json::array(), queues = json::array(), jobs = json::array(),
         arrivals = json::array();
    for (const auto& [number, free_at, up, down, messages] : moment.machines)
        machines.push_back({number, free_at, up, down, messages});
    for (const auto& [actor, tokens, numbers] : moment.holders)
        holders.push_back(
            {{"actor", actor}, {"tokens", from_parcels(tokens, tensors)}, {"numbers", numbers}});
    for (const auto& [to, port, free_at, tokens] : moment.queues)
        queues.push_back(
            {{"to", to}, {"port", port}, {"free_at", free_at}, {"tokens", from_parcels(tokens, tensors)}});
    for (const auto& [actor, start, end, number] : moment.jobs)
        jobs.push_back({{"actor", actor}, {"start", start}, {"end", end}, {"number", number}});
    for (const auto& [to, port, parcel, at, number] : moment.arrivals)
        arrivals.push_back({{"to", to},
                            {"port", port},
                            {"token", from_parcel(parcel, tensors)},
                            {"at", at},
                            {"number", number}});
    return {{"now", moment.now},
            {"entered_at", moment.entered_at},
            {"events", moment.events},
            {"machines", machines},
            {"holders", holders},
            {"queues", queues},
            {"jobs", jobs},
            {"arrivals", arrivals},
            {"ready", moment.ready},
            {"states", from_states(moment.states, tensors)}};
}

engine::Moment to_moment(const json& from, Maker& make) {
    engine::Moment made;
    made.now = from.at("now").get<double>();
    made.entered_at = from.at("entered_at").get<double>();
    made.events = from.at("events").get<std::uint64_t>();
    for (const auto& one : from.at("machines")) {
        made.machines.push_back({one.at(0).get<std::uint64_t>(), one.at(1).get<double>(),
                                 one.at(2).get<double>(), one.at(3).get<double>(),
                                 one.at(4).get<std::int64_t>()});
    }
    for (const auto& one : from.at("holders")) {
        made.holders.push_back({one.at("actor").get<std::string>(), make.parcels(one.at("tokens")),
                                one.at("numbers").get<std::vector<std::int64_t>>()});
    }
    for (const auto& one : from.at("queues")) {
        made.queues.push_back({one.at("to").get<std::string>(), one.at("port").get<std::uint32_t>(),
                               one.at("free_at").get<double>(), make.parcels(one.at("tokens"))});
    }
    for (const auto& one : from.at("jobs")) {
        made.jobs.push_back({one.at("actor").get<std::string>(), one.at("start").get<double>(),
                             one.at("end").get<double>(), one.at("number").get<std::uint64_t>()});
    }
    for (const auto& one : from.at("arrivals")) {
        made.arrivals.push_back({one.at("to").get<std::string>(), one.at("port").get<std::uint32_t>(),
                                 make.parcel(one.at("token")), one.at("at").get<double>(),
                                 one.at("number").get<std::uint64_t>()});
    }
    made.ready = from.at("ready").get<std::vector<std::string>>();
    made.states = make.states(from.at("states"));
    return made;
}

}  // namespace

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
    auto circulation = json();
    if (const auto& circulates = checkpoint.circulation) {
        const auto& moment = circulates->moment;
        circulation = {{"sent", circulates->sent},
                       {"under_way", circulates->under_way},
                       {"moment", moment ? from_moment(*moment, tensors) : json()}};
    }
    return {{"loop", checkpoint.loop},
            {"round", checkpoint.round},
            {"streams", streams},
            {"best", best},
            {"best_score", from_number(checkpoint.best_score)},
            {"seconds", from_number(checkpoint.seconds)},
            {"states", from_states(checkpoint.states, tensors)},
            {"circulation", circulation}};
}

engine::Checkpoint from_json(const json& from, const core::ParameterSet& joined, const Nets& nets) {
    Maker make(joined, nets);
    engine::Checkpoint made;
    made.loop = from.at("loop").get<std::string>();
    made.round = from.at("round").get<std::int64_t>();
    for (const auto& stream : from.at("streams")) {
        made.streams.push_back({make.value(stream.at("value")), make.base(stream.at("base")),
                                to_metrics(stream.at("entering"))});
    }
    for (const auto& value : from.at("best"))
        made.best.push_back(make.value(value));
    made.best_score = to_number(from.at("best_score"));
    made.seconds = to_number(from.at("seconds"));
    made.states = make.states(from.at("states"));
    // Files of synchronous feedbacks may be older than this.
    if (const auto found = from.find("circulation"); found != from.end() && !found->is_null()) {
        made.circulation = {found->at("sent").get<std::int64_t>(),
                            found->at("under_way").get<std::vector<std::int64_t>>(),
                            {}};
        if (const auto& moment = found->at("moment"); !moment.is_null())
            made.circulation->moment = to_moment(moment, make);
    }
    return made;
}

}  // namespace trama::run
