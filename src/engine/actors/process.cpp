#include "engine/actors/process.hpp"

#include <exception>
#include <utility>

#include <fmt/format.h>

namespace trama::engine::actors {

void Process::attach(std::span<Channel* const> inputs, std::span<Channel* const> outputs,
                     std::int64_t depth) {
    inputs_ = inputs;
    outputs_ = outputs;
    // Deeper ones first, among equals the first.
    priority_ = depth * (std::int64_t{1} << 32) - static_cast<std::int64_t>(actor_.id);
}

template <class Code>
void Process::guarded(Code code) {
    try {
        code();
    } catch (const std::exception& bug) {
        shared_.fail({core::ErrorKind::run, fmt::format("internal error: {}", bug.what()), actor_.path, {}});
    } catch (...) {
        shared_.fail(
            {core::ErrorKind::run, "internal error: an exception of an unknown type", actor_.path, {}});
    }
}

void Process::run() {
    state_.store(running);
    const bool fires = able();
    if (fires) guarded([&] { fire(); });
    int expected = running;
    if ((!fires || !able()) && state_.compare_exchange_strong(expected, idle)) return;
    // It can fire again, or was told of a change meanwhile. Others may be more urgent.
    state_.store(queued);
    shared_.host.ready(*this);
}

core::Result<core::Value> guarded(const Work& work) {
    try {
        return work.apply(work.values);
    } catch (const std::exception& thrown) {
        return core::fail(core::ErrorKind::run, thrown.what());
    } catch (...) {
        return core::fail(core::ErrorKind::run, "an exception of an unknown type");
    }
}

void Process::work(Work work) {
    busy_ = true;
    shared_.host.work(*this, std::move(work));
}

void Process::finish(core::Result<core::Value> result) {
    busy_ = false;
    guarded([&] { worked(std::move(result)); });
    // Where it is done at once, `run` looks again anyway.
    if (state_.load() == idle && able()) notify();
}

void Process::notify() {
    auto state = state_.load();
    while (true) {
        if (state == idle) {
            if (state_.compare_exchange_weak(state, queued)) {
                shared_.host.ready(*this);
                return;
            }
        } else if (state == running) {
            if (state_.compare_exchange_weak(state, again)) return;
        } else {
            return;
        }
    }
}

std::optional<std::size_t> Process::waits_for() const {
    std::optional<std::size_t> empty;
    bool some = false;
    for (std::size_t port = 0; port < inputs_.size(); ++port) {
        if (filled(port)) {
            some = true;
        } else if (!empty) {
            empty = port;
        }
    }
    return some && !dead_.load() ? empty : std::nullopt;
}

void Process::arrived() {
    const auto filled = filled_.fetch_add(1) + 1;
    if (waits_ == Waits::any || filled >= static_cast<std::int64_t>(inputs_.size())) notify();
}

void Process::made_room() {
    const auto full = full_.fetch_sub(1) - 1;
    if (waits_ == Waits::any || (full <= 0 && all_filled())) notify();
}

Message Process::take(std::size_t port) {
    auto& channel = *inputs_[port];
    Message message;
    const auto before = channel.pop(message);
    if (before == 1) filled_.fetch_sub(1);
    if (before + channel.under_way == channel.capacity()) channel.from().made_room();
    return message;
}

std::vector<Message> Process::take_all() {
    std::vector<Message> all;
    all.reserve(inputs_.size());
    for (std::size_t port = 0; port < inputs_.size(); ++port)
        all.push_back(take(port));
    return all;
}

void Process::give(std::size_t port, Message message) {
    auto& channel = *outputs_[port];
    ++tokens_;
    if (!message.value.is_skip()) {  // that nothing is sent is nothing to tell
        const auto bytes = core::payload_bytes(message.value);
        bytes_ += bytes;
        shared_.observer.sent(actor_.path, channel.to().actor_.path, message.round, bytes);
    }
    shared_.host.send(channel, std::move(message));
}

void Process::deliver(Channel& channel, Message&& message) {
    if (channel.stamps) message.at = shared_.host.now();
    const auto before = channel.push(std::move(message));
    if (before + channel.under_way + 1 == channel.capacity()) full_.fetch_add(1);
    if (before == 0) channel.to().arrived();
}

void Process::depart(Channel& channel) {
    ++channel.under_way;
    if (channel.size() + channel.under_way == channel.capacity()) full_.fetch_add(1);
}

void Process::land(Channel& channel, Message&& message) {
    --channel.under_way;
    if (channel.stamps) message.at = shared_.host.now();
    if (channel.push(std::move(message)) == 0) channel.to().arrived();
}

void Process::fail(core::Error error, const core::Round& round) {
    const auto place =
        round.empty() ? actor_.path : fmt::format("{}, round {}", actor_.path, core::to_text(round));
    if (error.where.empty()) {
        error.where = place;
    } else if (error.where.find(actor_.path) == std::string::npos) {
        error.where += ", at " + place;
    }
    if (shared_.go_on_without && shared_.go_on_without(actor_, error)) return die();
    shared_.fail(std::move(error));
}

bool Process::of_one_round(const std::vector<Message>& messages) {
    const auto& first = messages.front().round;
    for (std::size_t i = 1; i < messages.size(); ++i) {
        if (messages[i].round != first) return not_of_one_round(i, messages[i].round, first);
    }
    return true;
}

bool Process::not_of_one_round(std::size_t stream, const core::Round& round, const core::Round& first) {
    shared_.fail({core::ErrorKind::run,
                  fmt::format("stream {} gave a token of round {}, and stream 0 one of round {}: one of "
                              "them gave one too many, or one was lost",
                              stream, core::to_text(round), core::to_text(first)),
                  actor_.path,
                  {}});
    return false;
}

}  // namespace trama::engine::actors
