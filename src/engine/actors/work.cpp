#include "engine/actors/work.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "engine/actors/choose.hpp"
#include "engine/actors/loop_state.hpp"
#include "engine/metrics.hpp"

namespace trama::engine::actors {
namespace {

learn::Context context_of(const network::Actor& actor, const core::Round& round, const Shared& shared) {
    return {actor, round, shared.seed, shared.observer, shared.stop.get_token()};
}

core::ParameterSet full_of_nan(const core::ParameterSet& set) {
    core::ParameterBuffer poisoned(set.shared_layout());
    std::ranges::fill(poisoned.floats(), std::numeric_limits<float>::quiet_NaN());
    return std::move(poisoned).freeze();
}

core::Value with_nan(const core::Value& value) {
    if (const auto* update = value.update()) {
        auto changed = *update;
        changed.result.params = full_of_nan(changed.result.params);
        changed.encoded.reset();
        return changed;
    }
    if (const auto* model = value.model()) {
        auto changed = *model;
        changed.params = full_of_nan(changed.params);
        return changed;
    }
    return value;
}

bool may_hit(const std::vector<Fault>& faults, const network::Actor& actor) {
    return std::ranges::any_of(faults, [&](Fault fault) {
        fault.round = 0;
        return fault.hits(actor.name, actor.copy, {});
    });
}

}  // namespace

FunctionProcess::FunctionProcess(const network::Actor& actor, Shared& shared, const learn::Function& function)
    : Process(actor, shared, Waits::all), function_(function) {
    if (may_hit(shared.faults, actor)) faulty_ = std::make_unique<Faulty>();
}

bool FunctionProcess::ready() const {
    if (faulty_ && !faulty_->due.empty()) return room(0);
    return (in() > 0 || !fired_) && all_filled() && all_room();
}

bool FunctionProcess::pass(Message& skip) {
    if (busy() || faulty_ || in() != 1 || out() != 1 || filled(0) || !room(0)) return false;
    give(0, std::move(skip));
    return true;
}

const Fault* FunctionProcess::fault(Fault::Kind kind) const {
    if (!faulty_) return nullptr;
    const auto hit = std::ranges::find_if(shared_.faults, [&](const Fault& one) {
        return one.kind == kind && one.hits(actor().name, actor().copy, token_.round);
    });
    return hit == shared_.faults.end() ? nullptr : &*hit;
}

void FunctionProcess::fire() {
    if (faulty_ && !faulty_->due.empty()) {
        give(0, std::move(faulty_->due.front()));
        return faulty_->due.pop_front();
    }
    fired_ = true;
    token_ = in() > 0 ? take(0) : Message{};
    if (const auto* crash = fault(Fault::Kind::crash))
        return fail({core::ErrorKind::run, "it crashed, as `--inject` wants: " + to_text(*crash), {}, {}},
                    token_.round);
    if (token_.value.is_skip() || token_.over()) {
        if (out() > 0) give(0, std::move(token_).with(core::Skip{}));
        return;
    }
    work_again();
}

void FunctionProcess::work_again() {
    Work work{token_.round, {token_.value}, {}, 0};
    work.apply = [this](std::span<const core::Value> values) {
        const auto context = context_of(actor(), token_.round, shared_);
        auto& memories = shared_.memories;
        return memories.of(actor()).use(memories.turn(actor(), token_.round), [&](Remembered& mine) {
            return function_.apply(context, mine.state, values.front());
        });
    };
    if (const auto* late = fault(Fault::Kind::delay)) work.delay = late->seconds;
    this->work(std::move(work));
}

std::optional<Process::Held> FunctionProcess::held() const {
    Held made;
    if (works()) made.tokens.push_back(token_);
    if (faulty_) {
        made.tokens.insert(made.tokens.end(), faulty_->due.begin(), faulty_->due.end());
        if (faulty_->held) made.tokens.push_back(*faulty_->held);
    }
    if (!made.tokens.empty()) made.numbers = {works() ? 1 : 0, faulty_ && faulty_->held ? 1 : 0};
    return made;
}

void FunctionProcess::hold(const Held& held) {
    std::deque<Message> tokens(held.tokens.begin(), held.tokens.end());
    if (held.numbers.at(0) > 0) {
        token_ = std::move(tokens.front());
        tokens.pop_front();
    }
    if (tokens.empty()) return;
    // Of faults that the run no longer has.
    if (!faulty_) faulty_ = std::make_unique<Faulty>();
    if (held.numbers.at(1) > 0) {
        faulty_->held = std::move(tokens.back());
        tokens.pop_back();
    }
    faulty_->due = std::move(tokens);
}

void FunctionProcess::worked(core::Result<core::Value>&& result) {
    if (ending()) return;  // it may have returned early
    if (!result) return fail(std::move(result.error()), token_.round);
    auto message = std::move(token_).with(std::move(*result));
    token_ = {};
    if (out() == 0) return;
    if (faulty_) return give_faulty(std::move(message));
    give(0, std::move(message));
}

void FunctionProcess::give_faulty(Message message) {
    token_.round = message.round;  // it is of that round that faults are looked for
    if (fault(Fault::Kind::nan) != nullptr) message.value = with_nan(message.value);
    const bool lost = fault(Fault::Kind::drop) != nullptr;
    const bool twice = fault(Fault::Kind::duplicate) != nullptr;
    auto& [due, held] = *faulty_;
    const bool later = fault(Fault::Kind::reorder) != nullptr;
    if (later && !held) {
        held = std::move(message);
        return;
    }
    if (!lost) due.push_back(message);
    if (twice) due.push_back(std::move(message));
    if (held) due.push_back(*std::exchange(held, std::nullopt));
    while (!due.empty() && room(0)) {
        give(0, std::move(due.front()));
        due.pop_front();
    }
}

void Folding::fold(Message token, core::Neighbours list) {
    if (list.values.empty()) return give(0, std::move(token).with(core::Skip{}));
    token_ = std::move(token);
    token_.value = {};
    among_ = std::move(list);
    work_again();
}

void Folding::work_again() {
    work({token_.round, among_.values, [this](std::span<const core::Value> folded) { return apply(folded); },
          0});
}

void Folding::worked(core::Result<core::Value>&& result) {
    among_.values.clear();
    if (ending()) return;
    if (!result) return fail(std::move(result.error()), token_.round);
    give(0, std::move(token_).with(std::move(*result)));
}

core::Result<core::Value> Folding::apply(std::span<const core::Value> values) {
    if (actor().level > 0) return rule_.merge(values);
    auto context = context_of(actor(), token_.round, shared_);
    context.edges = among_.edges;
    context.own = among_.own;
    auto& memories = shared_.memories;
    return memories.of(actor()).use(memories.turn(actor(), token_.round), [&](Remembered& mine) {
        if (!std::exchange(mine.started, true)) mine.state = first_state(values);
        auto result = rule_.apply(context, mine.state, values);
        if (!result || among_.edges.empty()) return result;
        // Among neighbours weights do not add up, or they would grow without end: each round everyone has
        // everyone's.
        double weight = 0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (const auto* model = values[i].model()) weight += among_.edges[i].weight * model->weight;
        }
        return core::Result<core::Value>(with_weight(*result, weight));
    });
}

core::State Folding::first_state(std::span<const core::Value> values) const {
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

void RuleProcess::fire() {
    Message token;
    core::Neighbours list;
    const bool folds_list = actor().kind == network::Kind::fold;
    const bool same = take_each([&](std::size_t port, Message&& message) {
        if (reports() != nullptr && !message.over()) reports()->collect(port, message);
        if (!folds_list && !message.value.is_skip()) list.values.push_back(std::move(message.value));
        if (port == 0) token = std::move(message);
    });
    if (!same) return;
    if (token.over()) return give(0, std::move(token).with(core::Skip{}));
    if (folds_list) return fold_list(std::move(token));
    fold(std::move(token), std::move(list));
}

std::optional<Process::Held> RuleProcess::held() const {
    if (reports() != nullptr) return std::nullopt;
    if (!works()) return Held{};
    return Held{{Message(token_).with(core::Value(among_))}, {}};
}

void RuleProcess::hold(const Held& held) {
    token_ = held.tokens.at(0);
    among_ = *token_.value.neighbours();
    token_.value = {};
}

void RuleProcess::fold_list(Message token) {
    if (token.value.is_skip()) return give(0, std::move(token));
    const auto* list = token.value.list();
    if (list == nullptr) throw std::logic_error("fold takes a list");
    const auto* neighbours = token.value.neighbours();
    core::Neighbours kept;
    double before = 0;
    double after = 0;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const auto& value = (*list)[i];
        if (neighbours != nullptr) before += neighbours->edges[i].weight;
        if (value.is_skip()) continue;
        kept.values.push_back(neighbours != nullptr && !reads_bases() ? without_base(value) : value);
        if (neighbours == nullptr) continue;
        if (neighbours->own == i) kept.own = kept.values.size() - 1;
        kept.edges.push_back(neighbours->edges[i]);
        after += kept.edges.back().weight;
    }
    if (after > 0 && kept.edges.size() < list->size()) {
        for (auto& edge : kept.edges)
            edge.weight *= before / after;
    }
    fold(std::move(token), std::move(kept));
}

void MixProcess::fire() {
    token_ = take(0);
    if (token_.value.is_skip() || token_.over()) return give(0, std::move(token_).with(core::Skip{}));
    const auto* update = token_.value.update();
    if (update == nullptr || !update->base) throw std::logic_error("mix takes Updates");
    adopt();
    shared_.observer.mixed({actor().path, token_.round}, staleness());
    work_again();
}

/// Begins with the model that has entered, when one has.
void MixProcess::adopt() {
    afresh_ = afresh_ || !current_;
    if (entering_ != nullptr) {
        const auto entry = entering_->entry(stream_);
        if (entry.number != entry_) {
            entry_ = entry.number;
            current_ = entry.model;
            afresh_ = true;
        }
    }
    if (!current_) current_ = token_.value.update()->base;
}

std::int64_t MixProcess::staleness() const {
    return std::max<std::int64_t>(0, current_->version - token_.value.update()->base->version);
}

std::optional<Process::Held> MixProcess::held() const {
    if (!works()) return Held{};
    return Held{{token_}, {}};
}

void MixProcess::work_again() {
    adopt();
    work({token_.round,
          {token_.value},
          [this, staleness = staleness(), afresh = afresh_](std::span<const core::Value> values) {
              return apply(values, staleness, afresh);
          },
          0});
}

core::Result<core::Value> MixProcess::apply(std::span<const core::Value> values, std::int64_t staleness,
                                            bool afresh) {
    auto context = context_of(actor(), token_.round, shared_);
    context.current = current_;
    context.staleness = staleness;
    auto& memories = shared_.memories;
    return memories.of(actor()).use(memories.turn(actor(), token_.round), [&](Remembered& mine) {
        if (afresh) mine.state = rule_.init(*current_);
        mine.started = true;
        auto result = rule_.apply(context, mine.state, values);
        if (result) mine.model = result->shared_model();
        return result;
    });
}

void MixProcess::resume() {
    current_ = shared_.memories.of(actor()).restored().model;
    if (current_ && entering_ != nullptr) entry_ = entering_->entry(stream_).number;
}

void MixProcess::worked(core::Result<core::Value>&& result) {
    afresh_ = false;
    if (ending()) return;
    if (!result) return fail(std::move(result.error()), token_.round);
    current_ = result->shared_model();
    if (!current_) throw std::logic_error("the rule of mix gave no model");
    give(0, std::move(token_).with(std::move(*result)));
}

}  // namespace trama::engine::actors
