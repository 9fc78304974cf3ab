#include "trama/learn/library.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <thread>

#include "support.hpp"

namespace trama {
namespace {

using test::Bench;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

core::Call bare(const std::string& function, std::int64_t number = 0) {
    return {function, "", {{"n", {number}}}};
}

lang::Signature data_signature(const std::string& name) {
    lang::Signature signature;
    signature.name = name;
    signature.sort = "data";
    return signature;
}

TEST(Library, KeepsWhatIsAddedAndMarksItAsRunning) {
    learn::Library library;
    library.add_data(
        data_signature("mine"),
        [](const core::Call&, learn::Resources&) -> core::Result<std::shared_ptr<const learn::Dataset>> {
            return std::make_shared<const learn::Dataset>();
        },
        nullptr);
    EXPECT_NE(library.data("mine"), nullptr);
    EXPECT_EQ(library.data("other"), nullptr);
    EXPECT_EQ(library.function("mine"), nullptr);
    EXPECT_TRUE(library.registry().find("mine")->runs);
    EXPECT_TRUE(library.probe_data(bare("mine"))->input.empty());
    EXPECT_THROW(library.add_data(data_signature("mine"), nullptr, nullptr), std::invalid_argument);
    EXPECT_FALSE(library.net(bare("mine")));
    EXPECT_TRUE(library.probe_net(bare("later")));
}

TEST(Library, ANetFromAFileIsOpenedByTheRunAndUnknownToTheChecker) {
    const auto call = test::call(test::builtins(), "model", {{"file", test::text("net.pt")}});
    const auto facts = test::builtins().probe_net(call);
    ASSERT_TRUE(facts);
    EXPECT_TRUE(facts->input.empty());
    EXPECT_EQ(facts->classes, 0);

    test::FakeBackend backend;
    learn::Resources resources(
        test::builtins(), 0, [&] { return core::Result<learn::Backend*>(&backend); }, "/schemes");
    const auto net = resources.net(call);
    ASSERT_FALSE(net);
    EXPECT_EQ(net.error().where, "/schemes/net.pt") << "relative to the scheme";
    learn::Resources without(test::builtins(), 0, nullptr);
    EXPECT_EQ(without.net(call).error().message, "this run has no tensor library");
}

TEST(Library, EverySignatureExplainsItself) {
    for (const auto* signature : test::builtins().registry().all()) {
        SCOPED_TRACE(signature->name);
        EXPECT_FALSE(signature->doc.empty());
        EXPECT_THAT(signature->doc, EndsWith("."));
        EXPECT_FALSE(signature->group.empty());
        EXPECT_THAT(signature->example, HasSubstr(signature->name));
        for (const auto& parameter : signature->parameters) {
            SCOPED_TRACE(parameter.name);
            EXPECT_FALSE(parameter.doc.empty());
            EXPECT_FALSE(parameter.fallback && parameter.optional);
        }
    }
}

TEST(Library, HasARuntimeForWhatItSays) {
    const auto& library = test::builtins();
    for (const auto* signature : library.registry().all()) {
        SCOPED_TRACE(signature->name);
        const auto& name = signature->name;
        if (signature->sort == "data") {
            EXPECT_EQ(library.data(name) != nullptr, signature->runs);
        }
        if (signature->sort == "rule") {
            EXPECT_EQ(library.rule(name) != nullptr, signature->runs);
        }
        if (signature->sort == "block" &&
            (signature->expands_to.empty() || signature->expands_to == "together")) {
            EXPECT_EQ(library.function(name) != nullptr, signature->runs);
        }
    }
    for (const char* name : {"init", "train", "test"})
        EXPECT_NE(library.function(name), nullptr) << name;
    for (const char* name : {"fedavg", "metrics"})
        EXPECT_NE(library.rule(name), nullptr) << name;
    for (const char* name : {"digits", "mnist", "fashion_mnist", "idx", "csv", "synthetic"})
        EXPECT_NE(library.data(name), nullptr) << name;
}

/// Counts readers; `slow` ones wait for each other.
struct Counting {
    learn::Library library;
    std::atomic<int> made{0};
    std::mutex mutex;
    std::condition_variable changed;
    int inside = 0;

    Counting() {
        library.add_data(
            data_signature("plain"),
            [this](const core::Call&,
                   learn::Resources&) -> core::Result<std::shared_ptr<const learn::Dataset>> {
                ++made;
                return std::make_shared<const learn::Dataset>();
            },
            nullptr);
        library.add_data(
            data_signature("pair"),
            [this](const core::Call&,
                   learn::Resources&) -> core::Result<std::shared_ptr<const learn::Dataset>> {
                std::unique_lock lock(mutex);
                ++inside;
                changed.notify_all();
                if (!changed.wait_for(lock, std::chrono::seconds(20), [this] { return inside >= 2; })) {
                    return core::fail(core::ErrorKind::run, "the other one never came");
                }
                return std::make_shared<const learn::Dataset>();
            },
            nullptr);
        library.add_data(
            data_signature("broken"),
            [this](const core::Call&,
                   learn::Resources&) -> core::Result<std::shared_ptr<const learn::Dataset>> {
                ++made;
                return core::fail(core::ErrorKind::data, "broken");
            },
            nullptr);
    }
};

TEST(Resources, MakeADataSetOnceHoweverManyAsk) {
    Counting counting;
    learn::Resources resources(counting.library, 0, {});
    std::vector<std::thread> threads;
    std::vector<const learn::Dataset*> got(8);
    for (std::size_t i = 0; i < 8; ++i)
        threads.emplace_back([&, i] { got[i] = resources.data(bare("plain"))->get(); });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(counting.made, 1);
    for (const auto* one : got)
        EXPECT_EQ(one, got[0]);
    (void)resources.data(bare("plain", 1));
    EXPECT_EQ(counting.made, 2);
}

TEST(Resources, ReadDifferentDataSetsSideBySide) {
    Counting counting;
    learn::Resources resources(counting.library, 0, {});
    std::thread other([&] { EXPECT_TRUE(resources.data(bare("pair", 1))); });
    EXPECT_TRUE(resources.data(bare("pair", 2)));
    other.join();
}

TEST(Resources, AnErrorIsKeptToo) {
    Counting counting;
    learn::Resources resources(counting.library, 0, {});
    EXPECT_EQ(resources.data(bare("broken")).error().message, "broken");
    EXPECT_EQ(resources.data(bare("broken")).error().message, "broken");
    EXPECT_EQ(counting.made, 1);
    EXPECT_EQ(resources.data(bare("unknown")).error().message, "this build has no data set `unknown`");
    EXPECT_FALSE(resources.backend());
}

TEST(Resources, PartsLiveAsLongAsTheResources) {
    Bench bench;
    auto data = *bench.resources.data(test::call(test::builtins(), "synthetic"));
    auto first = bench.resources.part(*data, learn::Split::train, 1, 4);
    for (std::int64_t copies = 1; copies < 50; ++copies)
        (void)bench.resources.part(*data, learn::Split::train, 0, copies);
    auto again = bench.resources.part(*data, learn::Split::train, 1, 4);
    EXPECT_EQ(first->data(), again->data());
    EXPECT_EQ(first->size(), 200U);
    EXPECT_FALSE(bench.resources.part(*data, learn::Split::train, 4, 4));
    EXPECT_EQ(bench.resources.part(*data, learn::Split::test, 1, 4)->size(), 50U);
}

TEST(Resources, TheBackendIsLoadedOnce) {
    int loaded = 0;
    test::FakeBackend backend;
    learn::Resources resources(test::builtins(), 0, [&]() -> core::Result<learn::Backend*> {
        ++loaded;
        return &backend;
    });
    EXPECT_EQ(*resources.backend(), &backend);
    EXPECT_EQ(*resources.backend(), &backend);
    EXPECT_EQ(loaded, 1);
}

TEST(Context, StreamsAreNamedByTheActorItsCopyAndTheRound) {
    Bench bench;
    auto first = [&](const char* purpose) { return bench.context().stream(purpose).bits64(); };
    auto base = first("a");
    EXPECT_EQ(base, first("a"));
    EXPECT_NE(base, first("b"));
    bench.round = {4};
    EXPECT_NE(base, first("a"));
    bench.round = {3};
    bench.actor.copy = {2};
    EXPECT_NE(base, first("a"));
    bench.actor.copy = {1};
    bench.actor.path = "elsewhere";  // a place in the pipe is no name
    EXPECT_EQ(base, first("a"));
}

TEST(Context, Place) {
    Bench bench;
    EXPECT_EQ(bench.context().place(), "scheme/feedback/[1]/client, round 3");
    bench.round = {};
    EXPECT_EQ(bench.context().place(), "scheme/feedback/[1]/client");
}

TEST(LoadBackend, SaysWhatIsMissing) {
    auto none = learn::load_backend("/nowhere/trama_torch.so");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, core::ErrorKind::run);
    EXPECT_EQ(none.error().message, "there is no tensor module `/nowhere/trama_torch.so`");
    EXPECT_THAT(none.error().hint, HasSubstr("TRAMA_MODULES"));
    test::Folder folder;
    auto text = folder.write("trama_torch.so", "no library");
    EXPECT_THAT(learn::load_backend(text).error().message,
                StartsWith("cannot load the tensor module `" + text.string() + "`: "));
    EXPECT_THAT(learn::load_backend("libz.so.1").error().message, HasSubstr("there is no tensor module"));
}

TEST(LoadBackend, NumericLibrariesGetOneThread) {
    ::setenv("OMP_NUM_THREADS", "7", 1);
    learn::prepare_environment();
    EXPECT_STREQ(std::getenv("OMP_NUM_THREADS"), "1");
    EXPECT_STREQ(std::getenv("OPENBLAS_NUM_THREADS"), "1");
}

TEST(LoadBackend, TheModuleLiesBesideTheLibraryUnlessSaidOtherwise) {
    ::unsetenv("TRAMA_MODULES");
    EXPECT_THAT(learn::default_module("torch").string(), EndsWith("/trama/trama_torch.so"));
    ::setenv("TRAMA_MODULES", "/opt/modules", 1);
    EXPECT_EQ(learn::default_module("torch"), "/opt/modules/trama_torch.so");
    ::unsetenv("TRAMA_MODULES");
}

}  // namespace
}  // namespace trama
