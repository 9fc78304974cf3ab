#include "trama/core/safetensors.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <random>

#include "core/half.hpp"
#include "core/little_endian.hpp"
#include "core/temporary_folder.hpp"

namespace trama::core {
namespace {

void spill(const std::filesystem::path& path, const std::string& content) {
    std::filesystem::remove(path);  // some file systems flush a file that is emptied and written again
    std::ofstream(path, std::ios::binary) << content;
}

/// A file's bytes from its header and data.
std::string file_of(const std::string& header, const std::string& data) {
    const auto length = to_little_endian(header.size());
    return std::string(reinterpret_cast<const char*>(length.data()), 8) + header + data;
}

ParameterSet set_of(std::vector<Entry> entries) {
    ParameterBuffer buffer(std::make_shared<const Layout>(std::move(entries)));
    std::mt19937 random(3);
    for (auto& byte : buffer.bytes()) {
        byte = static_cast<std::byte>(random());
    }
    return std::move(buffer).freeze();
}

ParameterSet mixed() {
    return set_of({{"layers.0.weight", DType::f32, {3, 5}, 0},
                   {"steps", DType::i64, {2}, 0},
                   {"scalar", DType::f64, {}, 0},
                   {"pixels", DType::u8, {7}, 0},
                   {"nothing", DType::f32, {0, 4}, 0},
                   {"strange \"name\" \n è", DType::f32, {1}, 0}});
}

class Safetensors : public testing::Test {
  protected:
    Result<Tensors> read(const std::string& content) {
        spill(folder_ / "x.safetensors", content);
        return read_safetensors(folder_ / "x.safetensors");
    }

    /// The message of what must not be read.
    std::string refusal(const std::string& content) {
        const auto result = read(content);
        if (result) {
            return "was read";
        }
        EXPECT_EQ(result.error().kind, ErrorKind::data);
        EXPECT_EQ(result.error().where, (folder_ / "x.safetensors").string());
        const auto& message = result.error().message;
        const auto begin = message.find("safetensors file: ");
        return begin == std::string::npos ? message : message.substr(begin + 18);
    }

    std::string refusal(const std::string& header, const std::string& data) {
        return refusal(file_of(header, data));
    }

    TemporaryFolder folder_;
};

TEST_F(Safetensors, ReadsBackWhatItWrote) {
    const auto set = mixed();
    const std::map<std::string, std::string> metadata{{"format", "trama"}, {"note", "a \"quoted\"\nline"}};
    ASSERT_TRUE(write_safetensors(folder_ / "m.safetensors", set, metadata));
    const auto read = read_safetensors(folder_ / "m.safetensors");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->tensors, set);
    EXPECT_EQ(read->metadata, metadata);
}

TEST_F(Safetensors, EmptySets) {
    ASSERT_TRUE(write_safetensors(folder_ / "m.safetensors", ParameterSet()));
    const auto read = read_safetensors(folder_ / "m.safetensors");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->tensors, ParameterSet());
    EXPECT_TRUE(read->metadata.empty());
}

TEST_F(Safetensors, WritesTheFormat) {
    ASSERT_TRUE(write_safetensors(folder_ / "m", set_of({{"w", DType::f32, {2, 1}, 0}}), {{"a", "b"}}));
    const auto content = slurp(folder_ / "m");
    const std::string header =
        R"({"__metadata__":{"a":"b"},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}})";
    const auto length = static_cast<std::size_t>(content[0]);
    EXPECT_EQ(length % 8, 0U);
    EXPECT_EQ(content.size(), 8 + length + 8);
    EXPECT_EQ(content.substr(8, header.size()), header);
    EXPECT_EQ(content.substr(8 + header.size(), length - header.size()).find_first_not_of(' '),
              std::string::npos);
}

TEST_F(Safetensors, WidensHalves) {
    const std::string header =
        R"({"h":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[6,10]}})";
    const auto read =
        this->read(file_of(header, std::string("\x00\x3c\x00\xc0\x01\x00\x80\x3f\x49\x40", 10)));
    ASSERT_TRUE(read) << read.error().message;
    const auto& layout = read->tensors.layout();
    const auto h = read->tensors.floats(*layout.find("h"));
    EXPECT_EQ(h[0], 1.0F);
    EXPECT_EQ(h[1], -2.0F);
    EXPECT_EQ(h[2], 0x1p-24F);
    const auto b = read->tensors.floats(*layout.find("b"));
    EXPECT_EQ(b[0], 1.0F);
    EXPECT_EQ(b[1], 3.140625F);
}

TEST(Half, WidensAllOfThem) {
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const auto half = static_cast<std::uint16_t>(bits);
        const int exponent = (half >> 10) & 31;
        const int fraction = half & 1023;
        const float sign = (half & 0x8000) != 0 ? -1.0F : 1.0F;
        const float value = widen_half(half);
        if (exponent == 31) {
            ASSERT_EQ(std::isnan(value), fraction != 0) << bits;
            ASSERT_TRUE(fraction != 0 || value == sign * std::numeric_limits<float>::infinity()) << bits;
            continue;
        }
        const float want = exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                         : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
        ASSERT_EQ(value, sign * want) << bits;
        ASSERT_EQ(std::signbit(value), (half & 0x8000) != 0) << bits;
    }
}

TEST_F(Safetensors, ReadsTensorsThatLieInAnotherOrder) {
    const std::string header =
        R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[4,5]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}   )";
    const auto read = this->read(file_of(header, std::string("\x00\x00\x80\x3f\x07", 5)));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->tensors.layout().entries()[0].name, "b");
    EXPECT_EQ(read->tensors.floats(*read->tensors.layout().find("a"))[0], 1.0F);
}

TEST_F(Safetensors, RefusesWhatIsNotOne) {
    EXPECT_EQ(refusal(""), "it has 0 bytes");
    EXPECT_EQ(refusal("1234567"), "it has 7 bytes");
    EXPECT_EQ(refusal("PK\3\4 a zip file, longer than that"),
              "a header of 8800140462016121680 bytes does not fit a file of 33");
    EXPECT_EQ(refusal(file_of("{}", "").substr(0, 9)), "a header of 2 bytes does not fit a file of 9");
    EXPECT_EQ(refusal("", ""), "its header is not a JSON object");
    EXPECT_EQ(refusal("[1]", ""), "its header is not a JSON object");
    EXPECT_EQ(refusal("{\"a\":", ""), "its header is not a JSON object");
    EXPECT_EQ(refusal("{\"\xff\":1}", ""), "its header is not a JSON object");
    EXPECT_EQ(refusal(std::string(50'000, '[') + "1", ""), "its header is not a JSON object");
}

TEST_F(Safetensors, RefusesBadEntries) {
    EXPECT_EQ(refusal(R"({"a":1})", ""), "tensor `a` is not described by an object");
    EXPECT_EQ(refusal(R"({"a":{"shape":[1],"data_offsets":[0,4]}})", "1234"), "tensor `a` has no dtype");
    EXPECT_EQ(refusal(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", "1234"), "tensor `a` has no shape");
    for (const auto* offsets : {"[0]", "[0,4,8]", "[-1,3]", "[0.0,4.0]", "4", "[0,99999999999999999999]"}) {
        EXPECT_EQ(refusal(std::string(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":)") + offsets + "}}",
                          "1234"),
                  "tensor `a` has no data_offsets of two numbers");
    }
    EXPECT_EQ(refusal(R"({"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}})", "1234"),
              "tensor `a` has the type I32; Trama reads F32, F64, I64, U8, F16 and BF16");
    for (const auto* shape : {"[-1]", "[1.0]", "[\"1\"]", "[18446744073709551615]", "[null]"}) {
        EXPECT_EQ(
            refusal(std::string(R"({"a":{"dtype":"F32","shape":)") + shape + R"(,"data_offsets":[0,4]}})",
                    "1234"),
            std::string("tensor `a` has the shape ") + shape);
    }
    EXPECT_EQ(refusal(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"shape":[1]}})", "1234"),
              "its header has `shape` twice");
    EXPECT_EQ(refusal(R"({"__metadata__":{"a":1}})", ""), "its metadata `a` are not a string");
    EXPECT_EQ(refusal(R"({"__metadata__":[]})", ""), "its metadata are not an object");
}

TEST_F(Safetensors, RefusesOffsetsThatDoNotFit) {
    EXPECT_EQ(refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "1234"),
              "tensor `a` of type F32 and shape [2] cannot lie at bytes 0 to 4");
    EXPECT_EQ(refusal(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", "1234"),
              "tensor `a` of type F32 and shape [1] cannot lie at bytes 4 to 0");
    // 2^62 × 4 × 4 bytes is 0 modulo 2^64.
    EXPECT_EQ(refusal(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", ""),
              "tensor `a` of type F32 and shape [4611686018427387904,4] cannot lie at bytes 0 to 0");
    EXPECT_EQ(refusal(R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})", "1234"),
              "tensor `a` ends at byte 8 but there are 4 bytes of data");
    EXPECT_EQ(refusal(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", "1234"),
              "its tensors are 2 bytes but there are 4 bytes of data");
    EXPECT_EQ(refusal(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})", "1234"),
              "tensor `a` starts at byte 2 of the data, after byte 0");
    EXPECT_EQ(
        refusal(
            R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
            "1234"),
        "tensor `b` starts at byte 2 of the data, before byte 3");
    EXPECT_EQ(
        refusal(
            R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
            "12"),
        "its header has `a` twice");
}

TEST_F(Safetensors, HugeExtentsOfEmptyTensors) {
    const auto read = this->read(
        file_of(R"({"a":{"dtype":"F32","shape":[9223372036854775807,9,0],"data_offsets":[0,0]}})", ""));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->tensors.layout().entries()[0].elements(), 0);
}

TEST_F(Safetensors, EveryTruncationIsRefused) {
    ASSERT_TRUE(write_safetensors(folder_ / "m", mixed(), {{"k", "v"}}));
    const auto whole = slurp(folder_ / "m");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        ASSERT_FALSE(read(whole.substr(0, size))) << size;
    }
    ASSERT_FALSE(read(whole + "x"));
    ASSERT_TRUE(read(whole));
}

/// Bytes that are changed, cut out and doubled at random: it is read or refused, and nothing else happens.
/// Meant to run under the sanitizers.
TEST_F(Safetensors, MutatedFilesNeverCrash) {
    ASSERT_TRUE(write_safetensors(folder_ / "m", mixed(), {{"k", "v"}}));
    const auto whole = slurp(folder_ / "m");
    const std::string digits = "0123456789[]{},:\"-.eF";
    std::mt19937 random(11);
    int read_ones = 0;
    for (int i = 0; i < 4000; ++i) {
        auto bytes = whole;
        for (auto changes = 1 + random() % 4; changes > 0; --changes) {
            const auto at = random() % bytes.size();
            switch (random() % 5) {
                case 0:
                    bytes[at] = static_cast<char>(random());
                    break;
                case 1:
                    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
                    break;
                case 2:
                    bytes[at] = digits[random() % digits.size()];
                    break;
                case 3:
                    bytes.erase(at, 1 + random() % 8);
                    break;
                default:
                    bytes.insert(at, bytes.substr(random() % bytes.size(), 1 + random() % 16));
            }
            if (bytes.empty()) bytes = "x";
        }
        if (const auto result = read(bytes)) {
            ++read_ones;
            ASSERT_LE(result->tensors.bytes().size(), 2 * bytes.size());
        } else {
            ASSERT_FALSE(result.error().message.empty());
        }
    }
    EXPECT_GT(read_ones, 100);  // some changes only touch data
}

TEST_F(Safetensors, WhatCannotBeOpened) {
    EXPECT_EQ(read_safetensors(folder_ / "none").error().message,
              "cannot read `" + (folder_ / "none").string() + "`: no such file or directory");
    EXPECT_EQ(read_safetensors(folder_.path()).error().message,
              "cannot read `" + folder_.path().string() + "`: is a directory");
    EXPECT_FALSE(read_safetensors("/dev/null"));
}

TEST_F(Safetensors, NamesThatCannotBeWritten) {
    EXPECT_FALSE(write_safetensors(folder_ / "m", set_of({{"\xff", DType::u8, {1}, 0}})));
    EXPECT_FALSE(write_safetensors(folder_ / "m", set_of({{"__metadata__", DType::u8, {1}, 0}})));
    EXPECT_FALSE(write_safetensors(folder_ / "m", ParameterSet(), {{"k", "\xff"}}));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "m"));
}

}  // namespace
}  // namespace trama::core
