#include "engine/programs.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace trama::engine {
namespace {

using network::Actor;
using network::Kind;

core::Error error(std::string_view what, std::string where, std::string hint = {}) {
    return {core::ErrorKind::scheme, fmt::format("no engine in this build runs {}", what), std::move(where),
            std::move(hint)};
}

std::optional<core::Error> check_program(const Actor& actor, const learn::Library& library) {
    if (!actor.call) return std::nullopt;
    const bool known = actor.kind == Kind::function ? library.function(actor.call->function) != nullptr
                                                    : library.rule(actor.call->function) != nullptr;
    if (known) return std::nullopt;
    return error(fmt::format("`{}`", actor.call->function), actor.path);
}

std::optional<core::Error> check_loop(const network::Loop& loop) {
    if (loop.parent >= 0 && loop.call && loop.call->find("checkpoint") != nullptr) {
        return error("`feedback` with `checkpoint` inside of another `feedback`", loop.path,
                     "say `checkpoint:` in the outermost one: it saves what is inside, too");
    }
    if (loop.asynchronous && loop.streams.size() > 1 && loop.call &&
        loop.call->find("checkpoint") != nullptr) {
        return error(
            fmt::format("an asynchronous `feedback` of {} streams with `checkpoint`", loop.streams.size()),
            loop.path,
            "its streams are never at rest together, and `checkpoint:` is for those of one stream: leave it "
            "out");
    }
    return std::nullopt;
}

/// What in the network no engine of this build runs: a block, or a block with one of its arguments.
std::optional<core::Error> unsupported(const network::Network& network, const learn::Library& library) {
    for (const auto& actor : network.actors) {
        if (auto found = check_program(actor, library)) return found;
    }
    for (const auto& loop : network.loops) {
        if (auto found = check_loop(loop)) return found;
    }
    return std::nullopt;
}

/// Makes what the call says unless it is there already.
template <class Made, class Factory>
core::Result<void> add(std::map<const core::Call*, Made>& all, const Actor& actor, const Factory& factory,
                       learn::Resources& resources) {
    auto& made = all[actor.call.get()];
    if (made) return {};
    auto result = factory(*actor.call, resources);
    if (!result) {
        auto error = result.error();
        if (error.where.empty()) error.where = actor.path;
        return tl::unexpected(std::move(error));
    }
    made = std::move(*result);
    return {};
}

}  // namespace

core::Result<Programs> Programs::make(const network::Network& network, learn::Resources& resources) {
    if (auto refused = unsupported(network, resources.library())) return tl::unexpected(std::move(*refused));
    Programs programs;
    for (const auto& actor : network.actors) {
        if (actor.kind == Kind::sample) {
            auto choice = Choice::make(network, actor, resources);
            if (!choice) return tl::unexpected(choice.error());
            programs.choices_.emplace(actor.id, std::move(*choice));
        }
        if (!actor.call) continue;
        const auto& library = resources.library();
        const auto& name = actor.call->function;
        auto made = actor.kind == Kind::function
                        ? add(programs.functions_, actor, *library.function(name), resources)
                        : add(programs.rules_, actor, *library.rule(name), resources);
        if (!made) return tl::unexpected(made.error());
    }
    return programs;
}

}  // namespace trama::engine
