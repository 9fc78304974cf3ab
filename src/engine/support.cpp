#include "engine/support.hpp"

#include <algorithm>
#include <array>
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

bool is_word(const core::Call* call, std::string_view parameter, std::string_view word) {
    const auto* value = call != nullptr ? call->find(parameter) : nullptr;
    const auto* symbol = value != nullptr ? value->as<core::Symbol>() : nullptr;
    return symbol != nullptr && symbol->name == word;
}

/// The first of these arguments that the call has.
template <std::size_t N>
std::string_view any_of(const core::Call* call, const std::array<std::string_view, N>& parameters) {
    if (call == nullptr) return {};
    const auto found =
        std::ranges::find_if(parameters, [&](std::string_view name) { return call->find(name) != nullptr; });
    return found == parameters.end() ? std::string_view() : *found;
}

std::optional<core::Error> check_block(const Actor& actor) {
    switch (actor.kind) {
        case Kind::unicast:
        case Kind::mix:
        case Kind::exchange:
        case Kind::sample:
        case Kind::publish:
        case Kind::subscribe:
        case Kind::window:
            return error(fmt::format("`{}`", to_text(actor.kind)), actor.path);
        case Kind::gather:
            if (is_word(actor.block.get(), "lost", "event"))
                return error("`gather` with `lost: event`", actor.path);
            return std::nullopt;
        case Kind::reduce: {
            constexpr std::array<std::string_view, 3> later{"quorum", "timeout", "late"};
            const auto found = any_of(actor.block.get(), later);
            if (!found.empty()) return error(fmt::format("`reduce` with `{}`", found), actor.path);
            return std::nullopt;
        }
        case Kind::queue:
            if (is_word(actor.block.get(), "drop", "oldest") ||
                is_word(actor.block.get(), "drop", "newest")) {
                return error("`queue` with `drop`", actor.path);
            }
            return std::nullopt;
        default:
            return std::nullopt;
    }
}

std::optional<core::Error> check_program(const Actor& actor, const learn::Library& library) {
    if (actor.threads > 1) return error("`par`", actor.path);
    if (!actor.call) return std::nullopt;
    const bool known = actor.kind == Kind::function ? library.function(actor.call->function) != nullptr
                                                    : library.rule(actor.call->function) != nullptr;
    if (known) return std::nullopt;
    return error(fmt::format("`{}`", actor.call->function), actor.path);
}

std::optional<core::Error> check_loop(const network::Loop& loop) {
    constexpr std::array<std::string_view, 3> later{"updates", "versions", "inflight"};
    const auto found = any_of(loop.call.get(), later);
    if (!found.empty()) return error(fmt::format("`feedback` with `{}`", found), loop.path);
    if (loop.parent >= 0 && loop.call && loop.call->find("checkpoint") != nullptr) {
        return error("`feedback` with `checkpoint` inside of another `feedback`", loop.path,
                     "say `checkpoint:` in the outermost one: it saves what is inside, too");
    }
    if (loop.asynchronous) return error("an asynchronous `feedback`", loop.path);
    return std::nullopt;
}

}  // namespace

std::optional<core::Error> unsupported(const network::Network& network, const learn::Library& library) {
    // Blocks first: an asynchronous feedback is one because of what is in it.
    for (const auto& actor : network.actors) {
        if (auto found = check_block(actor)) return found;
        if (auto found = check_program(actor, library)) return found;
    }
    for (const auto& loop : network.loops) {
        if (auto found = check_loop(loop)) return found;
    }
    return std::nullopt;
}

}  // namespace trama::engine
