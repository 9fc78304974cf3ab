#include <gtest/gtest.h>

#include <fmt/format.h>

#include "inputs.hpp"
#include "learn/privacy/accountant.hpp"
#include "library.hpp"
#include "trama/learn/augmentation.hpp"
#include "trama/learn/partition.hpp"

namespace trama::portable {
namespace {

using test::number;

void add(Digest& digest, const learn::Dataset& data) {
    digest.add(data.fingerprint);
    for (const auto* side : {&data.train, &data.test}) {
        digest.add(side->count).add_array(side->bytes);
        digest.add_array(side->floats).add_array(side->labels);
        digest.add_array(side->targets).add_array(side->groups);
    }
    digest.add_array(data.scale).add_array(data.shift);
}

std::shared_ptr<const learn::Dataset> read(const core::Call& call, const std::filesystem::path& folder = {}) {
    test::Bench bench(folder);
    auto data = bench.resources.data(call);
    EXPECT_TRUE(data) << core::to_text(call) << ": " << data.error().message;
    return data ? *data : std::make_shared<const learn::Dataset>();
}

core::Call synthetic(const test::Arguments& more = {}) {
    test::Arguments arguments{{"samples", number(400)}, {"features", number(20)}, {"classes", number(5)}};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return test::call(test::builtins(), "synthetic", arguments);
}

/// Numbers of all lengths, whose mean and deviation are no short fractions.
std::string table() {
    std::string text = "a,b,c,who\n";
    const auto values = floats(300, "table");
    for (std::size_t i = 0; i + 2 < values.size(); i += 3)
        text += fmt::format("{},{:.3f},{:e},{}\n", values[i], values[i + 1], values[i + 2], i % 4);
    return text;
}

void add_data_sets(Hashes& hashes) {
    const auto add_one = [&](const std::string& name, const core::Call& call,
                             const std::filesystem::path& folder = {}) {
        Digest digest;
        add(digest, *read(call, folder));
        hashes["data/" + name] = digest.text();
    };
    add_one("synthetic", synthetic());
    add_one("digits", test::call(test::builtins(), "digits"));
    const test::Folder folder;
    folder.write("table.csv", table());
    add_one("csv",
            test::call(test::builtins(), "csv",
                       {{"file", test::text("table.csv")}, {"label", test::text("who")}}),
            folder.path);
}

void add_partitions(Hashes& hashes) {
    const auto& library = test::builtins();
    auto data = *read(synthetic());
    data.group_names = {"a", "b", "c", "d", "e", "f", "g"};
    for (auto* side : {&data.train, &data.test})
        for (std::int64_t i = 0; i < side->count; ++i)
            side->groups.push_back(static_cast<std::int32_t>((i / 3 + i) % 7));
    for (const auto& name :
         names_of("partition", [&](auto& one) { return library.partition(one) != nullptr; })) {
        data.partition = example(name, "partition");
        if (data.partition.function.empty()) continue;
        Digest digest;
        for (const auto side : {learn::Split::train, learn::Split::test}) {
            const learn::Cut cut{data, side, 5, 7};
            const auto parts = learn::partition(library, cut);
            if (!parts) {
                ADD_FAILURE() << name << ": " << parts.error().message;
                continue;
            }
            for (const auto& part : *parts)
                digest.add_array(part);
            if (const auto& disturb = library.partition(name)->disturb) add(digest, disturb(cut, *parts));
        }
        hashes["partition/" + name] = digest.text();
    }
}

void add_nets(Hashes& hashes) {
    const auto& library = test::builtins();
    const auto in_a_file = [&](const std::string& name) { return library.opened_net(name) != nullptr; };
    for (const auto& name : names_of("net", [&](auto& one) { return !in_a_file(one); })) {
        const auto call = example(name, "net");
        if (call.function.empty()) continue;
        test::Bench bench;
        const auto made = bench.fire(test::call(library, "init", {{"net", test::value(call)}}));
        EXPECT_TRUE(made) << name << ": " << made.error().message;
        Digest digest;
        portable::add(digest, made);
        hashes["net/" + name] = digest.text();
    }
}

void add_augmentation(Hashes& hashes) {
    learn::Dataset data;
    data.shape = {2, 7, 5};
    data.augmentation = {true, 3};
    data.scale = {1.0F / 255};
    data.shift = {-0.1307F};
    auto batch = floats(70 * 9, "batch");
    core::Stream stream({7, "client", 0, {}, {}, "augment"});
    learn::augment(data, batch, stream);
    hashes["augmentation"] = Digest().add_array(batch).text();
}

}  // namespace

void add_data(Hashes& hashes) {
    add_data_sets(hashes);
    add_partitions(hashes);
    add_nets(hashes);
    add_augmentation(hashes);
    // It computes with the C library, and says two digits: those are the same.
    Digest digest;
    for (const double multiplier : {0.5, 1.0, 1.7, 8.0})
        for (const double rate : {0.01, 0.25, 1.0}) {
            const learn::privacy::Mechanism one{multiplier, rate, 20};
            digest.add(fmt::format("{:.2f}", learn::privacy::epsilon(std::span(&one, 1), 1e-5)));
        }
    hashes["privacy/epsilon"] = digest.text();
}

}  // namespace trama::portable
