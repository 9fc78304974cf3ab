#include "core/portable.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "core/temporary_folder.hpp"
#include "trama/core/hash.hpp"
#include "trama/core/safetensors.hpp"

namespace trama::core {
namespace {

ParameterSet of_bits(std::uint32_t narrow, std::uint64_t wide) {
    ParameterBuffer buffer(std::make_shared<const Layout>(std::vector<Entry>{
        {"narrow", DType::f32, {2}, 0}, {"wide", DType::f64, {1}, 0}, {"whole", DType::i64, {1}, 0}}));
    const auto put = [&](const char* name, auto value) {
        std::memcpy(buffer.bytes().data() + buffer.layout()->find(name)->offset, &value, sizeof value);
    };
    put("narrow", std::uint64_t{narrow});
    put("wide", wide);
    put("whole", std::uint64_t{0xfff8000000000001});  // a NaN's bits, and no NaN
    return std::move(buffer).freeze();
}

std::string hash_of(const ParameterSet& set) {
    Model model;
    model.params = set;
    return model_hash(model);
}

/// What invalid operations give on ARM and RISC-V, on x86, and what may come from an operand.
constexpr std::uint32_t narrow_nans[] = {0x7fc00000, 0xffc00000, 0x7f800001, 0xffffffff};
constexpr std::uint64_t wide_nans[] = {0x7ff8000000000000, 0xfff8000000000000, 0x7ff0000000000001,
                                       0xffffffffffffffff};

TEST(Portable, ANanLeavesAsTheSameOne) {
    for (const auto bits : narrow_nans)
        EXPECT_EQ(std::bit_cast<std::uint32_t>(one_nan(std::bit_cast<float>(bits))), 0x7fc00000U);
    for (const auto bits : wide_nans)
        EXPECT_EQ(std::bit_cast<std::uint64_t>(one_nan(std::bit_cast<double>(bits))), 0x7ff8000000000000U);
    EXPECT_EQ(fmt::format("{}", one_nan(-std::nan(""))), "nan");
    EXPECT_TRUE(std::signbit(one_nan(-0.0)));
}

TEST(Portable, WithoutNanTheBytesAreASetsOwn) {
    if constexpr (std::endian::native == std::endian::big)
        GTEST_SKIP() << "bytes are written the other way round";
    const auto set = of_bits(0xff800000, 0x0000000000000001);  // infinity, and the smallest number
    std::vector<std::byte> changed;
    EXPECT_EQ(portable_bytes(set, changed).data(), set.bytes().data());
    EXPECT_TRUE(changed.empty());
}

TEST(Portable, HashesAndFilesDoNotTellOneNanFromAnother) {
    const TemporaryFolder folder;
    const auto like = of_bits(narrow_nans[0], wide_nans[0]);
    for (const auto narrow : narrow_nans)
        for (const auto wide : wide_nans) {
            const auto set = of_bits(narrow, wide);
            EXPECT_EQ(hash_of(set), hash_of(like));
            ASSERT_TRUE(write_safetensors(folder.path() / "a", set));
            EXPECT_EQ(read_safetensors(folder.path() / "a")->tensors, like);
        }
    EXPECT_NE(hash_of(like), hash_of(of_bits(0x7f800000, wide_nans[0])));
}

}  // namespace
}  // namespace trama::core
