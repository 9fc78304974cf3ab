#include <algorithm>
#include <limits>
#include <utility>

#include "network/passes.hpp"

namespace trama::network {

std::int64_t streams_of(const lang::Type& type) {
    switch (type.kind) {
        case lang::Type::Kind::nothing:
            return 0;
        case lang::Type::Kind::bundle:
            return type.width * streams_of(*type.inner);
        default:
            return 1;
    }
}

std::string payload_of(const lang::Type& type) {
    switch (type.kind) {
        case lang::Type::Kind::nothing:
            return "()";
        case lang::Type::Kind::payload:
            return type.payload;
        case lang::Type::Kind::list:
            return "[" + payload_of(*type.inner) + "]";
        case lang::Type::Kind::bundle:
            return payload_of(*type.inner);
    }
    return {};
}

ChannelId connect(Network& network, ActorId from, std::size_t from_port, ActorId to, std::size_t to_port,
                  std::string payload) {
    Channel channel;
    channel.id = static_cast<ChannelId>(network.channels.size());
    channel.from = from;
    channel.from_port = static_cast<std::uint32_t>(from_port);
    channel.to = to;
    channel.to_port = static_cast<std::uint32_t>(to_port);
    channel.payload = std::move(payload);
    auto& outputs = network.actors[from].outputs;
    if (outputs.size() <= from_port) outputs.resize(from_port + 1);
    outputs[from_port] = channel.id;
    auto& inputs = network.actors[to].inputs;
    if (inputs.size() <= to_port) inputs.resize(to_port + 1);
    inputs[to_port] = channel.id;
    network.channels.push_back(std::move(channel));
    return network.channels.back().id;
}

const lang::Parameter* parameter_of(const lang::Signature& signature, std::string_view type) {
    const auto found = std::ranges::find_if(
        signature.parameters, [&](const auto& parameter) { return parameter.type.starts_with(type); });
    return found == signature.parameters.end() ? nullptr : &*found;
}

}  // namespace trama::network
