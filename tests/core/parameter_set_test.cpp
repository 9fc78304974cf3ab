#include "trama/core/parameter_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace trama::core {
namespace {

std::shared_ptr<const Layout> layout(std::vector<Entry> entries) {
    return std::make_shared<const Layout>(std::move(entries));
}

TEST(Layout, OneTypeIsOneArray) {
    const Layout all({{"a", DType::f32, {2, 3}, 0},
                      {"b", DType::f32, {}, 0},
                      {"c", DType::f32, {0, 5}, 0},
                      {"d", DType::f32, {4}, 0}});
    EXPECT_EQ(all.bytes(), (6 + 1 + 4) * 4U);
    EXPECT_EQ(all.find("a")->offset, 0U);
    EXPECT_EQ(all.find("b")->offset, 24U);
    EXPECT_EQ(all.find("c")->bytes(), 0U);
    EXPECT_EQ(all.find("d")->offset, 28U);
    EXPECT_EQ(all.find("e"), nullptr);
    EXPECT_TRUE(all.all(DType::f32));
    EXPECT_FALSE(all.all(DType::f64));
    EXPECT_TRUE(Layout().all(DType::f64));
}

TEST(Layout, MixedTypesKeepTheirOrderAndAreAligned) {
    const Layout mixed({{"a", DType::u8, {3}, 0},
                        {"b", DType::f32, {1}, 0},
                        {"c", DType::i64, {1}, 0},
                        {"d", DType::f64, {2}, 0}});
    EXPECT_EQ(mixed.entries()[0].name, "a");
    EXPECT_EQ(mixed.entries()[3].name, "d");
    EXPECT_EQ(mixed.bytes(), 3U + 4 + 8 + 16);
    for (const auto& entry : mixed.entries()) {
        EXPECT_EQ(entry.offset % size_of(entry.type), 0U) << entry.name;
    }
    EXPECT_FALSE(mixed.all(DType::f32));
}

TEST(Layout, RefusesWhatCannotBe) {
    EXPECT_THROW(Layout({{"a", DType::f32, {1}, 0}, {"a", DType::f32, {2}, 0}}), std::invalid_argument);
    EXPECT_THROW(Layout({{"a", DType::f32, {-1}, 0}}), std::invalid_argument);
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    EXPECT_THROW(Layout({{"a", DType::f32, {most, 4}, 0}}), std::invalid_argument);
    EXPECT_THROW(Layout({{"a", DType::u8, {most}, 0}, {"b", DType::u8, {most}, 0}}), std::invalid_argument);
    EXPECT_EQ(Layout({{"a", DType::f32, {most, most, 0}, 0}}).entries()[0].elements(), 0);
}

TEST(ParameterBuffer, IsAlignedAndFreezesWithoutACopy) {
    const auto before = buffer_counts();
    ParameterBuffer buffer(layout({{"w", DType::f32, {5}, 0}, {"b", DType::f32, {2}, 0}}));
    const auto* address = buffer.bytes().data();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(address) % 64, 0U);
    std::ranges::fill(buffer.floats(), 1.5F);
    buffer.floats(*buffer.layout()->find("b"))[1] = 7;
    const auto set = std::move(buffer).freeze();
    EXPECT_EQ(set.bytes().data(), address);
    EXPECT_EQ(set.floats()[6], 7);
    EXPECT_EQ(set.floats(*set.layout().find("b"))[0], 1.5F);
    const auto shared = set;
    EXPECT_EQ(shared.bytes().data(), address);
    EXPECT_EQ(shared, set);
    EXPECT_EQ(buffer_counts().copies, before.copies);
    EXPECT_EQ(buffer_counts().allocations, before.allocations + 1);

    auto copy = shared.copy();
    EXPECT_EQ(buffer_counts().copies, before.copies + 1);
    EXPECT_EQ(buffer_counts().allocations, before.allocations + 2);
    copy.floats()[0] = 2;
    EXPECT_EQ(set.floats()[0], 1.5F);
    EXPECT_FALSE(std::move(copy).freeze() == set);
}

TEST(ParameterBuffer, LargeOnesAreWholeToo) {
    constexpr std::int64_t floats = (5 << 20) + 3;  // more than some huge pages, and not a multiple of them
    ParameterBuffer buffer(layout({{"w", DType::f32, {floats}, 0}}));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.bytes().data()) % 64, 0U);
    std::ranges::fill(buffer.floats(), 2.0F);
    const auto set = std::move(buffer).freeze();
    const auto copy = std::move(set.copy()).freeze();
    EXPECT_EQ(copy.floats().back(), 2.0F);
    EXPECT_EQ(copy, set);
}

TEST(ParameterSet, EqualityNeedsTheSameLayout) {
    const auto filled = [](std::vector<Entry> entries) {
        ParameterBuffer buffer(layout(std::move(entries)));
        std::ranges::fill(buffer.bytes(), std::byte{});
        return std::move(buffer).freeze();
    };
    EXPECT_EQ(filled({{"a", DType::f32, {2}, 0}}), filled({{"a", DType::f32, {2}, 0}}));
    EXPECT_FALSE(filled({{"a", DType::f32, {2}, 0}}) == filled({{"a", DType::f32, {1, 2}, 0}}));
    EXPECT_FALSE(filled({{"a", DType::f32, {2}, 0}}) == filled({{"b", DType::f32, {2}, 0}}));
    EXPECT_FALSE(filled({{"a", DType::f32, {2}, 0}}) == ParameterSet());
}

TEST(ParameterSet, EmptyOnesWork) {
    const ParameterSet none;
    EXPECT_TRUE(none.empty());
    EXPECT_TRUE(none.floats().empty());
    EXPECT_TRUE(none.doubles().empty());
    EXPECT_EQ(none, ParameterSet());
    EXPECT_TRUE(none.copy().bytes().empty());
}

TEST(ParameterSet, WrongTypesAreBugs) {
    ParameterBuffer buffer(layout({{"w", DType::f64, {5}, 0}}));
    EXPECT_EQ(buffer.doubles().size(), 5U);
    EXPECT_THROW(buffer.floats(), std::logic_error);
    EXPECT_THROW(buffer.floats(*buffer.layout()->find("w")), std::logic_error);
    const auto set = std::move(buffer).freeze();
    EXPECT_THROW(set.floats(), std::logic_error);
    const Entry foreign{"x", DType::f32, {100}, 0};
    EXPECT_THROW(set.floats(foreign), std::logic_error);
    EXPECT_THROW(ParameterBuffer(nullptr), std::invalid_argument);
}

}  // namespace
}  // namespace trama::core
