#include "trama/core/hash.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace trama::core {
namespace {

// FIPS 180-4, examples.
TEST(Sha256, PublishedVectors) {
    EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Sha256 million;
    for (int i = 0; i < 1000; ++i) {
        million.add(std::string(1000, 'a'));
    }
    EXPECT_EQ(million.hex(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesAreOneText) {
    EXPECT_EQ(Sha256().add("a").add("").add("bc").hex(), sha256("abc"));
}

TEST(Sha256, EndsOnce) {
    Sha256 hash;
    hash.add("abc");
    EXPECT_EQ(static_cast<unsigned>(hash.digest()[0]), 0xbaU);
    EXPECT_THROW(hash.hex(), std::logic_error);
    EXPECT_THROW(hash.add("x"), std::logic_error);
}

ParameterSet set_of(std::vector<Entry> entries, float first) {
    ParameterBuffer buffer(std::make_shared<const Layout>(std::move(entries)));
    std::ranges::fill(buffer.bytes(), std::byte{});
    if (!buffer.bytes().empty()) {
        std::memcpy(buffer.bytes().data(), &first, sizeof first);
    }
    return std::move(buffer).freeze();
}

TEST(ModelHash, EveryPartCounts) {
    Model base;
    base.params = set_of({{"w", DType::f32, {2, 3}, 0}}, 1);
    const auto hash = model_hash(base);
    EXPECT_EQ(hash, model_hash(base));
    const auto with_params = [](ParameterSet set) {
        Model model;
        model.params = std::move(set);
        return model_hash(model);
    };
    EXPECT_NE(hash, with_params(set_of({{"w", DType::f32, {2, 3}, 0}}, 2)));
    EXPECT_NE(hash, with_params(set_of({{"v", DType::f32, {2, 3}, 0}}, 1)));
    EXPECT_NE(hash, with_params(set_of({{"w", DType::f32, {3, 2}, 0}}, 1)));
    EXPECT_NE(hash, with_params(set_of({{"w", DType::u8, {24}, 0}}, 1)));
    auto extended = base;
    extended.extra["control"] = set_of({{"w", DType::f32, {1}, 0}}, 1);
    EXPECT_NE(hash, model_hash(extended));
    auto history = base;
    history.version = 7;
    history.weight = 12;
    history.metrics["loss"] = {1, 2};
    EXPECT_EQ(hash, model_hash(history));
}

TEST(ModelHash, DoesNotDependOnTheOrderInMemory) {
    const auto filled = [](std::vector<Entry> entries) {
        ParameterBuffer buffer(std::make_shared<const Layout>(std::move(entries)));
        for (const auto& entry : buffer.layout()->entries()) {
            std::ranges::fill(buffer.floats(entry), entry.name == "a" ? 1.0F : 2.0F);
        }
        Model model;
        model.params = std::move(buffer).freeze();
        return model_hash(model);
    };
    EXPECT_EQ(filled({{"a", DType::f32, {2}, 0}, {"b", DType::f32, {3}, 0}}),
              filled({{"b", DType::f32, {3}, 0}, {"a", DType::f32, {2}, 0}}));
}

TEST(ModelHash, Golden) {
    Model model;
    model.params = set_of({{"w", DType::f32, {2, 3}, 0}}, 1);
    model.extra["control"] = set_of({{"c", DType::f64, {1}, 0}}, 0);
    // Written out: what the documentation says is hashed.
    std::string bytes;
    const auto number = [&](std::uint64_t value) {
        for (int i = 0; i < 8; ++i, value >>= 8) {
            bytes += static_cast<char>(value & 0xff);
        }
    };
    const auto text = [&](std::string_view value) {
        number(value.size());
        bytes += value;
    };
    text("w"), text("F32"), number(2), number(2), number(3);
    bytes += std::string("\0\0\x80\x3f", 4) + std::string(20, '\0');
    text("control.c"), text("F64"), number(1), number(1);
    bytes += std::string(8, '\0');
    EXPECT_EQ(model_hash(model), sha256(bytes));
}

}  // namespace
}  // namespace trama::core
