#include "network/passes.hpp"

namespace trama::network {

core::Result<void> add_controls(const lang::Scheme& /*scheme*/, const ExpandOptions& /*options*/,
                                Network& network) {
    for (std::size_t index = 0; index < network.loops.size(); ++index) {
        auto& loop = network.loops[index];
        if (loop.call == nullptr || !needs_control(*loop.call, loop.asynchronous)) continue;
        const auto& stream = network.actors[loop.streams.front()];
        Actor control;
        control.id = static_cast<ActorId>(network.actors.size());
        control.kind = Kind::control;
        control.path = loop.path + "/control";
        control.name = loop.name;
        control.occurrence = stream.occurrence;
        control.block = loop.call;
        control.copy = stream.copy;
        control.loop = static_cast<std::int64_t>(index);
        control.site = stream.site;
        control.span = stream.span;
        loop.control = control.id;
        network.actors.push_back(std::move(control));
        for (std::size_t i = 0; i < loop.streams.size(); ++i) {
            // What came back goes to the control actor, which gives it back.
            const auto back = network.actors[loop.streams[i]].inputs[1];
            auto& channel = network.channels[back];
            channel.to = *loop.control;
            channel.to_port = static_cast<std::uint32_t>(i);
            channel.back_edge = false;
            const auto payload = channel.payload;
            network.actors[*loop.control].inputs.push_back(back);
            const auto again = connect(network, *loop.control, i, loop.streams[i], 1, payload);
            network.channels[again].back_edge = true;
        }
    }
    return {};
}

}  // namespace trama::network
