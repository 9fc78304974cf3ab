#include "engine/simulated/cost.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "learn/arguments.hpp"

namespace trama::engine {
namespace {

using LayerKind = learn::Layer::Kind;

double product(const std::vector<std::int64_t>& shape) {
    return std::accumulate(shape.begin(), shape.end(), 1.0,
                           [](double a, std::int64_t b) { return a * static_cast<double>(b); });
}

double of_layer(const learn::Layer& layer, const learn::Shape& given) {
    const auto in = static_cast<double>(layer.in);
    const auto out = static_cast<double>(layer.out);
    switch (layer.kind) {
        case LayerKind::linear:
            return in * out;
        case LayerKind::conv2d:
            return product(given) * in * static_cast<double>(layer.kernel * layer.kernel);
        case LayerKind::lstm:  // four gates, each from the input and from the last output, in every step
            return static_cast<double>(given.front()) * 4 * out * (in + out);
        default:
            return 0;
    }
}

const core::Call* net_in(const core::Call& call) {
    if (call.function != "init") return nullptr;
    const auto* net = call.find("net");
    return net != nullptr ? net->call() : nullptr;
}

/// The `sample` of several streams that a channel leads to; null for anything else.
const network::Actor* chooser(const network::Network& network, network::ChannelId channel) {
    const auto& to = network.actors[network.channels[channel].to];
    return to.kind == network::Kind::sample && to.inputs.size() > 1 ? &to : nullptr;
}

/// Of each actor: the first of the `inits` whose model comes to it, by number; 0 where none does.
std::vector<std::uint32_t> nearest(const network::Network& network,
                                   const std::vector<network::ActorId>& inits) {
    constexpr auto none = std::numeric_limits<std::uint32_t>::max();
    std::vector<std::uint32_t> from(network.actors.size(), none);
    std::vector<network::ActorId> queue(inits);
    for (std::size_t i = 0; i < inits.size(); ++i)
        from[inits[i]] = static_cast<std::uint32_t>(i);
    for (std::size_t next = 0; next < queue.size(); ++next) {
        const auto number = from[queue[next]];
        for (auto output : network.actors[queue[next]].outputs) {
            // Streams that are chosen among stay apart, where they come one by one.
            while (const auto* to = chooser(network, output))
                output = to->outputs[network.channels[output].to_port];
            const auto& channel = network.channels[output];
            const bool side = network.actors[channel.to].kind == network::Kind::join && channel.to_port > 0;
            if (channel.back_edge || side || from[channel.to] != none) continue;
            from[channel.to] = number;
            queue.push_back(channel.to);
        }
    }
    std::ranges::replace(from, none, 0U);
    return from;
}

}  // namespace

double multiply_adds(const learn::Net& net) {
    if (net.layers.empty()) {
        double parameters = 0;
        if (net.params)
            for (const auto& entry : net.params->entries())
                parameters += static_cast<double>(entry.elements());
        return parameters;
    }
    const auto shapes = learn::follow(net.input, net.layers);
    if (!shapes) return 0;
    double sum = 0;
    for (std::size_t i = 0; i < net.layers.size(); ++i)
        sum += of_layer(net.layers[i], (*shapes)[i]);
    return sum;
}

core::Result<Workload> Workload::of(const network::Network& network, learn::Resources& resources) {
    Workload work;
    work.samples_.resize(network.actors.size());
    std::unordered_map<const core::Call*, std::shared_ptr<const learn::Dataset>> sets;
    std::vector<network::ActorId> inits;
    std::unordered_map<const core::Call*, double> nets;  // by the call of their init: shared where equal
    for (const auto& actor : network.actors) {
        if (actor.kind != network::Kind::function || !actor.call) continue;
        const auto& call = *actor.call;
        if (const auto* net = net_in(call)) {
            const auto [known, fresh] = nets.try_emplace(&call, 0);
            if (fresh) {
                auto made = resources.net(*net);
                if (!made) return tl::unexpected(made.error());
                known->second = multiply_adds(**made);
            }
            inits.push_back(actor.id);
            work.multiply_adds_.push_back(known->second);
        }
        const bool trains = call.function == "train";
        if (!actor.data || (!trains && call.function != "test")) continue;
        const auto [found, fresh] = work.tasks_.try_emplace(&call);
        auto& task = found->second;
        if (fresh) {
            task.trains = trains;
            if (const auto* part = call.find("part")) {
                if (const auto* number = part->as<std::int64_t>()) task.part = *number;
                task.all = part->as<core::Symbol>() != nullptr && learn::word(call, "part") == "all";
            }
            if (learn::given(call, "parts")) task.parts = learn::integer(call, "parts");
            if (trains) {
                if (learn::given(call, "epochs")) task.epochs = learn::real(call, "epochs");
                if (learn::given(call, "max_batches") && learn::given(call, "batch"))
                    task.most = static_cast<double>(learn::integer(call, "max_batches")) *
                                static_cast<double>(learn::integer(call, "batch"));
            }
        }
        auto& data = sets[actor.data.get()];
        if (!data) {
            auto made = resources.data(*actor.data);
            if (!made) return tl::unexpected(made.error());
            data = std::move(*made);
        }
        const bool on_train =
            trains || (learn::given(call, "split") && learn::word(call, "split") == "train");
        if (task.all) {
            const auto& split = on_train ? data->train : data->test;
            work.samples_[actor.id] = static_cast<std::uint32_t>(split.count);
            continue;
        }
        auto part = resources.part(*data, on_train ? learn::Split::train : learn::Split::test,
                                   task.part >= 0 ? task.part : actor.rank,
                                   task.parts > 0 ? task.parts : actor.copies);
        if (!part) return tl::unexpected(part.error());
        work.samples_[actor.id] = static_cast<std::uint32_t>(part->size());
    }
    if (inits.empty()) work.multiply_adds_.push_back(0);
    work.init_ = nearest(network, inits);
    return work;
}

bool Workload::counts(const network::Actor& actor) const {
    return actor.call && tasks_.contains(actor.call.get());
}

double Workload::seconds(const network::Actor& actor, const DeviceClass& device) const {
    // Training: forwards, and backwards for the inputs and for the parameters.
    constexpr double forward = 1, there_and_back = 3, operations = 2;
    const auto& task = tasks_.at(actor.call.get());
    double samples = samples_[actor.id];
    if (task.trains) {
        samples *= task.epochs;
        if (task.most > 0) samples = std::min(samples, task.most);
    }
    const double rate = task.trains ? device.train_rate : device.test_rate;
    if (rate > 0) return samples / rate;
    const double passes = task.trains ? there_and_back : forward;
    if (device.flops > 0) {
        const auto each = operations * multiply_adds_[init_[actor.id]] * passes;
        return samples * each / device.flops;
    }
    if (device.train_rate > 0) return samples / (there_and_back * device.train_rate);
    return 0;
}

}  // namespace trama::engine
