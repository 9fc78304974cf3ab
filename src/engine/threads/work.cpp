#include "engine/threads/work.hpp"

#include <stdexcept>
#include <utility>

#include "engine/threads/loop.hpp"

namespace trama::engine::threads {
namespace {

/// User code, with the clock around it. What it throws is an error of the run.
template <class Code>
core::Result<core::Value> timed(Shared& shared, const network::Actor& actor, const core::Round& round,
                                Code code) {
    const auto start = measure::Clock::now();
    auto result = [&]() -> core::Result<core::Value> {
        try {
            return code();
        } catch (const std::exception& thrown) {
            return core::fail(core::ErrorKind::run, thrown.what());
        } catch (...) {
            return core::fail(core::ErrorKind::run, "an exception of an unknown type");
        }
    }();
    shared.observer.fired({actor.path, round}, start, measure::Clock::now());
    return result;
}

}  // namespace

void FunctionProcess::fire() {
    fired_ = true;
    Message message;
    if (in() > 0) message = take(0);
    if (!message.value.is_skip()) {
        auto result = timed(shared_, actor(), message.round, [&] {
            const learn::Context context{actor(), message.round, shared_.seed, shared_.observer,
                                         shared_.stop.get_token()};
            auto& memories = shared_.memories;
            return memories.of(actor()).use(memories.turn(actor(), message.round), [&](Remembered& mine) {
                return function_.apply(context, mine.state, message.value);
            });
        });
        if (ending()) return;  // it may have returned early
        if (!result) return fail(std::move(result.error()), message.round);
        message.value = std::move(*result);
    }
    if (out() > 0) give(0, std::move(message));
}

void RuleProcess::fire() {
    auto messages = take_all();
    auto round = std::move(messages.front().round);
    std::vector<core::Value> values;
    const auto add = [&](core::Value value) {
        if (!value.is_skip()) values.push_back(std::move(value));
    };
    if (actor().kind == network::Kind::fold) {
        const auto& value = messages.front().value;
        if (value.list() == nullptr && !value.is_skip()) throw std::logic_error("fold takes a list");
        if (value.list() != nullptr) {
            for (const auto& element : *value.list())
                add(element);
        }
    } else {
        for (auto& message : messages)
            add(std::move(message.value));
    }
    messages.clear();

    core::Value result = core::Skip{};
    if (!values.empty()) {
        auto folded = apply(round, values);
        if (ending()) return;
        if (!folded) return fail(std::move(folded.error()), round);
        result = std::move(*folded);
    }
    values.clear();  // updates are let go before anyone else is started
    give(0, {std::move(result), std::move(round), false, {}});
}

core::Result<core::Value> RuleProcess::apply(const core::Round& round, std::span<const core::Value> values) {
    return timed(shared_, actor(), round, [&]() -> core::Result<core::Value> {
        if (actor().level > 0) return rule_.merge(values);
        const learn::Context context{actor(), round, shared_.seed, shared_.observer,
                                     shared_.stop.get_token()};
        auto& memories = shared_.memories;
        return memories.of(actor()).use(memories.turn(actor(), round), [&](Remembered& mine) {
            if (!std::exchange(mine.started, true)) mine.state = first_state(values);
            return rule_.apply(context, mine.state, values);
        });
    });
}

core::State RuleProcess::first_state(std::span<const core::Value> values) const {
    std::shared_ptr<const core::Model> model;
    if (entering_ != nullptr) {
        model = entering_->first_entered(stream_);
        if (!model) throw std::logic_error("no model has entered the feedback of this rule yet");
    } else if (const auto* update = values.front().update()) {
        model = update->base;
    } else if (const auto* partial = values.front().partial()) {
        model = partial->base ? partial->base : std::make_shared<const core::Model>(partial->like);
    } else {
        model = values.front().shared_model();
    }
    return model ? rule_.init(*model) : core::State{};
}

}  // namespace trama::engine::threads
