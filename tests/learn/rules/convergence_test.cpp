// Where the algorithms end on a least-squares problem. The clients are plain double loops that keep to the
// contract between client and server; the rules are the real ones.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "support.hpp"

namespace trama {
namespace {

using test::number;
using test::Server;

constexpr std::size_t size = 3;
using Vector = std::array<double, size>;
using Matrix = std::array<Vector, size>;

Vector operator*(const Matrix& matrix, const Vector& vector) {
    Vector made{};
    for (std::size_t i = 0; i < size; ++i)
        for (std::size_t j = 0; j < size; ++j)
            made[i] += matrix[i][j] * vector[j];
    return made;
}

Matrix operator*(const Matrix& a, const Matrix& b) {
    Matrix made{};
    for (std::size_t i = 0; i < size; ++i)
        for (std::size_t j = 0; j < size; ++j)
            for (std::size_t k = 0; k < size; ++k)
                made[i][j] += a[i][k] * b[k][j];
    return made;
}

/// Gauss with pivots.
Vector solve(Matrix matrix, Vector right) {
    for (std::size_t column = 0; column < size; ++column) {
        auto pivot = column;
        for (auto row = column; row < size; ++row)
            if (std::abs(matrix[row][column]) > std::abs(matrix[pivot][column])) pivot = row;
        std::swap(matrix[pivot], matrix[column]);
        std::swap(right[pivot], right[column]);
        for (std::size_t row = 0; row < size; ++row) {
            if (row == column) continue;
            const double factor = matrix[row][column] / matrix[column][column];
            for (std::size_t j = 0; j < size; ++j)
                matrix[row][j] -= factor * matrix[column][j];
            right[row] -= factor * right[column];
        }
    }
    for (std::size_t i = 0; i < size; ++i)
        right[i] /= matrix[i][i];
    return right;
}

double distance(const Vector& a, const Vector& b) {
    double all = 0;
    for (std::size_t i = 0; i < size; ++i)
        all = std::max(all, std::abs(a[i] - b[i]));
    return all;
}

Vector vector_of(const core::ParameterSet& set) {
    Vector made{};
    for (std::size_t i = 0; i < size; ++i)
        made[i] = static_cast<double>(set.floats()[i]);
    return made;
}

std::vector<float> rounded(const Vector& vector) {
    return {vector.begin(), vector.end()};
}

/// Half the mean squared error of A w = b over the client's samples: H = AᵀA/n, pull = Aᵀb/n.
struct LeastSquares {
    Matrix hessian{};
    Vector pull{};
    double samples = 0;
    std::size_t steps = 1;
    Vector memory{};  // c_i of SCAFFOLD, g_i of FedDyn

    Vector gradient(const Vector& w) const {
        auto made = hessian * w;
        for (std::size_t i = 0; i < size; ++i)
            made[i] -= pull[i];
        return made;
    }
    /// Gradient descent with an addition to every gradient.
    Vector descend(Vector w, double rate, const Vector& correction = {}) const {
        for (std::size_t step = 0; step < steps; ++step) {
            const auto slope = gradient(w);
            for (std::size_t i = 0; i < size; ++i)
                w[i] -= rate * (slope[i] + correction[i]);
        }
        return w;
    }
    /// (I - rate H)^steps
    Matrix shrink(double rate) const {
        Matrix made{}, once{};
        for (std::size_t i = 0; i < size; ++i) {
            made[i][i] = 1;
            for (std::size_t j = 0; j < size; ++j)
                once[i][j] = (i == j ? 1 : 0) - rate * hessian[i][j];
        }
        for (std::size_t step = 0; step < steps; ++step)
            made = made * once;
        return made;
    }
    Vector optimum() const { return solve(hessian, pull); }
};

std::vector<LeastSquares> draw_clients() {
    core::Stream stream(11, 12);
    std::vector<LeastSquares> clients(4);
    for (std::size_t k = 0; k < clients.size(); ++k) {
        auto& client = clients[k];
        client.samples = static_cast<double>(6 + 3 * k);
        client.steps = 1 + 3 * k;  // 1, 4, 7, 10: unequal local work
        for (int sample = 0; sample < static_cast<int>(client.samples); ++sample) {
            Vector a{};
            double b = static_cast<double>(k);  // every client has an optimum of its own
            for (auto& value : a) {
                value = stream.normal();
                b += value * static_cast<double>(k);
            }
            for (std::size_t i = 0; i < size; ++i) {
                client.pull[i] += a[i] * b / client.samples;
                for (std::size_t j = 0; j < size; ++j)
                    client.hessian[i][j] += a[i] * a[j] / client.samples;
            }
        }
    }
    return clients;
}

/// Where the mean of the clients' losses is least.
Vector optimum(const std::vector<LeastSquares>& clients, bool by_samples) {
    Matrix hessian{};
    Vector pull{};
    for (const auto& client : clients) {
        const double weight = by_samples ? client.samples : 1;
        for (std::size_t i = 0; i < size; ++i) {
            pull[i] += weight * client.pull[i];
            for (std::size_t j = 0; j < size; ++j)
                hessian[i][j] += weight * client.hessian[i][j];
        }
    }
    return solve(hessian, pull);
}

/// Where Σ factor_i (I - (I - rate H_i)^steps_i)(x - w_i) = 0: the fixed point of a mean of local descents.
Vector fixed_point(const std::vector<LeastSquares>& clients, double rate,
                   const std::vector<double>& factors) {
    Matrix left{};
    Vector right{};
    for (std::size_t k = 0; k < clients.size(); ++k) {
        auto moved = clients[k].shrink(rate);
        for (std::size_t i = 0; i < size; ++i)
            for (std::size_t j = 0; j < size; ++j)
                moved[i][j] = factors[k] * ((i == j ? 1 : 0) - moved[i][j]);
        const auto part = moved * clients[k].optimum();
        for (std::size_t i = 0; i < size; ++i) {
            right[i] += part[i];
            for (std::size_t j = 0; j < size; ++j)
                left[i][j] += moved[i][j];
        }
    }
    return solve(left, right);
}

core::Model trained(const Vector& w, const LeastSquares& client) {
    auto model = test::model(rounded(w), client.samples);
    model.facts["steps"] = model.facts["normaliser"] = static_cast<double>(client.steps);
    return model;
}

/// Rounds of plain local descent.
Vector descend(Server& server, const std::vector<LeastSquares>& clients, double rate, int rounds) {
    auto model = test::model({0, 0, 0});
    for (int round = 0; round < rounds; ++round) {
        std::vector<core::Model> results;
        for (const auto& client : clients)
            results.push_back(trained(client.descend(vector_of(model.params), rate), client));
        model = server.round(model, results);
    }
    return vector_of(model.params);
}

TEST(Convergence, FedAvgWithUnequalStepsEndsAtTheBiasedPoint) {
    const auto clients = draw_clients();
    constexpr double rate = 0.05;
    std::vector<double> samples;
    for (const auto& client : clients)
        samples.push_back(client.samples);
    const auto expected = fixed_point(clients, rate, samples);
    Server server("fedavg");
    EXPECT_LT(distance(descend(server, clients, rate, 500), expected), 1e-5);
    EXPECT_GT(distance(expected, optimum(clients, true)), 0.05) << "the problem shows no bias";
}

TEST(Convergence, FedNovaEndsAtItsFixedPointAndThatNearsTheOptimumWithTheRate) {
    const auto clients = draw_clients();
    std::vector<double> factors;
    for (const auto& client : clients)
        factors.push_back(client.samples / static_cast<double>(client.steps));
    Server server("fednova");
    EXPECT_LT(distance(descend(server, clients, 0.05, 500), fixed_point(clients, 0.05, factors)), 1e-5);
    EXPECT_LT(distance(fixed_point(clients, 1e-6, factors), optimum(clients, true)), 1e-5);
}

/// The same problem seen from its optimum: float32 is fine near 0, so that a local rate of almost nothing
/// shows.
std::vector<LeastSquares> centred(std::vector<LeastSquares> clients) {
    const auto middle = optimum(clients, true);
    for (auto& client : clients)
        client.pull = [&] {
            auto made = client.gradient(middle);
            for (auto& value : made)
                value = -value;
            return made;
        }();
    return clients;
}

TEST(Convergence, FedNovaEndsAtTheOptimumWhereFedAvgDoesNot) {
    const auto clients = centred(draw_clients());
    constexpr double rate = 1e-6;  // the server makes up for it
    Server nova("fednova", {{"lr", number(5e4)}});
    EXPECT_LT(distance(descend(nova, clients, rate, 500), Vector{}), 1e-5);
    Server average("fedavgm", {{"lr", number(5e4)}, {"momentum", number(0)}});
    EXPECT_GT(distance(descend(average, clients, rate, 500), Vector{}), 0.05);
}

/// Rounds of SCAFFOLD in which clients `round % 4, ...` take part, `count` at a time.
Vector scaffold(std::vector<LeastSquares> clients, std::size_t count, int rounds) {
    constexpr double rate = 0.05;
    Server server("scaffold", {}, clients.size());
    auto model = test::model({0, 0, 0});
    for (int round = 0; round < rounds; ++round) {
        std::vector<core::Model> results;
        const auto x = vector_of(model.params);
        const auto known = model.extra.find("control");
        const auto control = known != model.extra.end() ? vector_of(known->second) : Vector{};
        for (std::size_t k = 0; k < count; ++k) {
            auto& client = clients[(static_cast<std::size_t>(round) + k) % clients.size()];
            Vector correction{}, moved{};
            for (std::size_t i = 0; i < size; ++i)
                correction[i] = control[i] - client.memory[i];
            const auto y = client.descend(x, rate, correction);
            for (std::size_t i = 0; i < size; ++i) {  // option II
                moved[i] = (x[i] - y[i]) / (rate * static_cast<double>(client.steps)) - control[i];
                client.memory[i] += moved[i];
            }
            results.push_back(trained(y, client));
            results.back().extra["control"] = test::set(rounded(moved));
        }
        model = server.round(model, results);
    }
    return vector_of(model.params);
}

TEST(Convergence, ScaffoldEndsAtTheOptimumInSpiteOfUnequalSteps) {
    const auto clients = draw_clients();
    EXPECT_LT(distance(scaffold(clients, 4, 600), optimum(clients, false)), 1e-5);
}

TEST(Convergence, ScaffoldEndsAtTheOptimumWithHalfOfTheClientsARound) {
    const auto clients = draw_clients();
    EXPECT_LT(distance(scaffold(clients, 2, 2500), optimum(clients, false)), 1e-5);
}

/// Rounds of FedDyn whose clients solve their problem exactly.
Vector feddyn(std::vector<LeastSquares> clients, std::size_t count, int rounds) {
    constexpr double alpha = 0.5;
    Server server("feddyn", {{"alpha", number(alpha)}}, clients.size());
    auto model = test::model({0, 0, 0});
    for (int round = 0; round < rounds; ++round) {
        std::vector<core::Model> results;
        const auto x = vector_of(model.params);
        for (std::size_t k = 0; k < count; ++k) {
            auto& client = clients[(static_cast<std::size_t>(round) + k) % clients.size()];
            auto left = client.hessian;
            auto right = client.pull;
            for (std::size_t i = 0; i < size; ++i) {
                left[i][i] += alpha;
                right[i] += client.memory[i] + alpha * x[i];
            }
            const auto w = solve(left, right);
            for (std::size_t i = 0; i < size; ++i)
                client.memory[i] -= alpha * (w[i] - x[i]);
            results.push_back(trained(w, client));
        }
        model = server.round(model, results);
    }
    return vector_of(model.params);
}

TEST(Convergence, FedDynEndsAtTheOptimum) {
    const auto clients = draw_clients();
    EXPECT_LT(distance(feddyn(clients, 4, 300), optimum(clients, false)), 1e-5);
}

TEST(Convergence, FedDynEndsAtTheOptimumWithHalfOfTheClientsARound) {
    const auto clients = draw_clients();
    EXPECT_LT(distance(feddyn(clients, 2, 1000), optimum(clients, false)), 1e-5);
}

}  // namespace
}  // namespace trama
