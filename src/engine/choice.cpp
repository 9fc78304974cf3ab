#include "engine/choice.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <sstream>
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
            const auto* members = one.as<core::List>();
            for (const auto& member : members != nullptr ? *members : core::List{one})
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
    std::string line;
    const auto wrong = [&](int number, std::string message) {
        return core::fail(core::ErrorKind::data, std::move(message),
                          number == 0 ? path.string() : fmt::format("{}:{}", path.string(), number),
                          "docs/schemes.md says how such a file is written");
    };
    if (!file) return wrong(0, "cannot read the availability trace");
    if (!std::getline(file, line) || line != "trama-availability 1")
        return wrong(1, "the first line is not `trama-availability 1`");
    trace_.resize(static_cast<std::size_t>(streams));
    for (int number = 2; std::getline(file, line); ++number) {
        line.resize(std::min(line.find('#'), line.size()));
        std::istringstream words(line);
        std::string first;
        if (!(words >> first)) continue;
        if (first == "period") {
            if (!(words >> period_) || period_ < 1)
                return wrong(number, "`period` is not a number of rounds");
            continue;
        }
        std::int64_t stream = -1;
        if (!(std::istringstream(first) >> stream) || stream < 0 || stream >= streams)
            return wrong(number, fmt::format("`{}` is not a stream from 0 to {}", first, streams - 1));
        for (std::string word; words >> word;) {
            Rounds rounds;
            char dash = 0;
            std::istringstream text(word);
            const bool range = static_cast<bool>(text >> rounds.first >> dash >> rounds.last) &&
                               dash == '-' && text.peek() == std::char_traits<char>::eof();
            if (!range || rounds.first < 1 || rounds.last < rounds.first)
                return wrong(number, fmt::format("`{}` is not a range of rounds such as `3-8`", word));
            trace_[static_cast<std::size_t>(stream)].push_back(rounds);
        }
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
        std::ranges::stable_sort(candidates,
                                 [&](auto a, auto b) { return reports[a].loss > reports[b].loss; });
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
