#include "engine/actors/quorum.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/actors/choose.hpp"
#include "engine/arguments.hpp"
#include "trama/core/delta.hpp"

namespace trama::engine::actors {
Quorum::Quorum(const network::Actor& actor, Shared& shared, const learn::Rule& rule, LoopState* entering,
               std::size_t stream)
    : Folding(actor, shared, Waits::any, rule, entering, stream),
      least_(integer(actor.block.get(), "quorum", 1)),
      timeout_(seconds(actor.block.get(), "timeout")),
      folds_late_(is_word(actor.block.get(), "late", "fold")),
      came_(actor.inputs.size()),
      lost_(actor.inputs.size()) {}

void Quorum::begin(const core::Round& round) {
    {
        const std::lock_guard lock(mutex_);
        news_.begun = round;
        news_.at = shared_.host.now();
        news_.any = true;
    }
    notify();
}

void Quorum::lose(std::size_t port) {
    {
        const std::lock_guard lock(mutex_);
        news_.lost.push_back(port);
        news_.any = true;
    }
    notify();
}

bool Quorum::ready() const {
    if (any_filled()) return true;
    if (open_ && room(0) && verdict() != Verdict::wait) return true;
    const std::lock_guard lock(mutex_);
    return news_.any;
}

void Quorum::read_news() {
    News news;
    {
        const std::lock_guard lock(mutex_);
        news = std::exchange(news_, {});
    }
    for (const auto port : news.lost)
        lost_[port] = true;
    if (news.begun && (!open_ || *news.begun > round_)) open(*news.begun, news.at);
}

void Quorum::open(const core::Round& round, double at) {
    for (auto& each : came_)
        each.reset();
    open_ = true;
    round_ = round;
    if (!timeout_) return;
    deadline_ = at + *timeout_;
    shared_.host.wake(*this, deadline_);
}

void Quorum::admit(std::size_t port, Message message) {
    if (message.round > round_) read_news();
    // Nobody tells of the beginning where the streams come from a feedback of their own.
    if (message.round > round_) open(message.round, shared_.host.now());
    if (reports() != nullptr) reports()->collect(port, message);
    if (open_ && message.round == round_ && !came_[port]) {
        came_[port] = std::move(message);
        return;
    }
    if (message.value.is_skip()) return;
    if (folds_late_) {
        late_.push_back(std::move(message.value));
    } else {
        shared_.observer.dropped({actor().path, message.round});
    }
}

Quorum::Verdict Quorum::verdict() const {
    std::int64_t answers = 0;
    std::size_t skips = 0;
    std::size_t lost = 0;
    for (std::size_t i = 0; i < came_.size(); ++i) {
        if (!came_[i]) {
            if (lost_[i]) ++lost;
        } else if (came_[i]->value.is_skip()) {
            ++skips;
        } else {
            ++answers;
        }
    }
    const auto all = came_.size();
    if (skips == all) return Verdict::fold;  // this whole part sits the round out
    const bool enough = answers >= least_;
    if (static_cast<std::size_t>(answers) + skips + lost == all)
        return enough ? Verdict::fold : Verdict::fail;
    if (!timeout_) return enough ? Verdict::fold : Verdict::wait;
    if (shared_.host.now() < deadline_) return Verdict::wait;
    return enough ? Verdict::fold : Verdict::fail;
}

void Quorum::fire() {
    read_news();
    for (std::size_t port = 0; port < in(); ++port) {
        if (filled(port)) admit(port, take(port));
    }
    if (!open_ || !room(0)) return;
    switch (verdict()) {
        case Verdict::wait:
            return;
        case Verdict::fold:
            return close();
        case Verdict::fail:
            return too_few();
    }
}

void Quorum::close() {
    open_ = false;
    if (timeout_) shared_.host.wake(*this, never);
    std::optional<Message> token;
    core::Neighbours list;
    std::shared_ptr<const core::Model> base;
    for (auto& each : came_) {
        if (!each) continue;
        if (!token) token = *each;
        if (each->value.is_skip()) continue;
        if (const auto* update = each->value.update(); update != nullptr && !base) base = update->base;
        list.values.push_back(each->value);
    }
    // Behind those of the round, so that these are folded in the order of the streams.
    for (const auto& value : std::exchange(late_, {})) {
        if (!base) continue;
        const auto* update = value.update();
        list.values.push_back(update != nullptr ? core::Value(core::moved_to(*update, base)) : value);
    }
    for (auto& each : came_)
        each.reset();
    fold(std::move(*token), std::move(list));
}

void Quorum::too_few() {
    std::vector<std::size_t> missing;
    std::int64_t answers = 0;
    for (std::size_t i = 0; i < came_.size(); ++i) {
        if (came_[i] && !came_[i]->value.is_skip()) {
            ++answers;
        } else if (!came_[i]) {
            missing.push_back(i);
        }
    }
    const auto when = timeout_ ? fmt::format(" within {} s", *timeout_) : std::string();
    const auto others = missing.empty()
                            ? std::string(": the others took no part")
                            : fmt::format("; nothing came from stream {}", fmt::join(missing, ", "));
    shared_.fail(
        {core::ErrorKind::run,
         fmt::format("{} of the {} that `quorum:` asks for answered{}{}", answers, least_, when, others),
         fmt::format("{}, round {}", actor().path, core::to_text(round_)),
         "a smaller quorum or a longer timeout goes on with fewer"});
}

}  // namespace trama::engine::actors
