#include "engine/support.hpp"

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

}  // namespace

std::optional<core::Error> unsupported(const network::Network& network, const learn::Library& library) {
    for (const auto& actor : network.actors) {
        if (auto found = check_program(actor, library)) return found;
    }
    for (const auto& loop : network.loops) {
        if (auto found = check_loop(loop)) return found;
    }
    return std::nullopt;
}

}  // namespace trama::engine
