#include "support/fake_library.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "trama/engine/engine.hpp"

namespace trama::test {
namespace {

using core::Value;
using core::Values;
using learn::Context;

std::shared_ptr<const core::Layout> layout_of(std::size_t size, core::DType type = core::DType::f32) {
    return std::make_shared<const core::Layout>(
        std::vector{core::Entry{"w", type, {static_cast<std::int64_t>(size)}, 0}});
}

std::int64_t integer(const core::Call& call, std::string_view name, std::int64_t otherwise) {
    const auto* value = call.find(name);
    return value != nullptr && value->as<std::int64_t>() != nullptr ? *value->as<std::int64_t>() : otherwise;
}

/// A function made of a lambda.
template <class Apply>
class Lambda final : public learn::Function {
  public:
    explicit Lambda(Apply apply) : apply_(std::move(apply)) {}
    core::Result<Value> apply(const Context& context, core::State& state, const Value& input) const override {
        return apply_(context, state, input);
    }

  private:
    Apply apply_;
};

class Mean : public learn::Rule {
  public:
    core::Result<Value> merge(std::span<const Value> values) const override { return Value(fold(values)); }

    core::Result<Value> apply(const Context&, core::State&, std::span<const Value> values) const override {
        // Flat and along a tree: the same sums, rounded once.
        const auto partial = fold(values);
        core::ParameterBuffer out(partial.like.params.shared_layout());
        for (std::size_t i = 0; i < out.floats().size(); ++i) {
            out.floats()[i] = static_cast<float>(partial.sums.doubles()[i] / partial.like.weight);
        }
        auto model = partial.like;
        model.params = std::move(out).freeze();
        ++model.version;
        if (partial.base) return Value(core::Update{std::move(model), partial.base});
        return Value(std::move(model));
    }

  private:
    static core::Partial fold(std::span<const Value> values) {
        core::Partial all;
        std::vector<const core::Metrics*> metrics;
        std::vector<double> sums;
        for (const auto& value : values) {
            const auto* partial = value.partial();
            const auto* model = partial != nullptr ? &partial->like : value.model();
            if (model == nullptr) throw std::logic_error("mean of a " + std::string(value.type()));
            if (all.count == 0) {
                all.like = *model;
                all.like.weight = 0;
                all.base = partial != nullptr          ? partial->base
                           : value.update() != nullptr ? value.update()->base
                                                       : nullptr;
                sums.resize(model->params.floats().size());
            }
            for (std::size_t i = 0; i < sums.size(); ++i) {
                sums[i] += partial != nullptr ? partial->sums.doubles()[i]
                                              : model->weight * model->params.floats()[i];
            }
            all.like.weight += model->weight;
            all.count += partial != nullptr ? partial->count : 1;
            metrics.push_back(&model->metrics);
        }
        all.like.metrics = core::merge(metrics);
        core::ParameterBuffer buffer(layout_of(sums.size(), core::DType::f64));
        std::ranges::copy(sums, buffer.doubles().begin());
        all.sums = std::move(buffer).freeze();
        return all;
    }
};

/// The sum of the first State's parameter, the rounds so far (its State), and the number of values.
class Momentum final : public learn::Rule {
  public:
    core::State init(const core::Model& entering) const override {
        return {{{"entering", entering.params}}, {{"rounds", 0}}};
    }
    core::Result<Value> apply(const Context&, core::State& state,
                              std::span<const Value> values) const override {
        const auto entering = state.sets.at("entering").floats();
        const auto rounds = state.numbers.at("rounds") += 1;
        return Value(flat_model(entering.size(), entering[0] + static_cast<float>(rounds * 10) +
                                                     static_cast<float>(values.size())));
    }
};

class Mixing final : public learn::Rule {
  public:
    core::Result<Value> apply(const Context& context, core::State&,
                              std::span<const Value> values) const override {
        auto next = *context.current;
        core::ParameterBuffer out(next.params.shared_layout());
        const auto update = values.front().model()->params.floats();
        for (std::size_t i = 0; i < out.floats().size(); ++i)
            out.floats()[i] = 0.5F * (next.params.floats()[i] + update[i]);
        next.params = std::move(out).freeze();
        ++next.version;
        return Value(std::move(next));
    }
};

void sleep_up_to(std::int64_t microseconds) {
    static std::atomic<unsigned> seed{1};
    if (microseconds <= 0) return;
    const auto time = (seed.fetch_add(1) * 2654435761u >> 8) % static_cast<unsigned>(microseconds);
    std::this_thread::sleep_for(std::chrono::microseconds(time));
}

lang::Signature signature(std::string name, std::string sort, std::string type,
                          std::vector<std::string> parameters) {
    lang::Signature made;
    made.name = std::move(name);
    made.sort = std::move(sort);
    made.type = std::move(type);
    for (auto& parameter : parameters) {
        lang::Parameter one;
        one.name = std::move(parameter);
        one.type = "int";
        one.optional = true;
        made.parameters.push_back(std::move(one));
    }
    return made;
}

core::Result<Value> train(Fakes& fakes, const Context& context, const Value& input, std::int64_t sleep) {
    const auto now = ++fakes.running;
    for (auto most = fakes.most_running.load();
         now > most && !fakes.most_running.compare_exchange_weak(most, now);) {
    }
    sleep_up_to(sleep);
    const auto base = input.shared_model();
    core::ParameterBuffer out(base->params.shared_layout());
    const auto add = static_cast<float>(context.actor.rank + 1) +
                     0.25F * static_cast<float>(context.round.empty() ? 0 : context.round.back());
    for (std::size_t i = 0; i < out.floats().size(); ++i)
        out.floats()[i] = 2 * base->params.floats()[i] + add;
    core::Update update{*base, base};
    update.result.params = std::move(out).freeze();
    update.result.weight = static_cast<double>(context.actor.rank + 1);
    update.result.metrics["train_loss"] = {static_cast<double>(context.actor.rank), update.result.weight};
    --fakes.running;
    return Value(std::move(update));
}

core::Result<Value> fail(const Context& context, const Value& input, const core::Call& call) {
    const bool now = integer(call, "at", 1) == (context.round.empty() ? 0 : context.round.back()) &&
                     integer(call, "rank", 0) == context.actor.rank;
    if (!now) return input;
    const auto* how = call.find("how");
    const auto word =
        how != nullptr && how->as<core::Symbol>() != nullptr ? how->as<core::Symbol>()->name : "error";
    if (word == "throw") throw std::runtime_error("thrown on purpose");
    if (word == "odd") throw 42;
    if (word == "data") return core::fail(core::ErrorKind::data, "the file is gone", "/some/file");
    return core::fail(core::ErrorKind::run, "failed on purpose", {}, "do not");
}

core::Value with_accuracy(const Value& input) {
    const core::Metric accuracy{first(input), 10};
    if (const auto* update = input.update()) {
        auto changed = *update;
        changed.result.metrics["accuracy"] = accuracy;
        return changed;
    }
    auto changed = *input.model();
    changed.metrics["accuracy"] = accuracy;
    return changed;
}

}  // namespace

core::Model flat_model(std::size_t size, float value) {
    core::ParameterBuffer buffer(layout_of(size));
    std::ranges::fill(buffer.floats(), value);
    core::Model model;
    model.params = std::move(buffer).freeze();
    model.weight = 1;
    return model;
}

float first(const Value& value) {
    return value.model()->params.floats()[0];
}

Fakes::Fakes() {
    lang::add_communication_blocks(library.registry());
    engine::mark_runtimes(library.registry());
    const auto add = [&](lang::Signature one, auto make) {
        library.add_function(std::move(one), [this, make](const core::Call& call, learn::Resources&) {
            ++made;
            auto apply = make(call);
            return core::Result<std::shared_ptr<const learn::Function>>(
                std::make_shared<const Lambda<decltype(apply)>>(std::move(apply)));
        });
    };
    add(signature("init", "block", "() -> Model", {"size", "per_copy"}), [](const core::Call& call) {
        return [size = integer(call, "size", 8), per_copy = integer(call, "per_copy", 0)](
                   const Context& context, core::State&, const Value&) -> core::Result<Value> {
            return Value(flat_model(static_cast<std::size_t>(size),
                                    per_copy != 0 ? static_cast<float>(context.actor.rank) : 0.0F));
        };
    });
    add(signature("train", "block", "Model -> Update", {"sleep"}), [this](const core::Call& call) {
        return [this, sleep = integer(call, "sleep", 0)](const Context& context, core::State&,
                                                         const Value& input) {
            return train(*this, context, input, sleep);
        };
    });
    auto test = signature("test", "block", "T -> T", {});
    test.metrics = {"accuracy"};
    add(test, [](const core::Call&) {
        return [](const Context&, core::State&, const Value& input) -> core::Result<Value> {
            return with_accuracy(input);
        };
    });
    add(signature("fail", "block", "T -> T", {"at", "rank", "how"}), [](const core::Call& call) {
        return [call](const Context& context, core::State&, const Value& input) {
            return fail(context, input, call);
        };
    });
    add(signature("wait", "block", "T -> T", {}), [this](const core::Call&) {
        return [this](const Context& context, core::State&, const Value& input) -> core::Result<Value> {
            ++waiting;
            while (!go && !context.stop.stop_requested())
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            return input;
        };
    });
    add(signature("call", "block", "T -> T", {}), [this](const core::Call&) {
        return [this](const Context& context, core::State&, const Value& input) -> core::Result<Value> {
            if (on_call) on_call(context);
            return input;
        };
    });
    add(signature("count", "block", "T -> T", {}), [](const core::Call&) {
        return [](const Context&, core::State& state, const Value& input) -> core::Result<Value> {
            auto model = *input.model();
            model.metrics["count"] = {state.numbers["seen"] += 1, 1};
            return Value(std::move(model));
        };
    });
    add(signature("skip", "block", "T -> T", {"rank"}), [](const core::Call& call) {
        return [rank = integer(call, "rank", 0)](const Context& context, core::State&,
                                                 const Value& input) -> core::Result<Value> {
            return rank < 0 || context.actor.rank == rank ? Value(core::Skip{}) : input;
        };
    });
    auto reverse = signature("reverse", "block", "T^n -> T^n", {});
    reverse.expands_to = "together";
    add(reverse, [](const core::Call&) {
        return [](const Context&, core::State&, const Value& input) -> core::Result<Value> {
            return Value(Values(input.list()->rbegin(), input.list()->rend()));
        };
    });
    auto mean = signature("mean", "rule", "[T] -> T", {});
    mean.mergeable = true;
    library.add_rule(mean, [this](const core::Call&, learn::Resources&) {
        ++made;
        return core::Result<std::shared_ptr<const learn::Rule>>(std::make_shared<const Mean>());
    });
    library.add_rule(
        signature("momentum", "rule", "[T] -> T", {}), [this](const core::Call&, learn::Resources&) {
            ++made;
            return core::Result<std::shared_ptr<const learn::Rule>>(std::make_shared<const Momentum>());
        });
    auto mixing = signature("mixing", "rule", "[Update] -> Model", {});
    mixing.mixes = true;
    library.add_rule(mixing, [this](const core::Call&, learn::Resources&) {
        ++made;
        return core::Result<std::shared_ptr<const learn::Rule>>(std::make_shared<const Mixing>());
    });
    library.registry().add(signature("unknown", "block", "T -> T", {}));
}

void Recorded::fired(const measure::Place& place, measure::Clock::time_point /*start*/,
                     measure::Clock::time_point /*end*/) {
    const std::lock_guard lock(mutex_);
    fired_.emplace_back(place.actor);
}

void Recorded::sent(std::string_view /*from*/, std::string_view /*to*/, const core::Round& /*round*/,
                    std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    bytes_ += bytes;
}

void Recorded::round_done(std::string_view loop, const core::Round& round, std::int64_t rounds,
                          const core::Metrics& metrics) {
    const std::lock_guard lock(mutex_);
    rounds_.push_back({std::string(loop), round, rounds, metrics});
}

std::vector<Recorded::Round> Recorded::rounds() const {
    const std::lock_guard lock(mutex_);
    return rounds_;
}

std::size_t Recorded::fired_by(std::string_view path) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count(fired_, path));
}

std::uint64_t Recorded::sent_bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

}  // namespace trama::test
