#include <cmath>

#include <gtest/gtest.h>

#include "reference.hpp"
#include "support.hpp"

// k rounds of FedSGD (each client one step on all it has, parts of one size, the mean of the results) are k
// steps of gradient descent on all samples.
namespace trama::test {
namespace {

core::Model mean(const std::vector<core::ParameterSet>& results, const core::Model& like) {
    core::ParameterBuffer sum = like.params.copy();
    const std::span<float> out = sum.floats();
    for (std::size_t i = 0; i < out.size(); ++i) {
        double total = 0;
        for (const core::ParameterSet& result : results)
            total += result.floats()[i];
        out[i] = static_cast<float>(total / static_cast<double>(results.size()));
    }
    core::Model model = like;
    model.params = std::move(sum).freeze();
    return model;
}

void expect_centralised(learn::Net net, learn::Dataset data) {
    constexpr std::size_t clients = 4;
    constexpr int rounds = 10;
    Training centralised = training(std::move(net), std::move(data), sgd(), 0.1);
    centralised.batch = centralised.data.train.count;
    centralised.epochs = rounds;
    const std::vector<float> expected = plain_training(centralised).parameters;

    Training client = centralised;
    client.epochs = 1;
    for (int round = 0; round < rounds; ++round) {
        std::vector<core::ParameterSet> results;
        const std::size_t each = centralised.part.size() / clients;
        for (std::size_t c = 0; c < clients; ++c) {
            const auto begin = centralised.part.begin() + static_cast<std::ptrdiff_t>(c * each);
            client.part.assign(begin, begin + static_cast<std::ptrdiff_t>(each));
            results.push_back(client.run()->params);
        }
        client.model = mean(results, client.model);
    }

    const std::span<const float> got = client.model.params.floats();
    double error = 0, size = 0, moved = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        error += std::pow(double{got[i]} - expected[i], 2);
        size += std::pow(double{expected[i]}, 2);
        moved += std::pow(double{expected[i]} - centralised.model.params.floats()[i], 2);
        EXPECT_NEAR(got[i], expected[i], 2e-6 * std::max(1.0F, std::abs(expected[i])));
    }
    EXPECT_LT(std::sqrt(error / size), 1e-6);
    EXPECT_GT(std::sqrt(moved / size), 1e-2) << "nothing was trained";
}

TEST(FederatedSgd, IsGradientDescent) {
    expect_centralised(mlp_net({40, 16, 5}, learn::Layer::Kind::tanh), float_rows(400, 40, 5));
}

TEST(FederatedSgd, IsGradientDescentForConvolutions) {
    expect_centralised(small_cnn(), byte_images(160, {1, 12, 12}, 5));
}

}  // namespace
}  // namespace trama::test
