#pragma once

#include <cstdlib>
#include <stop_token>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_library.hpp"
#include "support/scheme_builder.hpp"
#include "trama/engine/engine.hpp"
#include "trama/lang/diagnostic.hpp"

namespace trama::engine {

using test::Build;
using test::bundle;
using test::first;
using test::list;
using test::NodePtr;
using test::nothing;
using test::payload;

/// Builds schemes of fake functions and runs them.
class RunScheme : public testing::Test {
  protected:
    const lang::Type model_ = payload("Model");
    const lang::Type update_ = payload("Update");

    NodePtr init(Build::Arguments arguments = {}) {
        return b_.f("init", nothing(), model_, {}, std::move(arguments));
    }
    NodePtr client(Build::Arguments arguments = {}) {
        return b_.f("train", model_, update_, "client", std::move(arguments));
    }
    NodePtr on(const std::string& function, Build::Arguments arguments = {}) {
        return b_.f(function, update_, update_, {}, std::move(arguments));
    }
    NodePtr star(std::int64_t n, Build::Arguments arguments = {}, std::int64_t arity = 0) {
        return b_.pipe(
            {b_.broadcast(n), b_.copies(n, client(std::move(arguments))), b_.reduce(n, mean(), arity)});
    }
    static core::Constant mean() { return Build::call("mean"); }
    static Build::Arguments rounds(std::int64_t n) { return {{"rounds", Build::integer(n)}}; }

    core::Result<Outcome> run(const NodePtr& root, unsigned threads = 2, std::stop_token stop = {}) {
        auto network = network::expand(b_.scheme(root));
        EXPECT_TRUE(network) << network.error().message;
        learn::Resources resources(fakes_.library, 0, [] {
            return core::Result<learn::Backend*>(core::fail(core::ErrorKind::run, "no backend"));
        });
        auto how = how_;
        how.threads = threads;
        return (*make_engine(engine_))->run(*network, resources, recorded_, how, std::move(stop));
    }
    /// A scheme as text.
    core::Result<Outcome> run(const std::string& text, unsigned threads = 2) {
        const auto source = std::make_shared<const lang::Source>("test.trama", text);
        checked_ = lang::check(source, fakes_.library.registry(), {});
        if (!checked_.scheme)
            return core::fail(core::ErrorKind::scheme, lang::render(checked_.diagnostics), "check");
        auto network = network::expand(*checked_.scheme);
        if (!network) return tl::unexpected(network.error());
        learn::Resources resources(fakes_.library, 0, {});
        auto how = how_;
        how.threads = threads;
        return (*make_engine(engine_))->run(*network, resources, recorded_, how, {});
    }
    Outcome done(const std::string& text, unsigned threads = 2) {
        auto outcome = run(text, threads);
        if (!outcome) {
            ADD_FAILURE() << outcome.error().message << " at " << outcome.error().where << "\n" << text;
            return {};
        }
        return std::move(*outcome);
    }
    /// On these machines, by the simulated engine.
    void on_devices(const std::string& toml) {
        auto devices = Devices::parse(toml, "devices.toml");
        ASSERT_TRUE(devices) << devices.error().message << " at " << devices.error().where;
        how_.devices = std::make_shared<const Devices>(std::move(*devices));
        engine_ = "simulated";
    }
    Outcome done(const NodePtr& root, unsigned threads = 2) {
        auto outcome = run(root, threads);
        if (!outcome) {
            ADD_FAILURE() << outcome.error().message << " at " << outcome.error().where;
            return {};
        }
        EXPECT_EQ(outcome->status, Outcome::Status::done);
        return std::move(*outcome);
    }

    test::Fakes fakes_;
    test::Recorded recorded_;
    Build b_{fakes_.library.registry()};
    /// All of these tests on another engine: TRAMA_TEST_ENGINE=fastflow engine_test
    static std::string engine_under_test() {
        const auto* wanted = std::getenv("TRAMA_TEST_ENGINE");
        return wanted != nullptr ? wanted : "threads";
    }
    std::string engine_ = engine_under_test();
    RunOptions how_;
    lang::CheckResult checked_;
};

}  // namespace trama::engine
