#include <Eigen/Dense>
#include <bit>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/temporary_folder.hpp"
#include "network/topology.hpp"
#include "support/scheme_builder.hpp"
#include "trama/network/topology.hpp"

namespace trama::network {
namespace {

using test::Build;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

using Matrix = Eigen::MatrixXd;
using Hears = std::function<bool(std::int64_t i, std::int64_t j)>;

core::Constant with(const std::string& topology, std::vector<std::int64_t> numbers = {},
                    const std::vector<std::string>& names = {"k", "seed"}) {
    Build::Arguments arguments;
    for (std::size_t i = 0; i < numbers.size(); ++i)
        arguments.push_back({names[i], {numbers[i]}});
    return Build::call(topology, arguments);
}

core::Result<Mixings> mix(std::int64_t n, core::Constant topology, core::Constant weights,
                          const std::filesystem::path& folder = {}) {
    const core::Call call{
        "exchange", "", {{"topology", std::move(topology)}, {"weights", std::move(weights)}}};
    return mixings_of(call, n, {folder, "x.trama:1:1"});
}

Matrix matrix(const Mixings& mixings, std::size_t round, std::vector<double> Mixing::* part) {
    const auto n = static_cast<Eigen::Index>(mixings.senders.size());
    Matrix made = Matrix::Zero(n, n);
    for (std::size_t i = 0; i < mixings.senders.size(); ++i) {
        const auto& values = mixings.mixing[i].at(round).*part;
        EXPECT_EQ(values.size(), mixings.senders[i].size());
        for (std::size_t port = 0; port < values.size(); ++port)
            made(static_cast<Eigen::Index>(i), mixings.senders[i][port]) = values[port];
    }
    return made;
}

/// One round as the engine does it: a stream's ports, in order.
Eigen::VectorXd averaged(const Mixings& mixings, std::size_t round, const Eigen::VectorXd& x) {
    Eigen::VectorXd y(x.size());
    for (std::size_t i = 0; i < mixings.senders.size(); ++i) {
        double sum = 0;
        const auto& rounds = mixings.mixing[i];
        for (std::size_t port = 0; port < mixings.senders[i].size(); ++port)
            sum += rounds[round % rounds.size()].weights[port] * x[mixings.senders[i][port]];
        y[static_cast<Eigen::Index>(i)] = sum;
    }
    return y;
}

Matrix adjacency(std::int64_t n, const Hears& hears) {
    Matrix a = Matrix::Zero(n, n);
    for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t j = 0; j < n; ++j)
            a(i, j) = i != j && hears(i, j) ? 1 : 0;
    }
    return a;
}

Matrix uniform(const Matrix& a) {
    const Matrix with_own = a + Matrix::Identity(a.rows(), a.cols());
    return with_own.rowwise().sum().cwiseInverse().asDiagonal() * with_own;
}

Matrix metropolis(const Matrix& a) {
    const Eigen::VectorXd degrees = a.rowwise().sum();
    Matrix w = Matrix::Zero(a.rows(), a.cols());
    for (Eigen::Index i = 0; i < a.rows(); ++i) {
        for (Eigen::Index j = 0; j < a.cols(); ++j)
            w(i, j) = a(i, j) / (1 + std::max(degrees[i], degrees[j]));
        w(i, i) = 1 - w.row(i).sum();
    }
    return w;
}

Eigen::VectorXd some_values(std::int64_t n) {
    Eigen::VectorXd x(n);
    for (std::int64_t i = 0; i < n; ++i)
        x[i] = std::sin(static_cast<double>(1 + 7 * i));
    return x;
}

double second_singular(const Matrix& w) {
    return Eigen::JacobiSVD<Matrix>(w).singularValues()[1];
}

/// A topology and who hears whom, written down a second time.
struct Known {
    std::string name;
    std::int64_t n;
    core::Constant topology;
    std::vector<Hears> rounds;
    bool directed = false;
};

std::int64_t away(std::int64_t i, std::int64_t j, std::int64_t n) {
    return ((j - i) % n + n) % n;
}

std::vector<Known> known() {
    std::vector<Known> all;
    const auto add = [&](std::string name, std::int64_t n, core::Constant topology, std::vector<Hears> rounds,
                         bool directed = false) {
        all.push_back({std::move(name), n, std::move(topology), std::move(rounds), directed});
    };
    const auto ring = [](std::int64_t n, std::int64_t k) {
        return [=](auto i, auto j) { return away(i, j, n) <= k || away(j, i, n) <= k; };
    };
    const auto everyone = [](auto, auto) { return true; };
    add("full", 5, with("full"), {everyone});
    add("one", 1, with("ring"), {everyone});
    add("two", 2, with("ring"), {everyone});
    add("ring", 9, with("ring"), {ring(9, 1)});
    add("wide ring", 9, with("ring", {3}), {ring(9, 3)});
    add("torus", 12, with("torus", {3, 4}, {"rows", "columns"}), {[](auto i, auto j) {
            const auto down = std::abs(i / 4 - j / 4), right = std::abs(i % 4 - j % 4);
            return (down == 0 && (right == 1 || right == 3)) || (right == 0 && down > 0);
        }});
    add("star", 7, with("star"), {[](auto i, auto j) { return i == 0 || j == 0; }});
    add("hypercube", 16, with("hypercube"),
        {[](auto i, auto j) { return std::popcount(static_cast<std::uint64_t>(i ^ j)) == 1; }});
    add("exponential", 11, with("exponential"),
        {[](auto i, auto j) { return std::has_single_bit(static_cast<std::uint64_t>(away(i, j, 11))); }},
        true);
    std::vector<Hears> peers;
    for (const std::int64_t step : {1, 2, 4})
        peers.emplace_back([=](auto i, auto j) { return away(i, j, 8) == step; });
    add("one peer", 8, with("one_peer_exponential"), peers, true);
    const auto cycle = Build::call("cycle", {{"topologies", {core::List{with("ring"), with("full")}}}});
    add("cycle", 6, cycle, {ring(6, 1), everyone});
    return all;
}

TEST(Mixing, IsTheMatrixOfTheGraph) {
    for (const auto& each : known()) {
        SCOPED_TRACE(each.name);
        for (const bool symmetric : {false, true}) {
            const auto mixings = mix(each.n, each.topology, with(symmetric ? "metropolis" : "uniform"));
            if (symmetric && each.directed) {
                ASSERT_FALSE(mixings);
                EXPECT_EQ(mixings.error().kind, core::ErrorKind::scheme);
                EXPECT_THAT(mixings.error().message, HasSubstr("edges go both ways"));
                EXPECT_THAT(mixings.error().hint, HasSubstr("push_sum"));
                continue;
            }
            ASSERT_TRUE(mixings) << mixings.error().message;
            ASSERT_THAT(mixings->mixing, Each(testing::SizeIs(each.rounds.size())));
            const auto x = some_values(each.n);
            Eigen::VectorXd ours = x, eigens = x;
            for (std::size_t round = 0; round < 6; ++round) {
                const auto now = round % each.rounds.size();
                const Matrix a = adjacency(each.n, each.rounds[now]);
                const Matrix w = symmetric ? metropolis(a) : uniform(a);
                ours = averaged(*mixings, round, ours);
                const double spread = (eigens.array() - eigens.mean()).matrix().norm();
                eigens = w * eigens;
                EXPECT_LT((ours - eigens).cwiseAbs().maxCoeff(), 1e-14) << "round " << round;
                const Matrix shares = matrix(*mixings, now, &Mixing::shares);
                EXPECT_LT((shares.colwise().sum().array() - 1).abs().maxCoeff(), 1e-14);
                if ((w.colwise().sum().array() - 1).abs().maxCoeff() > 1e-12) continue;
                EXPECT_NEAR(ours.mean(), x.mean(), 1e-15);  // doubly stochastic
                if (each.n > 1) {
                    EXPECT_LE((ours.array() - ours.mean()).matrix().norm(),
                              second_singular(w) * spread + 1e-14);
                }
            }
        }
    }
}

/// Along its second eigenvector a symmetric W shrinks a vector by exactly that eigenvalue.
TEST(Mixing, ShrinksByTheEigenvalue) {
    const auto mixings = mix(10, with("star"), with("metropolis"));
    ASSERT_TRUE(mixings);
    const Eigen::SelfAdjointEigenSolver<Matrix> solved(matrix(*mixings, 0, &Mixing::weights));
    const Eigen::VectorXd x = solved.eigenvectors().col(8);
    EXPECT_LT((averaged(*mixings, 0, x) - solved.eigenvalues()[8] * x).norm(), 1e-14);
}

TEST(Mixing, PushSumByTheSharesReachesTheMean) {
    for (const auto& each : known()) {
        SCOPED_TRACE(each.name);
        const auto mixings = mix(each.n, each.topology, with("uniform"));
        ASSERT_TRUE(mixings);
        const auto x = some_values(each.n);
        Eigen::VectorXd value = x, mass = Eigen::VectorXd::Ones(each.n);
        for (std::size_t round = 0; round < 300; ++round) {
            const Matrix shares = matrix(*mixings, round % each.rounds.size(), &Mixing::shares);
            value = shares * value;
            mass = shares * mass;
        }
        EXPECT_NEAR(mass.sum(), static_cast<double>(each.n), 1e-12);
        EXPECT_LT(((value.array() / mass.array()) - x.mean()).abs().maxCoeff(), 1e-12);
    }
}

TEST(Mixing, RandomGraphs) {
    const auto degrees = [](const Mixings& mixings) {
        std::vector<std::size_t> all;
        for (const auto& senders : mixings.senders)
            all.push_back(senders.size() - 1);
        return all;
    };
    const auto regular = mix(30, with("random_regular", {3, 5}), with("metropolis"));
    ASSERT_TRUE(regular);
    EXPECT_THAT(degrees(*regular), Each(3));
    EXPECT_EQ(regular->senders, mix(30, with("random_regular", {3, 5}), with("uniform"))->senders);
    EXPECT_NE(regular->senders, mix(30, with("random_regular", {3, 6}), with("uniform"))->senders);

    const auto random =
        mix(100, Build::call("erdos_renyi", {{"p", {core::Fraction{0.1}}}}), with("metropolis"));
    ASSERT_TRUE(random);
    double edges = 0;
    for (const auto degree : degrees(*random))
        edges += static_cast<double>(degree) / 2;
    EXPECT_NEAR(edges, 495, 5 * std::sqrt(4950 * 0.1 * 0.9));  // binomial: five deviations
}

TEST(Mixing, RandomPairsAreMatchings) {
    for (const std::int64_t n : {1, 2, 7, 8}) {
        const auto mixings = mix(n, with("random_pairs", {3}, {"seed"}), with("uniform"));
        ASSERT_TRUE(mixings);
        EXPECT_EQ(mixings->mixing[0].size(), 64u);
        Matrix product = Matrix::Identity(n, n);
        for (std::size_t round = 0; round < 64; ++round) {
            const Matrix w = matrix(*mixings, round, &Mixing::weights);
            EXPECT_EQ(w, matrix(*mixings, round, &Mixing::shares));
            EXPECT_EQ(w, w.transpose());
            EXPECT_EQ(w * w, w);  // the mean of a pair is that of the pair
            EXPECT_EQ(w.trace(), static_cast<double>(n % 2 + n / 2));
            product = w * product;
        }
        EXPECT_LT((product.array() - 1.0 / static_cast<double>(n)).abs().maxCoeff(), 1e-6);
    }
}

class Files : public testing::Test {
  protected:
    std::string write(const std::string& text) const {
        std::ofstream(folder_.path() / "w.txt") << text;
        return "w.txt";
    }
    core::Result<Mixings> weights(const std::string& text, core::Constant topology = with("ring")) const {
        return mix(4, std::move(topology), Build::call("matrix", {{"file", {write(text)}}}), folder_.path());
    }
    core::Result<Mixings> edges(const std::string& text) const {
        return mix(4, Build::call("edges", {{"file", {write(text)}}}), with("uniform"), folder_.path());
    }
    void expect(const core::Result<Mixings>& mixings, const std::string& line,
                const std::string& message) const {
        ASSERT_FALSE(mixings);
        EXPECT_EQ(mixings.error().kind, core::ErrorKind::data);
        EXPECT_THAT(mixings.error().message, HasSubstr(message));
        EXPECT_EQ(mixings.error().where, (folder_.path() / "w.txt").string() + line);
        EXPECT_FALSE(mixings.error().hint.empty());
    }
    core::TemporaryFolder folder_;
};

TEST_F(Files, Matrix) {
    const auto mixings = weights(
        "trama-matrix 1\n# of a ring\n0.5 0.5 0 0\n0.25 0.5 0.25 0 # two sides\n0 .25 .5 .25\n\n5e-1 0 0 "
        ".5\n");
    ASSERT_TRUE(mixings) << mixings.error().message;
    EXPECT_THAT(mixings->mixing[1][0].weights, ElementsAre(0.25, 0.5, 0.25));
    EXPECT_THAT(mixings->mixing[3][0].weights, ElementsAre(0.5, 0, 0.5));
    // Columns sum to 1.25, 1.25, 0.75 and 0.75: shares of a sender sum to 1 all the same.
    EXPECT_THAT(mixings->mixing[0][0].shares, ElementsAre(0.4, 0.4, 0));
    EXPECT_LT((matrix(*mixings, 0, &Mixing::shares).colwise().sum().array() - 1).abs().maxCoeff(), 1e-15);
}

TEST_F(Files, BadMatrices) {
    const std::string head = "trama-matrix 1\n1 0 0 0\n";
    expect(weights("1 0 0 0\n"), ":1", "does not begin with `trama-matrix 1`");
    expect(weights(head + "0 1 0\n"), ":3", "has 3 numbers, 4 streams");
    expect(weights(head + "0 1 0 0 0\n"), ":3", "has 5 numbers, 4 streams");
    expect(weights(head + "0 one 0 0\n"), ":3", "number 2 of the row is none");
    expect(weights(head + "0 1.1 0 -0.1\n"), ":3", "-0.1 is negative");
    expect(weights(head + "0 0.9 0 0\n"), ":3", "the row sums to 0.9");
    expect(weights(head), "", "has 1 rows, 4 streams");
    expect(weights(head + "0 1 0 0\n0 0 1 0\n0 0 0 1\n0 0 0 1\n"), ":6", "a row too many");
    expect(weights(head + "0 1 0 0\n.5 0 .5 0\n0 0 0 1\n"), ":4",
           "row 2 has the weight 0.5 for stream 0, which stream 2 does not hear");
    EXPECT_THAT(mix(4, with("ring"), Build::call("matrix", {{"file", {"none.txt"}}})).error().message,
                "cannot read `none.txt`");
}

TEST_F(Files, Edges) {
    const auto mixings = edges("trama-edges 1\r\n0 1\r\n1 2 # on\n2 3\n3 0\n0 2\n0 2\n");
    ASSERT_TRUE(mixings);
    EXPECT_EQ(mixings->senders, (Graph{{0, 3}, {0, 1}, {0, 1, 2}, {2, 3}}));
    EXPECT_THAT(mixings->mixing[2][0].shares, ElementsAre(1.0 / 3, 0.5, 0.5));
    expect(edges("trama-edges 1\n0 1\n0 4\n"), ":3", "`0 4` is not an edge between streams 0 to 3");
    expect(edges("0 1\n"), ":1", "does not begin with `trama-edges 1`");
}

/// The figures of one exchange in a network of its own.
Topology figures(std::int64_t n, core::Constant topology, core::Constant weights, Network& network) {
    lang::Registry registry;
    lang::add_communication_blocks(registry);
    test::add_fake_signatures(registry);
    Build b(registry);
    const auto model = test::payload("Model");
    const auto root = b.pipe({b.copies(n, b.f("init", test::nothing(), model)),
                              b.block("exchange", test::bundle(model, n), test::bundle(test::list(model), n),
                                      {{"topology", std::move(topology)}, {"weights", std::move(weights)}}),
                              b.copies(n, b.fold(Build::call("mean"), model))});
    auto expanded = expand(b.scheme(root));
    EXPECT_TRUE(expanded) << expanded.error().message;
    network = std::move(*expanded);
    const auto all = topologies_of(network);
    EXPECT_EQ(all.size(), 1u);
    return all.at(0);
}

TEST(Topologies, SpectralGapIsThatOfTheSingularValues) {
    for (const auto& each : known()) {
        SCOPED_TRACE(each.name);
        Network network;
        const auto found = figures(each.n, each.topology, with("uniform"), network);
        Matrix product = Matrix::Identity(each.n, each.n);
        for (const auto& hears : each.rounds)
            product = uniform(adjacency(each.n, hears)) * product;
        const auto second = each.n > 1 ? second_singular(product) : 0;
        const auto rounds = static_cast<double>(each.rounds.size());
        EXPECT_NEAR(found.spectral_gap, 1 - std::pow(second < 1e-12 ? 0 : second, 1 / rounds), 1e-7);
        EXPECT_EQ(found.doubly_stochastic, each.name != "star");
        EXPECT_EQ(found.rounds, std::ssize(each.rounds));
        EXPECT_EQ(found.directed, each.directed);
    }
}

TEST(Topologies, FiguresByHand) {
    Network network;
    const auto star = figures(12, with("star"), with("metropolis"), network);
    EXPECT_EQ(star.edges, 11);
    EXPECT_EQ(star.degree_least, 1);
    EXPECT_EQ(star.degree_most, 11);
    EXPECT_DOUBLE_EQ(star.degree_mean, 22.0 / 12);
    EXPECT_EQ(star.diameter, 2);
    EXPECT_NEAR(star.spectral_gap, 1.0 / 12, 1e-12);
    EXPECT_EQ(star.path, "scheme/exchange");
    EXPECT_EQ(star.senders[11],
              (std::vector<std::int64_t>{0}));  // streams in their order, not 0, 1, 10, 11, 2
    EXPECT_EQ(figures(9, with("ring"), with("uniform"), network).diameter, 4);
    EXPECT_EQ(figures(16, with("hypercube"), with("uniform"), network).diameter, 4);
    const auto alone = Build::call("erdos_renyi", {{"p", {core::Fraction{0}}}});
    const auto apart = figures(3, alone, with("uniform"), network);
    EXPECT_EQ(apart.diameter, -1);
    EXPECT_NEAR(apart.spectral_gap, 0, 1e-12);
    EXPECT_THAT(print_topologies(network), HasSubstr("none: not everyone is reached"));
    figures(4, with("exponential"), with("uniform"), network);
    const auto svg = draw_topologies(network);
    EXPECT_THAT(svg, HasSubstr("marker-end"));
    EXPECT_THAT(svg, testing::EndsWith("</svg>\n"));
    EXPECT_EQ(print_topologies({}), ": no exchange in it\n");
}

TEST(Mixing, AThousandStreamsAtOnce) {
    for (const auto* name : {"ring", "exponential", "one_peer_exponential"})
        EXPECT_TRUE(mix(1000, with(name), with("uniform")));
    EXPECT_TRUE(mix(1000, with("random_pairs"), with("metropolis")));
}

}  // namespace
}  // namespace trama::network
