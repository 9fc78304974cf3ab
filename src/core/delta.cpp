#include "trama/core/delta.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "core/half.hpp"

namespace trama::core {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};

/// One tensor of P·Qᵀ.
void multiply(const Delta::Factors& tensor, const float* values, float* out) {
    if (tensor.rank == 0) {
        std::copy_n(values, tensor.elements(), out);
        return;
    }
    const float* p = values;
    const float* q = values + tensor.rows * tensor.rank;
    for (std::uint64_t row = 0; row < tensor.rows; ++row) {
        for (std::uint64_t column = 0; column < tensor.columns; ++column) {
            double sum = 0;
            for (std::uint64_t k = 0; k < tensor.rank; ++k)
                sum += static_cast<double>(p[row * tensor.rank + k]) * q[column * tensor.rank + k];
            *out++ = static_cast<float>(sum);
        }
    }
}

}  // namespace

std::uint64_t Delta::count() const {
    return std::visit(Overloaded{[&](const Dense&) { return elements; },
                                 [](const Sparse& sparse) { return std::uint64_t{sparse.indices.size()}; },
                                 [](const LowRank& low) {
                                     std::uint64_t count = 0;
                                     for (const auto& tensor : low.tensors)
                                         count += tensor.values();
                                     return count;
                                 }},
                      shape);
}

std::vector<float> Delta::floats() const {
    std::vector<float> out;
    const auto widen = [&](const std::vector<std::uint16_t>& all, float (*one)(std::uint16_t)) {
        out.resize(all.size());
        std::ranges::transform(all, out.begin(), one);
    };
    std::visit(
        Overloaded{[&](const Floats& plain) { out = plain.values; },
                   [&](const Halves& halves) { widen(halves.bits, widen_half); },
                   [&](const Bfloats& bfloats) { widen(bfloats.bits, widen_bfloat); },
                   [&](const Levels& levels) {
                       out.reserve(levels.codes.size());
                       const double steps = levels.steps();
                       for (std::size_t i = 0; i < levels.codes.size(); ++i) {
                           const double scale = levels.scales[i / levels.bucket];
                           out.push_back(static_cast<float>(scale * (levels.codes[i] - steps) / steps));
                       }
                   },
                   [&](const Signs& signs) {
                       out.reserve(signs.negative.size());
                       for (const bool negative : signs.negative)
                           out.push_back(negative ? -signs.scale : signs.scale);
                   }},
        values);
    return out;
}

std::vector<float> Delta::dense() const {
    auto plain = floats();
    if (std::holds_alternative<Dense>(shape)) return plain;
    std::vector<float> out(elements);
    if (const auto* sparse = std::get_if<Sparse>(&shape)) {
        for (std::size_t i = 0; i < plain.size(); ++i)
            out[sparse->indices[i]] = plain[i];
    } else {
        const float* from = plain.data();
        float* to = out.data();
        for (const auto& tensor : std::get<LowRank>(shape).tensors) {
            multiply(tensor, from, to);
            from += tensor.values();
            to += tensor.elements();
        }
    }
    return out;
}

Result<ParameterSet> add(const ParameterSet& base, const Delta& delta) {
    if (!base.layout().all(DType::f32))
        return fail(ErrorKind::run, "a delta is added to F32 tensors only, and the base has others");
    ParameterBuffer sum(base.shared_layout());
    const auto out = sum.floats();
    if (out.size() != delta.elements) {
        return fail(ErrorKind::run, fmt::format("a delta of {} elements does not fit a base of {}",
                                                delta.elements, out.size()));
    }
    const auto changes = delta.dense();
    const auto from = base.floats();
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = from[i] + changes[i];
    return std::move(sum).freeze();
}

Update moved_to(const Update& update, const std::shared_ptr<const Model>& base) {
    const auto& layout = base->params.layout();
    if (!update.base || !layout.all(DType::f32) || !(update.base->params.layout() == layout) ||
        !(update.result.params.layout() == layout))
        return update;
    const auto now = base->params.floats();
    const auto before = update.base->params.floats();
    const auto result = update.result.params.floats();
    ParameterBuffer moved(base->params.shared_layout());
    const auto out = moved.floats();
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = static_cast<float>(static_cast<double>(now[i]) +
                                    (static_cast<double>(result[i]) - static_cast<double>(before[i])));
    }
    Update other{update.result, base};
    other.result.params = std::move(moved).freeze();
    return other;
}

}  // namespace trama::core
