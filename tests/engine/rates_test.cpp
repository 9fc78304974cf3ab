#include <array>

#include "engine/run_scheme.hpp"
#include "trama/core/hash.hpp"

namespace trama::engine {
namespace {

using testing::HasSubstr;

/// A way there and back over some streams, each with a program of its own: as text and by hand, which asks no
/// checker. `rate`: tokens that come out of it for each that goes in.
struct Part {
    std::string text;
    std::function<NodePtr(Build&)> make;
    double rate = 1;
};

const lang::Type model = payload("Model");
const lang::Type update = payload("Update");

Part client() {
    return {"train", [](Build& b) { return b.f("train", model, update); }, 1};
}

Part over(std::int64_t width, bool all, const std::string& back, const Part& inner) {
    Part part;
    part.text = std::string(all ? "broadcast" : "unicast(rr)") + " >> [| " + inner.text + " |]^" +
                std::to_string(width) + " >> " + back;
    // To all: each stream gets every token; to one: every so many. Back: one of each stream, or all of them.
    part.rate = inner.rate;
    if (!all) part.rate /= static_cast<double>(width);
    if (back != "reduce(mean)") part.rate *= static_cast<double>(width);
    part.make = [width, all, back, inner](Build& b) {
        const Build::Arguments in_turn{{"policy", Build::word("rr")}};
        auto there = all ? b.broadcast(width) : b.block("unicast", model, bundle(model, width), in_turn);
        auto here = b.copies(width, inner.make(b));
        if (back == "reduce(mean)")
            return b.pipe({std::move(there), std::move(here), b.reduce(width, Build::call("mean"))});
        Build::Arguments order;
        if (back == "gather(rr)") order = {{"order", Build::word("rr")}};
        return b.pipe({std::move(there), std::move(here), b.gather(width, std::move(order))});
    };
    return part;
}

std::vector<Part> bodies() {
    std::vector<Part> once;
    std::vector<Part> all;
    const auto around = [](const Part& inner, std::vector<Part>& made) {
        for (const std::int64_t width : {2, 3}) {
            for (const bool to_all : {true, false}) {
                for (const auto* back : {"reduce(mean)", "gather", "gather(rr)"})
                    made.push_back(over(width, to_all, back, inner));
            }
        }
    };
    around(client(), once);
    for (const auto& inner : once) {
        all.push_back(inner);
        around(inner, all);
    }
    return all;
}

class Rates : public RunScheme {};

/// Bodies that neither multiply nor starve tokens are accepted, and run. The others are refused for their
/// rates; run all the same, they do go wrong, and say so.
TEST_F(Rates, WhatIsRefusedDoesGoWrong) {
    int accepted = 0;
    int refused = 0;
    for (const auto& body : bodies()) {
        const auto text = "scheme = init(size: 2) >> feedback(rounds: 4) { " + body.text + " }\n";
        const auto source = std::make_shared<const lang::Source>("test.trama", text);
        const auto checked = lang::check(source, fakes_.library.registry(), {});
        for (const auto& engine : engine_names()) {
            engine_ = engine;
            if (checked.scheme) {
                EXPECT_EQ(body.rate, 1) << text;
                EXPECT_EQ(done(text).results.size(), 1u) << text;
                ++accepted;
                continue;
            }
            EXPECT_THAT(lang::render(checked.diagnostics), HasSubstr("error[T04")) << text;
            // What one part multiplies another may starve again: nobody is wronged by its being refused.
            if (body.rate == 1) continue;
            const auto once = [&] {
                Build b(fakes_.library.registry());
                return run(b.pipe({b.f("init", nothing(), model, {}, {{"size", Build::integer(2)}}),
                                   b.feedback(rounds(4), body.make(b))}));
            };
            auto outcome = once();
            // Where actors really work side by side, what is too many may be so late that the run is over.
            for (int again = 0; outcome && engine != "simulated" && again < 20; ++again)
                outcome = once();
            ASSERT_FALSE(outcome) << engine << ": " << text;
            EXPECT_THAT(outcome.error().message,
                        testing::AnyOf(HasSubstr("one too many"), HasSubstr("standstill")))
                << engine << ": " << text;
            ++refused;
        }
    }
    EXPECT_GT(accepted, 60);
    EXPECT_GT(refused, 100);
}

constexpr const char* slow_and_fast = R"(
format = "trama-devices 1"
[class.slow]
source = "assumed"
overhead = 3
[class.fast]
source = "assumed"
overhead = 1
[machines]
clients = { list = ["slow", "fast", "fast", "slow"] }
)";

/// Two tokens under way, and in each branch another of them is the first.
TEST_F(Rates, StreamsThatMeetInAnotherOrder) {
    on_devices(slow_and_fast);
    const auto scheme = [](const std::string& merges, const std::string& more) {
        return "scheme = init(size: 2) >> feedback(rounds: 4" + more +
               ") { broadcast >> [| unicast(rr) >> [| train |]^2 >> " + merges + " |]^2 >> reduce(mean) }\n";
    };
    const auto refused = run(scheme("gather", ""));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("error[T0410]"));

    // What is accepted of one at a time, run with two.
    const auto source = std::make_shared<const lang::Source>("test.trama", scheme("gather", ", inflight: 1"));
    const auto checked = lang::check(source, fakes_.library.registry(), {});
    ASSERT_TRUE(checked.scheme) << lang::render(checked.diagnostics);
    auto network = network::expand(*checked.scheme).value();
    network.loops.front().inflight = 2;
    for (auto& channel : network.channels)
        channel.capacity = 2;
    learn::Resources resources(fakes_.library, 0, {});
    const auto outcome = (*make_engine(engine_))->run(network, resources, recorded_, how_, {});
    ASSERT_FALSE(outcome);
    EXPECT_THAT(outcome.error().message, HasSubstr("one of them gave one too many"));

    // In turn they keep their order, and of one there is only one.
    const auto hash = [&](const std::string& text) {
        return core::model_hash(*done(text).results.at(0).value.model());
    };
    EXPECT_EQ(hash(scheme("gather(rr)", ", inflight: 1")), hash(scheme("gather", ", inflight: 1")));
    EXPECT_EQ(done(scheme("gather(rr)", "")).results.size(), 1u);
}

}  // namespace
}  // namespace trama::engine
