#include "inputs.hpp"

#include <bit>
#include <cstring>
#include <limits>

#include "trama/core/random.hpp"

namespace trama::portable {
namespace {

core::Stream stream_for(std::string_view purpose) {
    return core::Stream({42, "inputs", 0, {}, {}, purpose});
}

/// That many values in each way to write them.
std::map<std::string, core::Delta> written(const core::Delta& shaped) {
    const auto count = static_cast<std::size_t>(shaped.count());
    auto stream = stream_for("codes");
    core::Delta::Halves halves;
    core::Delta::Levels levels{5, 16, floats((count + 15) / 16, "scales"), {}};
    core::Delta::Signs signs{0.125F, {}};
    for (std::size_t i = 0; i < count; ++i) {
        halves.bits.push_back(static_cast<std::uint16_t>(stream.below(0x7c00)));  // finite ones
        levels.codes.push_back(static_cast<std::uint16_t>(stream.below(2 * levels.steps() + 1)));
        signs.negative.push_back(stream.below(2) == 1);
    }
    std::map<std::string, core::Delta> all;
    const auto add = [&](const char* name, auto values) {
        all[name] = shaped;
        all[name].values = std::move(values);
    };
    add("floats", core::Delta::Floats{floats(count, "values")});
    add("halves", halves);
    add("bfloats", core::Delta::Bfloats{halves.bits});
    add("levels", levels);
    add("signs", signs);
    return all;
}

}  // namespace

std::vector<double> sweep() {
    std::vector<double> all{0, 1, 10, 1.0 / 3, 709.78, 745.2, 0x1.921fb54442d18p+0, 1e22, 0.1, 123456789.125};
    for (int exponent = 0; exponent < 2047; exponent += 13) {
        const auto power = static_cast<std::uint64_t>(exponent) << 52;
        for (const std::uint64_t offset :
             {0x0ULL, 0x1ULL, 0x8000000000000ULL, 0xfffffffffffffULL, 0x6a09e667f3bcdULL})
            all.push_back(std::bit_cast<double>(power | offset));
    }
    auto stream = stream_for("sweep");
    for (int i = 0; i < 2000; ++i) {
        // From 2^-12 to 2^12, where the functions do most of their work.
        const auto bits = stream.bits64();
        all.push_back(std::bit_cast<double>((1011 + bits % 25) << 52 | bits >> 12));
    }
    all.push_back(std::numeric_limits<double>::infinity());
    const auto positive = all.size();
    for (std::size_t i = 0; i < positive; ++i)
        all.push_back(-all[i]);
    for (const std::uint64_t nan : {0x7ff8000000000000ULL, 0xfff8000000000000ULL, 0x7ff80000deadbeefULL})
        all.push_back(std::bit_cast<double>(nan));
    return all;
}

std::vector<float> floats(std::size_t count, std::string_view purpose) {
    auto stream = stream_for(purpose);
    std::vector<float> all;
    for (std::size_t i = 0; i < count; ++i) {
        const auto bits = stream.bits32();
        const auto exponent = 107 + stream.bits32() % 29;
        all.push_back(std::bit_cast<float>((bits & 0x807fffffU) | exponent << 23));
        if (bits % 97 == 0) all.back() = bits % 2 == 0 ? 0.0F : -0.0F;
        if (bits % 101 == 0) all.back() = std::bit_cast<float>(bits & 0x807fffffU);
    }
    return all;
}

core::ParameterSet of_every_type() {
    core::ParameterBuffer buffer(std::make_shared<const core::Layout>(
        std::vector<core::Entry>{{"bytes", core::DType::u8, {3}, 0},
                                 {"floats", core::DType::f32, {2, 4}, 0},
                                 {"whole", core::DType::i64, {3}, 0},
                                 {"empty", core::DType::f32, {0, 7}, 0},
                                 {"doubles", core::DType::f64, {2, 3}, 0},
                                 {"scalar", core::DType::f32, {}, 0}}));
    const auto put = [&](const char* name, const auto& values) {
        std::memcpy(buffer.bytes().data() + buffer.layout()->find(name)->offset, values.data(),
                    values.size() * sizeof values[0]);
    };
    put("bytes", std::vector<std::uint8_t>{0, 127, 255});
    put("floats", std::vector<std::uint32_t>{0x3fc00000, 0x80000000, 0x00000001, 0x7f7fffff, 0x7f800000,
                                             0xff800000, 0x7fc00000, 0xffc00123});
    put("whole", std::vector<std::int64_t>{-1, 0, std::numeric_limits<std::int64_t>::min()});
    put("doubles", std::vector<std::uint64_t>{0x3ff8000000000000, 0x8000000000000000, 0x0000000000000001,
                                              0x7ff0000000000000, 0x7ff8000000000000, 0xfff8000000000456});
    put("scalar", std::vector<float>{-2.5F});
    return std::move(buffer).freeze();
}

core::ParameterSet set(const std::vector<float>& values, const std::string& name) {
    core::ParameterBuffer buffer(std::make_shared<const core::Layout>(
        std::vector<core::Entry>{{name, core::DType::f32, {static_cast<std::int64_t>(values.size())}, 0}}));
    std::memcpy(buffer.bytes().data(), values.data(), values.size() * sizeof(float));
    return std::move(buffer).freeze();
}

core::Model model(const std::vector<float>& values, double weight) {
    core::Model made;
    made.params = set(values);
    made.weight = weight;
    return made;
}

std::map<std::string, core::Delta> deltas() {
    core::Delta dense, sparse, low;
    dense.elements = 67;
    sparse.elements = 100'000;
    core::Delta::Sparse kept;
    auto stream = stream_for("indices");
    for (std::uint32_t next = 0; kept.indices.size() < 61;
         next += 1 + static_cast<std::uint32_t>(stream.below(1500)))
        kept.indices.push_back(next);
    sparse.shape = kept;
    low.elements = 9 * 14 + 5;
    low.shape = core::Delta::LowRank{{{9, 14, 2}, {5, 1, 0}}};
    std::map<std::string, core::Delta> all;
    for (const auto& [shape, delta] : {std::pair("dense", dense), {"sparse", sparse}, {"low-rank", low}}) {
        for (auto& [name, one] : written(delta))
            all[shape + ("-" + name)] = std::move(one);
    }
    return all;
}

}  // namespace trama::portable
