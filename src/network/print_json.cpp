#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "network/show.hpp"

namespace trama::network {
namespace {

std::string json_text(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void add_mixing(std::string& out, const Actor& actor) {
    if (actor.mixing.empty()) return;
    out += ", \"mixing\": [";
    for (const auto& round : actor.mixing) {
        out += fmt::format("{}{{\"weights\": [{}], \"shares\": [{}]}}",
                           &round == actor.mixing.data() ? "" : ", ", fmt::join(round.weights, ", "),
                           fmt::join(round.shares, ", "));
    }
    out += ']';
}

void add_actor(std::string& out, const Actor& actor) {
    out += fmt::format("{{\"id\": {}, \"kind\": \"{}\", \"path\": {}, \"name\": {}, \"occurrence\": {}",
                       actor.id, to_text(actor.kind), json_text(actor.path), json_text(actor.name),
                       actor.occurrence);
    if (actor.call) out += ", \"call\": " + json_text(core::to_text(*actor.call));
    if (actor.block) out += ", \"block\": " + json_text(core::to_text(*actor.block));
    out += fmt::format(", \"copy\": [{}], \"rank\": {}, \"copies\": {}, \"inputs\": [{}], \"outputs\": [{}]",
                       fmt::join(actor.copy, ", "), actor.rank, actor.copies, fmt::join(actor.inputs, ", "),
                       fmt::join(actor.outputs, ", "));
    if (actor.loop >= 0) out += fmt::format(", \"loop\": {}", actor.loop);
    if (actor.level > 0) out += fmt::format(", \"level\": {}", actor.level);
    if (actor.threads > 1) out += fmt::format(", \"threads\": {}", actor.threads);
    if (actor.state_from) out += fmt::format(", \"state_from\": {}", *actor.state_from);
    if (actor.begun_by) out += fmt::format(", \"begun_by\": {}", *actor.begun_by);
    if (actor.collected_by) out += fmt::format(", \"collected_by\": {}", *actor.collected_by);
    if (!actor.senders.empty()) out += fmt::format(", \"senders\": [{}]", fmt::join(actor.senders, ", "));
    add_mixing(out, actor);
    if (actor.site) out += ", \"site\": " + json_text(core::to_text(*actor.site));
    out += '}';
}

void add_channel(std::string& out, const Channel& channel) {
    out += fmt::format(
        "{{\"id\": {}, \"from\": {}, \"from_port\": {}, \"to\": {}, \"to_port\": {}, \"capacity\": {}, "
        "\"payload\": {}",
        channel.id, channel.from, channel.from_port, channel.to, channel.to_port, channel.capacity,
        json_text(channel.payload));
    if (channel.back_edge) out += ", \"back_edge\": true";
    if (channel.newest) out += ", \"newest\": true";
    if (channel.overwrites) out += ", \"overwrites\": true";
    out += '}';
}

void add_loop(std::string& out, const Loop& loop) {
    out += fmt::format("{{\"path\": {}, \"name\": {}, \"conditions\": {}, \"streams\": [{}], \"parent\": {}",
                       json_text(loop.path), json_text(loop.name), json_text(conditions(loop)),
                       fmt::join(loop.streams, ", "), loop.parent);
    if (loop.control) out += fmt::format(", \"control\": {}", *loop.control);
    if (loop.asynchronous) out += fmt::format(", \"asynchronous\": true, \"inflight\": {}", loop.inflight);
    out += '}';
}

/// A line per element: large networks stay readable, and lines can be compared.
template <class Elements, class Add>
void add_list(std::string& out, std::string_view name, const Elements& elements, Add add) {
    out += fmt::format(",\n  \"{}\": [", name);
    const char* before = "\n    ";
    for (const auto& element : elements) {
        out += before;
        add(out, element);
        before = ",\n    ";
    }
    out += elements.empty() ? "]" : "\n  ]";
}

}  // namespace

std::string print_json(const Network& network) {
    auto out = fmt::format("{{\n  \"format\": \"trama-network\",\n  \"version\": 1,\n  \"name\": {}",
                           json_text(network.name));
    add_list(out, "passes", network.passes, [](auto& to, const auto& pass) { to += json_text(pass); });
    add_list(out, "loops", network.loops, add_loop);
    add_list(out, "actors", network.actors, add_actor);
    add_list(out, "channels", network.channels, add_channel);
    out += fmt::format(",\n  \"sinks\": [{}]\n}}\n", fmt::join(network.sinks, ", "));
    return out;
}

}  // namespace trama::network
