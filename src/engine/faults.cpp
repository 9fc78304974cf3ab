#include "trama/engine/faults.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "trama/core/words.hpp"

namespace trama::engine {
namespace {

using FaultKind = Fault::Kind;

constexpr std::array<std::pair<std::string_view, FaultKind>, 6> kinds{{{"crash", FaultKind::crash},
                                                                       {"delay", FaultKind::delay},
                                                                       {"drop", FaultKind::drop},
                                                                       {"nan", FaultKind::nan},
                                                                       {"duplicate", FaultKind::duplicate},
                                                                       {"reorder", FaultKind::reorder}}};

constexpr const char* examples =
    "for example crash:client[2]@round=3, delay:client[0,1]@round=2,seconds=5, drop:client";

template <class T>
bool read_number(std::string_view text, T& value) {
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failed == std::errc() && end == text.data() + text.size() && !text.empty();
}

/// The text up to a character, which is taken away with it.
std::string_view until(std::string_view& text, char end) {
    const auto at = text.find(end);
    const auto before = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
    return before;
}

class FaultReader {
  public:
    explicit FaultReader(std::string_view text) : text_(text) {}

    core::Result<Fault> read() {
        if (text_.empty()) return wrong("it does not say what happens");
        if (text_.ends_with(',') || text_.find(",]") != std::string_view::npos)
            return wrong("nothing stands behind a comma");
        auto rest = text_;
        const bool with_actor = rest.find(':') != std::string_view::npos;
        const auto kind = until(rest, ':');
        if (auto read = read_kind(kind); !read) return tl::unexpected(read.error());
        if (!with_actor) return wrong("it does not say to whom it happens");
        const bool with_details = rest.find('@') != std::string_view::npos;
        if (auto read = read_actor(until(rest, '@')); !read) return tl::unexpected(read.error());
        if (with_details && rest.empty()) return wrong("nothing stands behind the @");
        while (!rest.empty())
            if (auto read = read_detail(until(rest, ',')); !read) return tl::unexpected(read.error());
        if (fault_.kind == FaultKind::delay && !(fault_.seconds > 0))
            return wrong("a delay needs its seconds", "for example delay:client@seconds=5");
        if (fault_.kind != FaultKind::delay && fault_.seconds != 0)
            return wrong("only a delay has seconds", "leave them out, or say delay:");
        return fault_;
    }

  private:
    using Done = core::Result<void>;

    tl::unexpected<core::Error> wrong(std::string_view what, std::string hint = examples) const {
        return core::fail(core::ErrorKind::usage, fmt::format("--inject {}: {}", text_, what), {},
                          std::move(hint));
    }

    Done read_kind(std::string_view text) {
        const auto found = std::ranges::find(kinds, text, &std::pair<std::string_view, FaultKind>::first);
        if (found != kinds.end()) {
            fault_.kind = found->second;
            return {};
        }
        std::vector<std::string> names;
        for (const auto& [name, kind] : kinds)
            names.emplace_back(name);
        const auto meant = core::nearest(text, names);
        return wrong(fmt::format("there is no fault `{}`", text),
                     meant.empty() ? fmt::format("there is {}; {}", fmt::join(names, ", "), examples)
                                   : fmt::format("did you mean `{}`?", meant));
    }

    Done read_actor(std::string_view text) {
        const auto open = text.find('[');
        fault_.actor = text.substr(0, open);
        if (fault_.actor.empty()) return wrong("it does not say to whom it happens");
        if (open == std::string_view::npos) return {};
        if (text.back() != ']') return wrong("the copy is not closed by a ]");
        auto copies = text.substr(open + 1, text.size() - open - 2);
        do {
            const auto index = until(copies, ',');
            std::int64_t value = 0;
            if (!read_number(index, value) || value < 0)
                return wrong(fmt::format("`{}` is not the number of a copy, from 0", index));
            fault_.copy.push_back(value);
        } while (!copies.empty());
        return {};
    }

    Done read_detail(std::string_view text) {
        const auto key = until(text, '=');
        if (key == "round") {
            if (!read_number(text, fault_.round) || fault_.round < 1)
                return wrong(fmt::format("`{}` is not a round, from 1", text));
            return {};
        }
        if (key == "seconds") {
            if (!read_number(text, fault_.seconds) || !(fault_.seconds > 0) || !std::isfinite(fault_.seconds))
                return wrong(fmt::format("`{}` is not a number of seconds above 0", text));
            return {};
        }
        return wrong(fmt::format("there is no `{}` of a fault", key), "there is round=... and seconds=...");
    }

    std::string_view text_;
    Fault fault_;
};

}  // namespace

bool Fault::hits(std::string_view name, const std::vector<std::int64_t>& of,
                 const std::vector<std::int64_t>& at) const {
    if (name != actor || of.size() < copy.size() || !std::equal(copy.begin(), copy.end(), of.begin()))
        return false;
    if (round == 0) return true;
    if (at.empty()) return false;
    return kind == FaultKind::crash ? at.front() >= round : at.front() == round;
}

core::Result<Fault> parse_fault(std::string_view text) {
    return FaultReader(text).read();
}

std::string to_text(const Fault& fault) {
    const auto* kind = std::ranges::find(kinds, fault.kind, &std::pair<std::string_view, FaultKind>::second);
    auto text = fmt::format("{}:{}", kind->first, fault.actor);
    if (!fault.copy.empty()) text += fmt::format("[{}]", fmt::join(fault.copy, ","));
    char next = '@';
    if (fault.round != 0) text += fmt::format("{}round={}", std::exchange(next, ','), fault.round);
    if (fault.seconds != 0) text += fmt::format("{}seconds={}", next, fault.seconds);
    return text;
}

}  // namespace trama::engine
