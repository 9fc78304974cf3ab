#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/run_scheme.hpp"
#include "engine/simulated/cost.hpp"
#include "engine/simulated/devices.hpp"
#include "support/check_scheme.hpp"

namespace trama::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* head = "format = \"trama-devices 1\"\n";
const std::string three_classes = std::string(head) +
                                  "[class.a]\nsource = \"assumed\"\ntrain_rate = 100\nmemory_rate = 1e6\n"
                                  "[class.b]\nsource = \"assumed\"\nflops = 1e6\noverhead = 0.5\n"
                                  "[class.c]\nsource = \"assumed\"\nlike = \"b\"\noverhead = 2\n";

Devices parsed(const std::string& text) {
    auto devices = Devices::parse(text, "some.toml");
    if (!devices) {
        ADD_FAILURE() << devices.error().message << " at " << devices.error().where;
        return Devices::instant();
    }
    return *devices;
}

/// A scheme with everything that its machines are made from.
struct Placed {
    explicit Placed(const std::string& scheme) {
        auto checked = checker(scheme);
        if (!checked.scheme) throw std::runtime_error(lang::render(checked.diagnostics));
        network = network::expand(*checked.scheme).value();
    }
    core::Result<Machines> on(const Devices& devices, std::uint64_t seed = 0) {
        return Machines::make(network, devices, resources, seed);
    }
    const network::Actor& actor(std::string_view path) const {
        for (const auto& one : network.actors)
            if (one.path == path) return one;
        throw std::runtime_error("no actor " + std::string(path));
    }

    test::Checker checker;
    network::Network network;
    learn::Resources resources{
        checker.library, 0,
        [] { return core::Result<learn::Backend*>(core::fail(core::ErrorKind::run, "no backend")); }};
};

constexpr const char* star = R"(
data = synthetic(samples: 1000, features: 20, classes: 4, partition: iid)
net = mlp(20, 8, 4)
client = train(data, optimizer: sgd(lr: 0.1), batch: 10, epochs: 2)
scheme = init(net) >> feedback(rounds: 2) {
    broadcast >> [| client |]^4 >> reduce(fedavg) >> test(data)
}
)";

TEST(DevicesFile, ReadsClassesAndMachines) {
    const auto devices = parsed(three_classes +
                                "available = [\"22:00-06:00\", \"12:30-13:00\"]\n"
                                "[machines]\nserver = \"a\"\nclients = { list = [\"b\", \"c\"] }\n"
                                "[site.lab]\nclass = \"c\"\n");
    const auto& data = devices.data();
    ASSERT_EQ(data.classes.size(), 3U);
    EXPECT_EQ(data.classes[0].name, "a");
    EXPECT_EQ(data.classes[0].train_rate, 100);
    EXPECT_EQ(data.classes[2].flops, 1e6);  // like b
    EXPECT_EQ(data.classes[2].overhead, 2);
    std::vector<double> hours;
    for (const auto& [from, to] : data.classes[2].available) {
        hours.push_back(from / 3600);
        hours.push_back(to / 3600);
    }
    EXPECT_THAT(hours, ElementsAre(0, 6, 12.5, 13, 22, 24));
    EXPECT_THAT(data.clients.classes, ElementsAre(1, 2));
    EXPECT_THAT(data.server.classes, ElementsAre(0));
    EXPECT_THAT(data.edges.classes, ElementsAre(0));
    EXPECT_EQ(data.sites.at("lab"), 2);
}

TEST(DevicesFile, SaysWhatIsWrongAndWhere) {
    struct Case {
        std::string text, where, message, hint;
    };
    const std::string machines = "[machines]\nclients = \"a\"\n";
    const std::vector<Case> cases{
        {"", "f.toml:1", "it does not say its format", "begin with format"},
        {"format = \"trama-devices 2\"\n", "f.toml:1", "it does not say its format", "trama-devices 1"},
        {std::string(head) + "x = = 1\n", "f.toml:2", "", "TOML"},
        {std::string(head) + "[clas.a]\n", "f.toml:2", "there is no `clas` here", "did you mean `class`?"},
        {std::string(head) + "[class.a]\nflops = 1\n", "f.toml:2", "class `a` does not say where", "assumed"},
        {std::string(head) + "[class.a]\nsource = \"assumed\"\nflosp = 1\n", "f.toml:4",
         "there is no `flosp` here", "did you mean `flops`?"},
        {std::string(head) + "[class.a]\nsource = \"assumed\"\nflops = -1\n", "f.toml:4",
         "`flops` is a number from 0", ""},
        {std::string(head) + "[class.a]\nsource = \"assumed\"\nup = \"fast\"\n", "f.toml:4",
         "`up` is a number from 0", ""},
        {std::string(head) + "[class.a]\nsource = \"assumed\"\nloss = 1\n", "f.toml:4",
         "`loss` is a number from 0 to 0.99", ""},
        {std::string(head) + "[class.a]\nsource = \"assumed\"\navailable = [\"8-9\"]\n", "f.toml:4",
         "`available` is a list of times", "22:00-06:00"},
        {std::string(head) +
             "[class.a]\nsource = \"assumed\"\navailable = [\"08:00-10:00\", \"09:00-11:00\"]\n",
         "f.toml:4", "do not overlap", ""},
        {std::string(head) + "[class.a]\nsource = \"assumed\"\nlike = \"a\"\n", "f.toml:2", "is like itself",
         ""},
        {three_classes, "f.toml", "it does not say which machines", "[machines]"},
        {three_classes + "[machines]\nserver = \"a\"\n", "f.toml:14", "does not say what the clients are",
         "clients ="},
        {three_classes + "[machines]\nclients = \"raspberry-pi-5\"\n", "f.toml:15",
         "there is no class `raspberry-pi-5`", "did you mean `raspberry-pi-4`?"},
        {three_classes + "[machines]\nclients = { mix = { a = 0.5, b = 0.4 } }\n", "f.toml:15",
         "add up to 0.9, not 1", ""},
        {three_classes + "[machines]\nclients = { mix = { a = 2, b = -1 } }\n", "f.toml:15",
         "a number above 0", ""},
        {three_classes + "[machines]\nclients = { lst = [\"a\"] }\n", "f.toml:15", "which classes", "list ="},
        {three_classes + machines + "[site.lab]\n", "f.toml:16", "does not say its class", "class ="},
    };
    for (const auto& one : cases) {
        const auto devices = Devices::parse(one.text, "f.toml");
        ASSERT_FALSE(devices) << one.text;
        EXPECT_EQ(devices.error().kind, core::ErrorKind::data);
        EXPECT_EQ(devices.error().where, one.where) << one.text;
        EXPECT_THAT(devices.error().message, HasSubstr(one.message)) << one.text;
        EXPECT_THAT(devices.error().hint, HasSubstr(one.hint)) << one.text;
    }
    const auto missing = Devices::find("/nonexistent/devices.toml");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, core::ErrorKind::data);
    EXPECT_THAT(missing.error().hint, HasSubstr("raspberry-pi-4"));
}

TEST(DevicesFile, EveryShippedClassReadsAndSaysItsSources) {
    const auto names = Devices::shipped();
    EXPECT_THAT(names, testing::IsSupersetOf({"raspberry-pi-4", "jetson-orin-nano", "hifive-unmatched",
                                              "sifive-p550", "x86-server", "phone-mid"}));
    for (const auto& name : names) {
        const auto devices = Devices::find(name);
        ASSERT_TRUE(devices) << devices.error().message << devices.error().where;
        const auto& data = devices->data();
        const auto& device = data.classes[data.clients.classes.front()];
        EXPECT_EQ(device.name, name);
        EXPECT_GT(device.flops, 0);
        EXPECT_GT(device.watts_busy, device.watts_idle);
        EXPECT_EQ(data.classes[data.server.classes.front()].name, "x86-server");
        if (device.source == "assumed") continue;
        // Each number is either from somewhere or assumed.
        for (const auto* number : {"flops", "memory_rate", "overhead", "memory", "watts_idle", "watts_busy",
                                   "up", "down", "latency"})
            EXPECT_THAT(device.source, HasSubstr(number)) << name;
    }
}

std::string page() {
    std::ifstream in(std::filesystem::path(TRAMA_SOURCE_DIR) / "docs" / "simulation.md");
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST(DevicesFile, TheManualsExampleReads) {
    const auto text = page();
    const std::string opening = "```toml\n";
    const auto begin = text.find(opening);
    ASSERT_NE(begin, std::string::npos);
    const auto end = text.find("```", begin + opening.size());
    const auto devices = parsed(text.substr(begin + opening.size(), end - begin - opening.size()));
    EXPECT_EQ(devices.data().clients.upto.size(), 3U);
}

TEST(DevicesFile, TheManualsTableIsThatOfTheFiles) {
    const auto text = page();
    for (const auto& name : Devices::shipped()) {
        const auto devices = Devices::find(name).value();
        const auto& data = devices.data();
        const auto& device = data.classes[data.clients.classes.front()];
        EXPECT_THAT(text, HasSubstr(fmt::format("\n| `{}` | {:.3g} | {}, {} | ", name, device.flops / 1e9,
                                                device.watts_idle, device.watts_busy)));
    }
}

TEST(Machines, OneForTheServerAndOneForEachCopy) {
    Placed placed(star);
    const auto machines = placed.on(parsed(three_classes + "[machines]\nclients = \"b\"\nserver = \"a\"\n"));
    ASSERT_TRUE(machines) << machines.error().message;
    EXPECT_EQ(machines->count(), 5U);
    EXPECT_EQ(machines->name(0), "server");
    EXPECT_EQ(machines->device(0).name, "a");
    const auto client = machines->of(placed.actor("scheme/feedback/[2]/client").id);
    EXPECT_EQ(machines->name(client), "client[2]");
    EXPECT_EQ(machines->device(client).name, "b");
    EXPECT_EQ(machines->of(placed.actor("scheme/feedback/reduce").id), 0U);
}

TEST(Machines, NestedCopiesStandOnEdges) {
    Placed placed(R"(
data = synthetic(samples: 1000, features: 20, classes: 4, partition: iid)
client = train(data, optimizer: sgd(lr: 0.1), batch: 10)
scheme = init(mlp(20, 4)) >> feedback(rounds: 1) {
    broadcast >> [| broadcast >> [| client |]^3 >> reduce(fedavg) |]^2 >> reduce(fedavg)
}
)");
    const auto machines =
        placed.on(parsed(three_classes + "[machines]\nserver = \"a\"\nedges = \"c\"\n"
                                         "clients = { list = [\"a\", \"b\", \"a\", \"b\", \"a\", \"b\"] }"));
    ASSERT_TRUE(machines) << machines.error().message;
    ASSERT_EQ(machines->count(), 9U);
    std::vector<std::string> all;
    for (std::size_t i = 0; i < machines->count(); ++i)
        all.push_back(machines->name(i) + " " + machines->device(i).name);
    EXPECT_THAT(all, ElementsAre("server a", "edge[0] c", "client[0,0] a", "client[0,1] b", "client[0,2] a",
                                 "edge[1] c", "client[1,0] b", "client[1,1] a", "client[1,2] b"));

    const auto wrong = placed.on(parsed(three_classes + "[machines]\nclients = { list = [\"a\", \"b\"] }\n"));
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().kind, core::ErrorKind::data);
    EXPECT_EQ(wrong.error().message, "the list of `clients` has 2 machines, and this scheme has 6 of them");
}

TEST(Machines, ASiteWinsOverTheCopy) {
    Placed placed(star);
    const auto at = [&](std::string_view path, const char* site) {
        placed.network.actors[placed.actor(path).id].site = core::Constant{core::Symbol{site}};
    };
    at("scheme/feedback/[1]/client", "lab");
    at("scheme/feedback/reduce", "lab");
    const std::string machines = "[machines]\nclients = \"b\"\nserver = \"a\"\n";
    const auto made = placed.on(parsed(three_classes + machines + "[site.lab]\nclass = \"c\"\n"));
    ASSERT_TRUE(made) << made.error().message;
    const auto lab = made->of(placed.actor("scheme/feedback/[1]/client").id);
    EXPECT_EQ(made->of(placed.actor("scheme/feedback/reduce").id), lab);
    EXPECT_EQ(made->name(lab), "lab");
    EXPECT_EQ(made->device(lab).name, "c");
    EXPECT_EQ(made->name(made->of(placed.actor("scheme/feedback/[3]/client").id)), "client[3]");

    const auto missing = placed.on(parsed(three_classes + machines));
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().message, "nothing says what machine stands at `lab`");
}

TEST(Machines, AMixIsDrawnFromTheSeed) {
    Placed placed(R"(
data = synthetic(samples: 5000, features: 20, classes: 4, partition: iid)
scheme = init(mlp(20, 4)) >> broadcast >> [| train(data, optimizer: sgd(lr: 0.1), batch: 10) |]^2000 >> reduce(fedavg)
)");
    const auto devices =
        parsed(three_classes + "[machines]\nclients = { mix = { a = 0.2, b = 0.5, c = 0.3 } }\n");
    const auto drawn = [&](std::uint64_t seed) {
        const auto machines = placed.on(devices, seed).value();
        std::string classes;
        for (std::size_t i = 1; i < machines.count(); ++i)
            classes += machines.device(i).name;
        return classes;
    };
    const auto first = drawn(1);
    EXPECT_EQ(first, drawn(1));
    EXPECT_NE(first, drawn(2));
    // Within five standard deviations of a binomial.
    EXPECT_NEAR(static_cast<double>(std::ranges::count(first, 'a')), 400, 90);
    EXPECT_NEAR(static_cast<double>(std::ranges::count(first, 'b')), 1000, 112);
    EXPECT_NEAR(static_cast<double>(std::ranges::count(first, 'c')), 600, 103);
}

TEST(Machines, WhatWorkTakes) {
    Placed placed(star);
    const auto& client = placed.actor("scheme/feedback/[1]/client");
    const auto& test = placed.actor("scheme/feedback/test");
    const auto& reduce = placed.actor("scheme/feedback/reduce");
    const auto rates = placed.on(parsed(three_classes + "[machines]\nclients = \"a\"\nserver = \"a\"\n"));
    // 800 samples to train in 4 parts, two epochs of them, 100 a second; 200 to test, three times as fast.
    EXPECT_DOUBLE_EQ(rates->work(client, 12345), 4);
    EXPECT_DOUBLE_EQ(rates->work(test, 12345), 200.0 / 300);
    EXPECT_DOUBLE_EQ(rates->work(reduce, 500'000), 0.5);

    const auto flops = placed.on(parsed(three_classes + "[machines]\nclients = \"b\"\nserver = \"b\"\n"));
    // mlp(20, 8, 4): 20 x 8 + 8 x 4 = 192 multiply-adds a sample.
    EXPECT_DOUBLE_EQ(flops->work(client, 0), 0.5 + 400 * 2 * 192 * 3 / 1e6);
    EXPECT_DOUBLE_EQ(flops->work(test, 0), 0.5 + 200 * 2 * 192 / 1e6);
    EXPECT_DOUBLE_EQ(flops->work(reduce, 500'000), 0.5);

    const auto nothing = placed.on(Devices::instant());
    EXPECT_EQ(nothing->work(client, 1000), 0);
    EXPECT_EQ(nothing->available(0, 7), 7);
}

/// Each works on the net of the model that comes to it, however long its way is.
TEST(Machines, WorkOfTwoNetsInOneScheme) {
    const std::string begin = R"(
data = synthetic(samples: 1000, features: 20, classes: 4, partition: iid)
small = mlp(20, 4)
big = mlp(20, 30, 4)
client = train(data, optimizer: sgd(lr: 0.1), batch: 10)
)";
    const auto devices = parsed(three_classes + "[machines]\nclients = \"b\"\nserver = \"b\"\n");
    // 20 x 4, and 20 x 30 + 30 x 4 multiply-adds a sample; 400 samples to train, 100 or 200 to test.
    const auto trains = [](double multiply_adds) { return 0.5 + 400 * 2 * multiply_adds * 3 / 1e6; };
    const auto tests = [](double samples, double multiply_adds) {
        return 0.5 + samples * 2 * multiply_adds / 1e6;
    };
    Placed apart(begin + R"(
scheme = [|
    init(small) >> feedback(rounds: 2, until: train_loss <= 0) { client },
    init(big) >> feedback(rounds: 2) { client }
|] >> [| test(data, part: own) |]^2
)");
    const auto two = apart.on(devices);
    ASSERT_TRUE(two) << two.error().message;
    std::vector<double> works;
    for (const auto& actor : apart.network.actors)
        if (actor.call && (actor.call->function == "train" || actor.call->function == "test"))
            works.push_back(two->work(actor, 0));
    EXPECT_THAT(works,
                testing::UnorderedElementsAre(trains(80), trains(720), tests(100, 80), tests(100, 720)));

    // Side by side in one feedback, chosen among, and decided by one control actor.
    Placed beside(begin + R"(
scheme = [| init(small) >> test(data) >> test(data), init(big) |]
    >> feedback(rounds: 3, until: train_loss <= 0.1) { sample(1) >> [| client |]^2 }
)");
    const auto streams = beside.on(devices);
    ASSERT_TRUE(streams) << streams.error().message;
    works.clear();
    for (const auto& actor : beside.network.actors)
        if (actor.call && actor.call->function == "train") works.push_back(streams->work(actor, 0));
    EXPECT_THAT(works, ElementsAre(trains(80), trains(720)));
}

TEST(Machines, BatchesAtMostAndPartsByNumber) {
    Placed placed(R"(
data = synthetic(samples: 1000, features: 20, classes: 4, partition: iid)
few = train(data, optimizer: sgd(lr: 0.1), batch: 10, epochs: 2, max_batches: 3)
scheme = init(mlp(20, 4)) >> few >> test(data, part: 1, parts: 10)
)");
    const auto machines = placed.on(parsed(three_classes + "[machines]\nclients = \"a\"\nserver = \"a\"\n"));
    EXPECT_DOUBLE_EQ(machines->work(placed.actor("scheme/few"), 0), 0.3);
    EXPECT_DOUBLE_EQ(machines->work(placed.actor("scheme/test"), 0), 20.0 / 300);
}

TEST(Cost, OfAConvolutionalNetByHand) {
    test::Checker checker;
    learn::Layer convolution;
    convolution.kind = learn::Layer::Kind::conv2d;
    convolution.in = 3;
    convolution.out = 8;
    convolution.kernel = 5;
    convolution.stride = 2;
    convolution.padding = 1;
    learn::Layer flatten;
    flatten.kind = learn::Layer::Kind::flatten;
    learn::Layer linear;
    linear.kind = learn::Layer::Kind::linear;
    linear.in = 8 * 5 * 4;
    linear.out = 10;
    // 12 x 10 pixels become (12 + 2 - 5) / 2 + 1 = 5 times (10 + 2 - 5) / 2 + 1 = 4.
    const auto net = learn::assemble({3, 12, 10}, {convolution, flatten, linear});
    ASSERT_TRUE(net) << net.error().message;
    EXPECT_EQ(multiply_adds(*net), 5 * 4 * 8 * 3 * 25 + 160 * 10);

    learn::Layer lstm;
    lstm.kind = learn::Layer::Kind::lstm;
    lstm.in = 6;
    lstm.out = 4;
    learn::Layer last;
    last.kind = learn::Layer::Kind::last_step;
    const auto recurrent = learn::assemble({7, 6}, {lstm, last});
    ASSERT_TRUE(recurrent) << recurrent.error().message;
    EXPECT_EQ(multiply_adds(*recurrent), 7 * 4 * 4 * (6 + 4));

    learn::Net script;
    script.params = std::make_shared<const core::Layout>(
        std::vector<core::Entry>{{"w", core::DType::f32, {3, 5}, 0}, {"b", core::DType::f32, {3}, 0}});
    EXPECT_EQ(multiply_adds(script), 18);
}

TEST(Machines, AreThereAtTheirHours) {
    Placed placed(star);
    const auto machines = placed.on(parsed(three_classes + "available = [\"22:00-06:00\", \"12:00-13:00\"]\n"
                                                           "[machines]\nclients = \"c\"\nserver = \"a\"\n"));
    constexpr double hour = 3600;
    EXPECT_EQ(machines->available(0, 7 * hour), 7 * hour);
    const auto at = [&](double now) { return machines->available(1, now * hour) / hour; };
    EXPECT_EQ(at(0), 0);
    EXPECT_EQ(at(5.5), 5.5);
    EXPECT_EQ(at(6), 12);
    EXPECT_EQ(at(12.5), 12.5);
    EXPECT_EQ(at(13), 22);
    EXPECT_EQ(at(23), 23);
    EXPECT_EQ(at(24 + 23), 24 + 23);
    EXPECT_EQ(at(48 + 7), 48 + 12);

    const auto once = placed.on(parsed(three_classes + "available = [\"02:00-03:00\"]\n"
                                                       "[machines]\nclients = \"c\"\nserver = \"a\"\n"));
    EXPECT_EQ(once->available(1, 4 * hour), 26 * hour);
}

TEST(Energy, OfOneMachine) {
    DeviceClass device;
    device.watts_idle = 2;
    device.watts_busy = 10;
    device.watts_radio = 3;
    EXPECT_DOUBLE_EQ(joules(device, 3, 4, 10), 3 * 10 + 7 * 2 + 4 * 3);
    EXPECT_DOUBLE_EQ(joules(device, 0, 0, 10), 20);
    EXPECT_DOUBLE_EQ(joules(device, 12, 25, 10), 100 + 30) << "not longer than the run";
}

class EnergyOfARun : public RunScheme {};

/// A model is 32 bytes: a second down, two seconds up. The first client takes 3 s and the second 1 s, the
/// server half a second for init and for each reduce. Two rounds of 1 + 3 + 2 + 0.5 s behind the init.
TEST_F(EnergyOfARun, ByHand) {
    const std::string text =
        "client = train\nscheme = init(size: 8) >> feedback(rounds: 2) { broadcast >> [| client |]^2 >> "
        "reduce(mean) }\n";
    EXPECT_FALSE(done(text).joules);
    on_devices(R"(format = "trama-devices 1"
[class.server]
source = "assumed"
overhead = 0.5
watts_idle = 50
watts_busy = 100
watts_radio = 1000
[class.slow]
source = "assumed"
overhead = 3
watts_idle = 1
watts_busy = 5
watts_radio = 2
up = 16
down = 32
[class.fast]
source = "assumed"
like = "slow"
overhead = 1
[machines]
server = "server"
clients = { list = ["slow", "fast"] }
)");
    const auto outcome = done(text);
    EXPECT_DOUBLE_EQ(outcome.seconds, 13.5);
    const double server = 1.5 * 100 + 12 * 50;  // its link takes no time
    const double radio = 2 * (1 + 2) * 2;
    ASSERT_TRUE(outcome.joules);
    EXPECT_DOUBLE_EQ(*outcome.joules, server + (6 * 5 + 7.5 * 1 + radio) + (2 * 5 + 11.5 * 1 + radio));
    const auto idle = done(
        "client = train\nscheme = init(size: 8) >> feedback(rounds: 2) { broadcast >> sample(streams: [[0]]) "
        ">> "
        "[| client |]^2 >> reduce(mean) }\n");
    EXPECT_DOUBLE_EQ(*idle.joules, server + (6 * 5 + 7.5 * 1 + radio) + 13.5 * 1)
        << "whoever takes no part is idle, and nothing is sent to it";
}

}  // namespace
}  // namespace trama::engine
