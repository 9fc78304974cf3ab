#include "engine/choice.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <numeric>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "engine/arguments.hpp"
#include "trama/core/elementary.hpp"

namespace trama::engine {
namespace {

using network::Actor;
using network::Network;

/// Samples behind each stream: those of the first function with data that a token comes to. 1 where there is
/// none.
core::Result<std::vector<double>> samples_behind(const Network& network, const Actor& actor,
                                                 learn::Resources& resources) {
    std::vector<double> samples(actor.outputs.size(), 1);
    for (std::size_t port = 0; port < actor.outputs.size(); ++port) {
        const auto* at = &network.actors[network.channels[actor.outputs[port]].to];
        while (!at->data && at->outputs.size() == 1 && at->inputs.size() == 1)
            at = &network.actors[network.channels[at->outputs.front()].to];
        if (!at->data) continue;
        auto data = resources.data(*at->data);
        if (!data) return tl::unexpected(data.error());
        const auto part = resources.part(**data, learn::Split::train, at->rank, at->copies);
        if (!part) return tl::unexpected(part.error());
        samples[port] = static_cast<double>(part->size());
    }
    return samples;
}

/// Of a line without its comment.
std::vector<std::string> words_of(const std::string& line) {
    std::istringstream text(line.substr(0, line.find('#')));  // a line's \r is a space like others
    return {std::istream_iterator<std::string>(text), {}};
}

/// A whole number and nothing else.
std::optional<std::int64_t> whole(std::string_view text) {
    std::int64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, failed] = std::from_chars(text.data(), end, value);
    return failed == std::errc() && rest == end ? std::optional(value) : std::nullopt;
}

}  // namespace

core::Result<Choice> Choice::make(const Network& network, const Actor& actor, learn::Resources& resources) {
    Choice choice;
    const auto* block = actor.block.get();
    const auto streams = static_cast<std::int64_t>(actor.outputs.size());
    if (block->function == "available") {
        const auto& who = block->arguments.front().value;
        if (const auto* share = who.as<core::Fraction>()) {
            choice.by_ = By::chance;
            choice.chance_ = share->value;
        } else if (const auto number = who.number()) {
            choice.by_ = By::chance;
            choice.chance_ = *number;
        } else if (const auto* file = who.as<std::string>()) {
            choice.by_ = By::trace;
            if (auto read = choice.read_trace(resources.folder() / *file, streams); !read)
                return tl::unexpected(read.error());
        }
        return choice;
    }
    if (const auto* lists = block->find("streams"); lists != nullptr && lists->as<core::List>() != nullptr) {
        choice.by_ = By::list;
        for (const auto& one : *lists->as<core::List>()) {
            auto& list = choice.lists_.emplace_back();
            for (const auto& member : *one.as<core::List>())
                list.push_back(*member.as<std::int64_t>());
        }
        return choice;
    }
    choice.count_ = static_cast<std::size_t>(integer(block, "k", 1));
    if (const auto* share = block->find("fraction");
        share != nullptr && share->as<core::Fraction>() != nullptr) {
        const auto exact = share->as<core::Fraction>()->value * static_cast<double>(streams);
        choice.count_ = static_cast<std::size_t>(std::max(1.0, std::round(exact)));
    }
    if (is_word(block, "by", "samples")) choice.by_ = By::samples;
    if (is_word(block, "by", "loss")) choice.by_ = By::loss;
    if (is_word(block, "by", "speed")) choice.by_ = By::speed;
    choice.candidates_ =
        static_cast<std::size_t>(integer(block, "candidates", static_cast<std::int64_t>(2 * choice.count_)));
    if (choice.by_ == By::samples || choice.by_ == By::loss) {
        auto samples = samples_behind(network, actor, resources);
        if (!samples) return tl::unexpected(samples.error());
        choice.weights_ = std::move(*samples);
    }
    return choice;
}

core::Result<void> Choice::read_trace(const std::filesystem::path& path, std::int64_t streams) {
    std::ifstream file(path);
    std::error_code ignored;
    int number = 0;
    const auto wrong = [&](std::string message) {
        return core::fail(core::ErrorKind::data, std::move(message),
                          number == 0 ? path.string() : fmt::format("{}:{}", path.string(), number),
                          "docs/schemes.md says how such a file is written");
    };
    if (!file || std::filesystem::is_directory(path, ignored))
        return wrong("cannot read the availability trace");
    trace_.resize(static_cast<std::size_t>(streams));
    std::vector<std::pair<int, std::int64_t>> begins;  // line and first round of each range
    std::string line;
    for (number = 1; std::getline(file, line) || number == 1; ++number) {
        const auto words = words_of(line);
        if (number == 1) {
            if (words != std::vector<std::string>{"trama-availability", "1"})
                return wrong("the first line is not `trama-availability 1`");
            continue;
        }
        if (words.empty()) continue;
        if (words.front() == "period") {
            const auto rounds = words.size() == 2 ? whole(words.back()) : std::nullopt;
            if (!rounds || *rounds < 1) return wrong("`period` takes one number of rounds");
            if (period_ != 0)
                return wrong(fmt::format("there are two periods, of {} and of {} rounds", period_, *rounds));
            period_ = *rounds;
            continue;
        }
        const auto stream = whole(words.front());
        if (!stream || *stream < 0 || *stream >= streams)
            return wrong(fmt::format("`{}` is not a stream from 0 to {}", words.front(), streams - 1));
        for (std::size_t i = 1; i < words.size(); ++i) {
            const auto dash = std::min(words[i].find('-'), words[i].size() - 1);
            const auto first = whole(std::string_view(words[i]).substr(0, dash));
            const auto last = whole(std::string_view(words[i]).substr(dash + 1));
            if (!first || !last || *first < 1 || *last < *first)
                return wrong(fmt::format("`{}` is not a range of rounds such as `3-8`", words[i]));
            trace_[static_cast<std::size_t>(*stream)].push_back({*first, *last});
            begins.emplace_back(number, *first);
        }
    }
    for (const auto& [at, first] : begins) {
        number = at;
        if (period_ > 0 && first > period_)
            return wrong(fmt::format("round {} is behind the period of {} rounds", first, period_));
    }
    return {};
}

std::vector<std::size_t> Choice::draw(std::vector<std::size_t> from, std::size_t count,
                                      const std::vector<double>& weights, core::Stream& random) const {
    // The greatest of log(u) / weight (Efraimidis and Spirakis, "Weighted random sampling with a reservoir",
    // Information Processing Letters 2006).
    std::vector<std::pair<double, std::size_t>> keys;
    keys.reserve(from.size());
    for (const auto i : from) {
        const auto key = core::log(1 - random.uniform());
        keys.emplace_back(weights[i] > 0 ? key / weights[i] : -std::numeric_limits<double>::infinity(), i);
    }
    std::ranges::stable_sort(keys, [](const auto& a, const auto& b) { return a.first > b.first; });
    keys.resize(std::min(count, keys.size()));
    from.clear();
    for (const auto& [key, i] : keys)
        from.push_back(i);
    return from;
}

std::vector<std::size_t> Choice::choose(std::vector<std::size_t> from, const std::vector<Report>& reports,
                                        core::Stream& random) const {
    if (by_ == By::samples) return draw(std::move(from), count_, weights_, random);
    if (by_ == By::loss) {
        auto candidates = draw(std::move(from), std::max(candidates_, count_), weights_, random);
        // What is no number is as good as unknown, and would be in no order with the others.
        const auto loss = [&](std::size_t i) {
            return std::isnan(reports[i].loss) ? Report{}.loss : reports[i].loss;
        };
        std::ranges::stable_sort(candidates, std::ranges::greater(), loss);
        candidates.resize(std::min(count_, candidates.size()));
        return candidates;
    }
    std::vector<std::uint32_t> order(from.size());
    std::iota(order.begin(), order.end(), 0U);
    random.permutation(order);
    std::vector<std::size_t> mixed;
    for (const auto i : order)
        mixed.push_back(from[i]);
    if (by_ == By::speed) {
        std::vector<std::size_t> known;
        std::vector<double> weights(reports.size());
        std::vector<std::size_t> chosen;
        for (const auto i : mixed) {
            weights[i] = reports[i].seconds > 0 ? 1 / reports[i].seconds : 0;
            (reports[i].seconds > 0 ? known : chosen).push_back(i);
        }
        chosen.resize(std::min(count_, chosen.size()));
        for (const auto i : draw(std::move(known), count_ - chosen.size(), weights, random))
            chosen.push_back(i);
        return chosen;
    }
    mixed.resize(std::min(count_, mixed.size()));
    return mixed;
}

std::vector<bool> Choice::operator()(const std::vector<bool>& there, const std::vector<Report>& reports,
                                     const core::Round& round, core::Stream& random) const {
    const auto number = round.empty() ? std::int64_t{1} : round.back();
    std::vector<bool> chosen(there.size());
    if (by_ == By::list) {
        for (const auto i : lists_[static_cast<std::size_t>(number - 1) % lists_.size()])
            chosen[static_cast<std::size_t>(i)] = there[static_cast<std::size_t>(i)];
        return chosen;
    }
    if (by_ == By::chance) {
        for (std::size_t i = 0; i < there.size(); ++i)
            chosen[i] = (random.uniform() < chance_) && there[i];
        return chosen;
    }
    if (by_ == By::trace) {
        const auto at = period_ > 0 ? (number - 1) % period_ + 1 : number;
        for (std::size_t i = 0; i < there.size(); ++i) {
            chosen[i] = there[i] && std::ranges::any_of(trace_[i], [&](const Rounds& rounds) {
                            return at >= rounds.first && at <= rounds.last;
                        });
        }
        return chosen;
    }
    std::vector<std::size_t> from;
    for (std::size_t i = 0; i < there.size(); ++i) {
        if (there[i]) from.push_back(i);
    }
    for (const auto i : choose(std::move(from), reports, random))
        chosen[i] = true;
    return chosen;
}

}  // namespace trama::engine
