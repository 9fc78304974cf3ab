#include <gtest/gtest.h>

#include "library.hpp"

namespace trama::portable {
namespace {

struct Fired {
    explicit Fired(const std::string& name) : call(example(name, "rule")) {
        if (!call.function.empty()) rule = *(*test::builtins().rule(name))(call, bench.resources);
        bench.actor.inputs.resize(7);
        bench.round = {1};
    }
    core::Call call;
    test::Bench bench;
    std::shared_ptr<const learn::Rule> rule;
    core::State state;
    Digest digest;
};

/// Three rounds of a server that folds seven updates.
std::string served(const std::string& name, bool spoilt) {
    Fired on(name);
    auto base = entering();
    on.state = on.rule->init(base);
    for (std::int64_t round = 1; round <= 3; ++round, ++on.bench.round.back()) {
        const auto made = on.rule->apply(on.bench.context(), on.state, updates(base, round, spoilt));
        add(on.digest, made);
        EXPECT_TRUE(made || spoilt) << name << ": " << made.error().message;
        if (made && made->model() != nullptr && !spoilt) base = *made->model();
    }
    return on.digest.add(on.state).text();
}

std::string along_a_tree(const std::string& name) {
    Fired on(name);
    const auto base = entering();
    on.state = on.rule->init(base);
    const auto all = updates(base, 1);
    const core::Values parts{*on.rule->merge(part(all, 0, 3)), all[3], *on.rule->merge(part(all, 4, 7))};
    for (const auto& one : parts)
        on.digest.add(one);
    add(on.digest, on.rule->apply(on.bench.context(), on.state, parts));
    return on.digest.text();
}

/// Ten updates, each from up to two versions ago.
std::string mixed(const std::string& name, bool spoilt) {
    Fired on(name);
    std::vector<std::shared_ptr<const core::Model>> versions{std::make_shared<const core::Model>(entering())};
    on.state = on.rule->init(*versions.front());
    for (std::size_t i = 0; i < 10; ++i) {
        const auto& base = versions[versions.size() - 1 - std::min(i % 3, versions.size() - 1)];
        auto update = *updates(*base, static_cast<std::int64_t>(i), spoilt)[i % 7].update();
        update.base = base;
        const core::Values one{update};
        auto context = on.bench.context();
        context.current = versions.back();
        context.staleness = context.current->version - base->version;
        const auto made = on.rule->apply(context, on.state, one);
        add(on.digest, made);
        EXPECT_TRUE(made || spoilt) << name << ": " << made.error().message;
        if (made && made->model() != nullptr && !spoilt) versions.push_back(made->shared_model());
    }
    return on.digest.add(on.state).text();
}

/// Three rounds of four peers, of whom each hears itself and the one before.
std::string exchanged(const std::string& name, bool spoilt) {
    Fired on(name);
    for (std::int64_t round = 1; round <= 3; ++round) {
        auto all = updates(entering(), round, spoilt);
        all.resize(4);
        for (auto& value : all)
            if (!on.rule->reads_bases()) value = core::Value(value.shared_model());
        for (std::size_t i = 0; i < all.size(); ++i) {
            const std::size_t before = (i + 3) % 4;
            const core::Values heard{all[before], all[i]};
            const std::vector<core::Edge> edges{{static_cast<std::int64_t>(before), 1.0 / 3, 0.4},
                                                {static_cast<std::int64_t>(i), 2.0 / 3, 0.6}};
            auto context = on.bench.context();
            context.edges = edges;
            context.own = 1;
            const auto made = on.rule->apply(context, on.state, heard);
            add(on.digest, made);
            EXPECT_TRUE(made || spoilt) << name << ": " << made.error().message;
        }
    }
    return on.digest.add(on.state).text();
}

}  // namespace

void add_rules(Hashes& hashes) {
    const auto& library = test::builtins();
    for (const auto& name : names_of("rule", [&](auto& one) { return library.rule(one) != nullptr; })) {
        const auto* signature = library.registry().find(name, "rule");
        if (example(name, "rule").function.empty()) continue;  // and the test has failed
        for (const bool spoilt : {false, true}) {
            hashes["rule/" + name + (spoilt ? " of NaN and infinities" : "")] =
                signature->mixes           ? mixed(name, spoilt)
                : signature->needs_weights ? exchanged(name, spoilt)
                                           : served(name, spoilt);
        }
        if (signature->mergeable) hashes["rule/" + name + " along a tree"] = along_a_tree(name);
    }
}

}  // namespace trama::portable
