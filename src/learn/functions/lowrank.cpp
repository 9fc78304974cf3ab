#include <algorithm>
#include <numeric>

#include "../arguments.hpp"
#include "../on_delta.hpp"
#include "trama/core/elementary.hpp"
#include "trama/core/random.hpp"

namespace trama::learn {

namespace {

using Factors = core::Delta::Factors;

/// How a tensor is sent: its first extent times all others is a matrix, which is worth factors when these are
/// smaller.
Factors factors_of(const core::Entry& entry, std::uint64_t rank) {
    const auto elements = static_cast<std::uint64_t>(entry.elements());
    Factors tensor{1, elements, 0};
    if (entry.shape.size() < 2 || elements == 0) return tensor;
    const auto rows = static_cast<std::uint64_t>(entry.shape.front());
    const Factors thin{rows, elements / rows, rank};
    return thin.values() < elements ? thin : tensor;
}

/// Makes the columns of a matrix (rows × rank, row-major) orthonormal, one after the other (modified
/// Gram–Schmidt). A column that depends on those before it becomes 0.
void orthonormalise(std::vector<double>& matrix, std::size_t rows, std::size_t rank) {
    const auto product = [&](std::size_t a, std::size_t b) {
        double sum = 0;
        for (std::size_t row = 0; row < rows; ++row)
            sum += matrix[row * rank + a] * matrix[row * rank + b];
        return sum;
    };
    for (std::size_t column = 0; column < rank; ++column) {
        const double before = core::sqrt(product(column, column));
        for (std::size_t other = 0; other < column; ++other) {
            const double along = product(other, column);
            for (std::size_t row = 0; row < rows; ++row)
                matrix[row * rank + column] -= along * matrix[row * rank + other];
        }
        const double after = core::sqrt(product(column, column));
        constexpr double rounding = 1e-8;  // what is left of a column of float32 that depends on others
        const double scale = after > rounding * before ? 1 / after : 0;
        for (std::size_t row = 0; row < rows; ++row)
            matrix[row * rank + column] *= scale;
    }
}

class LowRank final : public Compressor {
  public:
    explicit LowRank(const core::Call& call)
        : Compressor("lowrank", truth(call, "error_feedback")),
          rank_(static_cast<std::uint64_t>(integer(call, "rank"))) {}

  protected:
    core::Delta compress(const Work& work) const override {
        core::Delta::LowRank shape;
        for (const auto& entry : work.layout.entries())
            shape.tensors.push_back(factors_of(entry, rank_));
        auto basis = start_basis(work, shape);
        core::Delta::Floats values;
        const float* from = work.all.data();
        float* q = basis.floats().data();
        for (const auto& tensor : shape.tensors) {
            if (tensor.rank == 0) {
                values.values.insert(values.values.end(), from, from + tensor.elements());
            } else {
                iterate(tensor, from, q, values.values);
                q += tensor.columns * tensor.rank;
            }
            from += tensor.elements();
        }
        work.state.sets.insert_or_assign("basis", std::move(basis).freeze());
        core::Delta sent;
        sent.elements = work.all.size();
        sent.shape = std::move(shape);
        sent.values = std::move(values);
        return sent;
    }

  private:
    static core::ParameterBuffer zeros(std::int64_t size) {
        std::vector<core::Entry> entries{{"basis", core::DType::f32, {size}, 0}};
        core::ParameterBuffer made(std::make_shared<const core::Layout>(std::move(entries)));
        std::ranges::fill(made.floats(), 0.0F);
        return made;
    }

    /// The Q of the last round, all matrices behind each other; at first, and where a column is 0, random.
    static core::ParameterBuffer start_basis(const Work& work, const core::Delta::LowRank& shape) {
        std::int64_t size = 0;
        for (const auto& tensor : shape.tensors)
            size += static_cast<std::int64_t>(tensor.columns * tensor.rank);
        const auto kept = work.state.sets.find("basis");
        auto basis = kept != work.state.sets.end() ? kept->second.copy() : zeros(size);
        auto stream = work.context.stream("lowrank");
        float* q = basis.floats().data();
        for (const auto& tensor : shape.tensors) {
            for (std::uint64_t column = 0; column < tensor.rank; ++column) {
                bool empty = true;
                for (std::uint64_t row = 0; row < tensor.columns; ++row)
                    empty = empty && q[row * tensor.rank + column] == 0;
                for (std::uint64_t row = 0; row < tensor.columns && empty; ++row)
                    q[row * tensor.rank + column] = static_cast<float>(stream.normal());
            }
            q += tensor.columns * tensor.rank;
        }
        return basis;
    }

    /// One step of the power iteration: P = orthonormal(M·Q), Q = Mᵀ·P. Appends both to `out`.
    static void iterate(const Factors& tensor, const float* m, float* q, std::vector<float>& out) {
        const auto rows = tensor.rows, columns = tensor.columns, rank = tensor.rank;
        std::vector<double> p(rows * rank);
        for (std::uint64_t row = 0; row < rows; ++row) {
            for (std::uint64_t column = 0; column < columns; ++column) {
                const double value = m[row * columns + column];
                for (std::uint64_t k = 0; k < rank; ++k)
                    p[row * rank + k] += value * q[column * rank + k];
            }
        }
        orthonormalise(p, rows, rank);
        // Q is made from P as the receiver has it, rounded.
        for (auto& value : p)
            value = out.emplace_back(static_cast<float>(value));
        std::vector<double> sums(columns * rank);
        for (std::uint64_t row = 0; row < rows; ++row) {
            for (std::uint64_t column = 0; column < columns; ++column) {
                const double value = m[row * columns + column];
                for (std::uint64_t k = 0; k < rank; ++k)
                    sums[column * rank + k] += value * p[row * rank + k];
            }
        }
        for (std::size_t i = 0; i < sums.size(); ++i)
            out.push_back(q[i] = static_cast<float>(sums[i]));
    }

    std::uint64_t rank_;
};

}  // namespace

void add_lowrank(Library& library) {
    library.add_function(
        compressing(
            "lowrank", "lowrank(rank: 4)",
            "Sends each matrix of the delta as a product of two thin ones, by one step of the power "
            "iteration "
            "that starts from the last round's (PowerSGD). Vectors, and matrices that would not get smaller, "
            "are sent as they are; a convolution is a matrix of its outputs times all else.",
            "Vogels, Karimireddy and Jaggi, PowerSGD: Practical Low-Rank Gradient Compression, NeurIPS 2019")
            .takes(Param("rank", "int", "Columns of the thin matrices.").at_least(1))
            .takes(Compressor::error_feedback())
            .owns_parts(),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Function>> {
            return std::make_shared<const LowRank>(call);
        });
}

}  // namespace trama::learn
