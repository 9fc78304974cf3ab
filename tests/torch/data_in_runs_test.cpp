// What the data set decides, in whole runs: who has which samples, how pictures are changed, characters.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/process.hpp"
#include "trama/run/run.hpp"

namespace trama::run {
namespace {

using testing::HasSubstr;

class DataInRuns : public testing::Test {
  protected:
    DataInRuns() { run::add_builtins(library_); }

    core::Result<Report> run_on(const std::string& data, const std::string& net, const std::string& client,
                                unsigned threads = 2, int rounds = 3, int clients = 5) {
        Options options;
        options.threads = threads;
        return run::run(text(fmt::format("data = {}\nscheme = init({}) >> feedback(rounds: {}) {{\n"
                                         "    broadcast >> [| {} |]^{} >> reduce(fedavg) >> test(data)\n}}\n",
                                         data, net, rounds, client, clients)),
                        library_, options);
    }

    core::Result<Report> digits(const std::string& arguments, unsigned threads = 2) {
        return run_on("digits(" + arguments + ")", "mlp(64, 16, 10)",
                      "train(data, optimizer: adam(lr: 0.01), batch: 16, test: own)", threads);
    }

    learn::Library library_;
    test::TemporaryFolder folder_;
};

TEST_F(DataInRuns, EveryPartitionTrainsWithTheSameBitsOnAnyNumberOfThreads) {
    std::set<std::string> hashes;
    for (const std::string partition :
         {"iid", "dirichlet(alpha: 0.5)", "shards(3)", "quantity(sigma: 0.5)", "feature_noise(sigma: 0.5)"}) {
        SCOPED_TRACE(partition);
        const auto one = digits("partition: " + partition, 1);
        ASSERT_TRUE(one) << one.error().message;
        EXPECT_GT(one->metrics.at("accuracy").value, 0.4);
        EXPECT_GT(one->metrics.at("personal_accuracy").value, 0.4);
        const auto more = digits("partition: " + partition, 7);
        ASSERT_TRUE(more) << more.error().message;
        EXPECT_EQ(more->hashes, one->hashes);
        hashes.insert(one->hashes.at(0));
    }
    EXPECT_EQ(hashes.size(), 5U) << "each deals out in a way of its own";
}

TEST_F(DataInRuns, PicturesAreChangedInTrainingOnly) {
    const auto plain = digits("");
    for (const std::string augment : {"[flip]", "[crop(1)]", "[flip, crop(2)]"}) {
        SCOPED_TRACE(augment);
        const auto changed = digits("augment: " + augment, 1);
        ASSERT_TRUE(changed) << changed.error().message;
        EXPECT_NE(changed->hashes, plain->hashes);
        EXPECT_EQ(digits("augment: " + augment, 7)->hashes, changed->hashes);
    }
    // A training that changes nothing: testing does not see the augmentation.
    const auto still = [&](const std::string& arguments) {
        return run_on("digits(" + arguments + ")", "mlp(64, 16, 10)",
                      "train(data, optimizer: sgd(lr: 1e-30), batch: 16)");
    };
    EXPECT_EQ(still("augment: [flip, crop(2)]")->metrics.at("loss"), still("")->metrics.at("loss"));
}

TEST_F(DataInRuns, AnLstmLearnsTheNextCharacterOfSpeakers) {
    std::string play;
    for (int i = 0; i < 12; ++i)
        play +=
            "ROMEO.\nto be or not to be, to be or not to be\n\nJULIET.\nto bed, to bed, to bed, to bed, to "
            "bed\n\n";
    const auto data = fmt::format("text(\"{}\", by: speaker, length: 8, step: 3, partition: natural)",
                                  folder_.write("play.txt", play));
    const auto train = [&](int rounds, unsigned threads) {
        return run_on(data, "char_lstm(length: 8, hidden: 16)",
                      "train(data, optimizer: adam(lr: 0.02), batch: 8)", threads, rounds, 2);
    };
    const auto first = train(1, 1);
    ASSERT_TRUE(first) << first.error().message;
    const auto last = train(10, 1);
    ASSERT_TRUE(last) << last.error().message;
    EXPECT_LT(last->metrics.at("train_loss").value, 0.2 * first->metrics.at("train_loss").value);
    EXPECT_GT(last->metrics.at("accuracy").value, first->metrics.at("accuracy").value + 0.2);
    EXPECT_EQ(train(10, 7)->hashes, last->hashes);
}

TEST_F(DataInRuns, NormalisationStaysAtTheClient) {
    const auto run = [&](const std::string& personal, unsigned threads) {
        return run_on(
            "digits(partition: feature_noise(sigma: 1.0))", "resnet20(input: [1, 8, 8], norm: batch)",
            "train(data, optimizer: sgd(lr: 0.05), batch: 32, max_batches: 2, test: own" + personal + ")",
            threads, 2, 2);
    };
    const auto all = run("", 1);
    const auto own = run(", personal: norm", 1);
    ASSERT_TRUE(own) << own.error().message;
    const auto& start = own->models.at(0);
    std::size_t kept = 0, moved = 0;
    for (const auto& entry : start.params.layout().entries()) {
        const auto values = start.params.floats(entry);
        const bool still = std::ranges::all_of(values, [](float v) { return v == 1; }) ||
                           std::ranges::all_of(values, [](float v) { return v == 0; });
        ++(still ? kept : moved);
    }
    EXPECT_EQ(kept, 2U * 19) << "weight and bias of 19 normalisations are as they began at the server";
    EXPECT_GT(moved, 19U);
    EXPECT_NE(own->hashes, all->hashes);
    EXPECT_EQ(run(", personal: norm", 7)->hashes, own->hashes);
}

TEST_F(DataInRuns, EmptyPartsAreNamed) {
    const auto report = run_on("digits(partition: dirichlet(alpha: 0.001))", "mlp(64, 10)",
                               "train(data, optimizer: sgd(lr: 0.1))", 2, 1, 60);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, core::ErrorKind::data);
    EXPECT_THAT(report.error().message + report.error().hint, HasSubstr("alpha"));
}

}  // namespace
}  // namespace trama::run
