#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "network/show.hpp"
#include "trama/core/words.hpp"

namespace trama::network {
namespace {

std::string copy_text(const Actor& actor) {
    return actor.copy.empty() ? std::string() : fmt::format("  copy {} of {}", actor.rank, actor.copies);
}

std::string details(const Network& network, const Actor& actor) {
    auto text = copy_text(actor);
    if (actor.occurrence > 0) text += fmt::format("  use {}", actor.occurrence + 1);
    if (actor.level > 0) text += fmt::format("  level {}", actor.level);
    if (actor.threads > 1) text += fmt::format("  threads {}", actor.threads);
    if (actor.site) text += "  @ " + core::to_text(*actor.site);
    if (actor.state_from) text += "  state from " + network.actors[*actor.state_from].path;
    if (actor.begun_by) text += "  begun by " + network.actors[*actor.begun_by].path;
    if (actor.collected_by) text += "  told by " + network.actors[*actor.collected_by].path;
    return text;
}

std::string end_text(const Network& network, ActorId id, std::uint32_t port, bool out) {
    const auto& actor = network.actors[id];
    const auto name = port_name(actor, port, out);
    return name.empty() ? actor.path : actor.path + ':' + name;
}

std::string line_of(const Network& network, const Channel& channel) {
    auto text = fmt::format("  {} -> {}  {}", end_text(network, channel.from, channel.from_port, true),
                            end_text(network, channel.to, channel.to_port, false), channel.payload);
    if (channel.capacity > 1) text += fmt::format("  room for {}", channel.capacity);
    if (channel.back_edge) text += "  back";
    if (channel.newest) text += "  newest only";
    if (channel.overwrites) text += "  does not wait";
    return text + '\n';
}

}  // namespace

std::string port_name(const Actor& actor, std::size_t port, bool out) {
    if (actor.kind == Kind::loop) return out ? (port == 0 ? "body" : "exit") : (port == 0 ? "entry" : "back");
    if (actor.kind == Kind::tap && out) return port == 0 ? "on" : "side";
    if (actor.kind == Kind::join && !out && port == 0) return "on";
    if (actor.kind == Kind::join && !out)
        return actor.inputs.size() == 2 ? "side" : fmt::format("side.{}", port - 1);
    const auto ports = out ? actor.outputs.size() : actor.inputs.size();
    return ports > 1 ? std::to_string(port) : std::string();
}

std::string does(const Actor& actor) {
    std::string kind(to_text(actor.kind));
    if (actor.kind == Kind::function) return core::to_text(*actor.call);
    if (actor.kind == Kind::join || actor.kind == Kind::loop || actor.kind == Kind::control) return kind;
    if (actor.block) return (broadcasts_too(actor) ? "broadcast >> " : "") + core::to_text(*actor.block);
    return kind;
}

std::string conditions(const Loop& loop) {
    std::string text;
    if (loop.call) {
        for (const auto& argument : loop.call->arguments) {
            text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", argument.parameter,
                                core::to_text(argument.value));
        }
    }
    return text;
}

std::string print_text(const Network& network) {
    auto text = fmt::format("network {}: {}, {}, {}\n", network.name,
                            core::counted(std::ssize(network.actors), "actor"),
                            core::counted(std::ssize(network.channels), "channel"),
                            core::counted(std::ssize(network.loops), "feedback"));
    if (!network.loops.empty()) text += "\nfeedbacks\n";
    for (const auto& loop : network.loops) {
        text +=
            fmt::format("  {}  {}  {}{}{}\n", loop.path, conditions(loop),
                        core::counted(std::ssize(loop.streams), "stream"),
                        loop.asynchronous ? fmt::format("  asynchronous, {} in flight", loop.inflight) : "",
                        loop.control ? "  one decision for all" : "");
    }
    std::size_t width = 0;
    for (const auto& actor : network.actors)
        width = std::max(width, actor.path.size());
    text += "\nactors\n";
    for (const auto& actor : network.actors) {
        text += fmt::format("  {:<{}}  {}{}\n", actor.path, width, does(actor), details(network, actor));
    }
    text += "\nchannels\n";
    for (const auto& channel : network.channels)
        text += line_of(network, channel);
    return text;
}

}  // namespace trama::network
