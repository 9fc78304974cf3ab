#include "engine/threads/process.hpp"

#include <exception>
#include <utility>

#include <fmt/format.h>

namespace trama::engine::threads {

void Process::attach(std::vector<Channel*> inputs, std::vector<Channel*> outputs, std::int64_t depth) {
    inputs_ = std::move(inputs);
    outputs_ = std::move(outputs);
    // Deeper ones first, among equals the first.
    priority_ = depth * (std::int64_t{1} << 32) - static_cast<std::int64_t>(actor_.id);
}

void Process::run() {
    state_.store(running);
    const bool able = ready();
    if (able) {
        try {
            fire();
        } catch (const std::exception& bug) {
            fail({core::ErrorKind::run, fmt::format("internal error: {}", bug.what()), {}, {}}, {});
        } catch (...) {
            fail({core::ErrorKind::run, "internal error: an exception of an unknown type", {}, {}}, {});
        }
    }
    int expected = running;
    if ((!able || !ready()) && state_.compare_exchange_strong(expected, idle)) return;
    // It can fire again, or was told of a change meanwhile. Others may be more urgent.
    state_.store(queued);
    shared_.scheduler.push(*this);
}

void Process::notify() {
    auto state = state_.load();
    while (true) {
        if (state == idle) {
            if (state_.compare_exchange_weak(state, queued)) {
                shared_.scheduler.push(*this);
                return;
            }
        } else if (state == running) {
            if (state_.compare_exchange_weak(state, again)) return;
        } else {
            return;
        }
    }
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
    auto [message, before] = channel.pop();
    if (before == 1) filled_.fetch_sub(1);
    if (before == channel.capacity()) channel.from().made_room();
    return std::move(message);
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
    const auto bytes = core::payload_bytes(message.value);
    shared_.tokens.fetch_add(1, std::memory_order_relaxed);
    shared_.bytes.fetch_add(bytes, std::memory_order_relaxed);
    shared_.observer.sent(actor_.path, channel.to().actor_.path, message.round, bytes);
    const auto before = channel.push(std::move(message));
    if (before + 1 == channel.capacity()) full_.fetch_add(1);
    if (before == 0) channel.to().arrived();
}

void Process::fail(core::Error error, const core::Round& round) {
    const auto place =
        round.empty() ? actor_.path : fmt::format("{}, round {}", actor_.path, core::to_text(round));
    if (error.where.empty()) {
        error.where = place;
    } else if (error.where.find(actor_.path) == std::string::npos) {
        error.where += ", at " + place;
    }
    shared_.fail(std::move(error));
}

}  // namespace trama::engine::threads
