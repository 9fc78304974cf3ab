#pragma once

#include <memory>
#include <vector>

#include "trama/learn/describe.hpp"
#include "trama/run/run.hpp"

/// A library whose functions do nothing: what is left is the runtime's own work.
namespace trama::bench {

/// `start`: a model of one parameter.
class Start final : public learn::Function {
  public:
    core::Result<core::Value> apply(const learn::Context&, core::State&, const core::Value&) const override {
        core::Model model;
        const auto layout = std::make_shared<const core::Layout>(
            std::vector{core::Entry{"w", core::DType::f32, {std::int64_t{1}}, 0}});
        model.params = core::ParameterBuffer(layout).freeze();
        model.weight = 1;
        return core::Value(std::move(model));
    }
};

/// `same`
class Same final : public learn::Function {
  public:
    core::Result<core::Value> apply(const learn::Context&, core::State&,
                                    const core::Value& input) const override {
        return input;
    }
};

/// `first`, a rule
class First final : public learn::Rule {
  public:
    core::Result<core::Value> apply(const learn::Context&, core::State&,
                                    std::span<const core::Value> values) const override {
        return values.front();
    }
};

template <class Function>
void add_empty(learn::Library& library, const char* name, const char* type) {
    library.add_function(
        learn::Describe(name, "block", type).in("Benchmark").says("Does nothing.").like(name),
        [](const core::Call&, learn::Resources&) -> core::Result<std::shared_ptr<const learn::Function>> {
            return std::make_shared<const Function>();
        });
}

inline void add_empty(learn::Library& library) {
    run::add_builtins(library);
    add_empty<Start>(library, "start", "() -> Model");
    add_empty<Same>(library, "same", "M -> M");
    library.add_rule(
        learn::Describe("first", "rule", "[M] -> M")
            .in("Benchmark")
            .says("The first of all.")
            .like("reduce(first)"),
        [](const core::Call&, learn::Resources&) -> core::Result<std::shared_ptr<const learn::Rule>> {
            return std::make_shared<const First>();
        });
}

}  // namespace trama::bench
