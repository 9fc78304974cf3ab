#include <gtest/gtest.h>

#include <fmt/format.h>

#include "library.hpp"

namespace trama::portable {
namespace {

using test::number;
using test::numbers;
using test::symbol;

/// One round after the other, as what a block remembers changes the next. Nothing stands for what came out of
/// the round before.
std::string fired(const core::Call& call, const std::vector<core::Value>& inputs) {
    test::Bench bench;
    core::State state;
    Digest digest;
    core::Value last;
    for (const auto& input : inputs) {
        const auto made = bench.fire(call, state, input.empty() ? last : input);
        EXPECT_TRUE(made) << core::to_text(call) << ": " << made.error().message;
        add(digest, made);
        if (made && made->model() != nullptr) last = core::Value(made->shared_model());
        ++bench.round.back();
    }
    for (const auto& [place, metrics] : bench.notes.metrics)
        digest.add(place).add(metrics);
    for (const auto& asked : bench.backend.asked) {  // of the client's method and its random streams
        digest.add(asked.lr).add(asked.pull).add(asked.first_random).add_array(asked.part);
        digest.add_array(asked.params).add_array(asked.correction);
        digest.add_array(asked.anchor);
    }
    return digest.add(state).text();
}

/// A data set without files, and a net that fits it.
core::Constant data() {
    return test::value(
        test::call(test::builtins(), "synthetic",
                   {{"samples", number(200)}, {"features", number(20)}, {"classes", number(5)}}));
}

core::Model of_net() {
    test::Bench bench;
    const auto net = test::value(example("linear", "net"));
    return *bench.fire(test::call(test::builtins(), "init", {{"net", net}}))->model();
}

/// The words of a parameter of type `one_of(a, b)`.
std::vector<std::string> words_of(const std::string& block, const std::string& parameter) {
    for (const auto& one : test::builtins().registry().find(block, "block")->parameters) {
        if (one.name != parameter) continue;
        std::vector<std::string> words;
        std::string word;
        for (const char c : one.type.substr(one.type.find('(') + 1)) {
            if (c != ',' && c != ')')
                word += c == ' ' ? "" : std::string(1, c);
            else
                words.push_back(std::exchange(word, {}));
            if (c == ')') break;
        }
        return words;
    }
    ADD_FAILURE() << block << " has no parameter " << parameter;
    return {};
}

void add_train(Hashes& hashes) {
    const auto optimizer = test::value(test::call(test::builtins(), "sgd", {{"lr", number(0.1)}}));
    for (const auto& algorithm : words_of("train", "algorithm")) {
        const auto call =
            test::call(test::builtins(), "train",
                       {{"data", data()}, {"optimizer", optimizer}, {"algorithm", symbol(algorithm)}});
        hashes["block/train algorithm: " + algorithm] = fired(call, {of_net(), core::Value()});
    }
}

void add_attacks(Hashes& hashes) {
    const auto all = updates(entering(), 1);
    for (const auto& kind : words_of("attack", "kind")) {
        core::Values values = all;
        if (kind == "label_flip")
            for (auto& value : values)
                value = core::Value(value.shared_model());
        const auto call =
            test::call(test::builtins(), "attack", {{"kind", symbol(kind)}, {"copies", numbers({1, 4})}});
        hashes["block/attack " + kind] = fired(call, {core::Value(values)});
    }
}

/// Blocks that act on one update.
std::string on_updates(const core::Call& call) {
    return fired(call, {updates(entering(), 1)[3], updates(entering(), 2)[3]});
}

}  // namespace

void add_blocks(Hashes& hashes) {
    const auto& library = test::builtins();
    const auto of = [&](const char* name, const test::Arguments& arguments = {}) {
        return test::call(library, name, arguments);
    };
    for (const auto& name : names_of("block", [&](auto& one) { return library.function(one) != nullptr; })) {
        if (name == "train") {
            add_train(hashes);
        } else if (name == "attack") {
            add_attacks(hashes);
        } else if (name == "init") {
            hashes["block/init"] =
                fired(of("init", {{"net", test::value(example("mlp", "net"))}, {"per_copy", {true}}}),
                      {core::Value(), core::Value()});
        } else if (name == "test") {
            hashes["block/test"] = fired(of("test", {{"data", data()}}), {of_net()});
        } else if (name == "report") {
            hashes["block/report"] = fired(of("report"), {updates(entering(), 1)[2]});
        } else if (name == "control_room") {
            hashes["block/control_room"] = fired(of("control_room"), {core::Event{"lost", "a/b", "why"}});
        } else if (name == "difference") {
            const core::List stages{test::value(example("topk", "block")),
                                    test::value(example("quantize", "block"))};
            hashes["block/difference"] = on_updates(of("difference", {{"compressor", {stages}}}));
        } else if (const auto call = example(name, "block"); !call.function.empty()) {
            hashes["block/" + name] = on_updates(call);
        }
    }
}

}  // namespace trama::portable
