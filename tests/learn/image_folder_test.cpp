#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>  // jpeglib.h needs it first

#include <jpeglib.h>
#include <png.h>

#include <cmath>
#include <cstdlib>

#include "learn/input/picture.hpp"
#include "support.hpp"

namespace trama {
namespace {

using test::number;
using testing::ElementsAre;
using testing::HasSubstr;

std::string png(std::uint32_t rows, std::uint32_t columns, const std::vector<std::uint8_t>& pixels,
                std::uint32_t format = PNG_FORMAT_RGB) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.height = rows;
    image.width = columns;
    image.format = format;
    std::string file(1 << 16, '\0');
    png_alloc_size_t size = file.size();
    if (png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, nullptr) == 0)
        throw std::runtime_error(image.message);
    file.resize(size);
    return file;
}

std::string jpeg(int rows, int columns, std::uint8_t value, int channels) {
    jpeg_compress_struct info{};
    jpeg_error_mgr error{};
    info.err = jpeg_std_error(&error);
    jpeg_create_compress(&info);
    unsigned char* memory = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&info, &memory, &size);
    info.image_width = static_cast<JDIMENSION>(columns);
    info.image_height = static_cast<JDIMENSION>(rows);
    info.input_components = channels;
    info.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_start_compress(&info, TRUE);
    std::vector<std::uint8_t> line(static_cast<std::size_t>(columns * channels), value);
    for (int i = 0; i < rows; ++i) {
        auto* row = line.data();
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    std::string file(reinterpret_cast<char*>(memory), size);
    jpeg_destroy_compress(&info);
    std::free(memory);
    return file;
}

TEST(Picture, DecodesPng) {
    auto picture = learn::decode_picture(png(1, 2, {1, 2, 3, 250, 251, 252}), "p");
    ASSERT_TRUE(picture) << picture.error().message;
    EXPECT_EQ(picture->rows, 1);
    EXPECT_EQ(picture->columns, 2);
    EXPECT_THAT(picture->rgb, ElementsAre(1, 2, 3, 250, 251, 252));
    picture = learn::decode_picture(png(1, 1, {77}, PNG_FORMAT_GRAY), "p");
    EXPECT_THAT(picture->rgb, ElementsAre(77, 77, 77));
    picture = learn::decode_picture(png(1, 2, {9, 9, 9, 0, 9, 9, 9, 255}, PNG_FORMAT_RGBA), "p");
    EXPECT_THAT(picture->rgb, ElementsAre(255, 255, 255, 9, 9, 9)) << "what is transparent shows white";
}

TEST(Picture, DecodesJpeg) {
    for (int channels : {1, 3}) {
        auto picture = learn::decode_picture(jpeg(5, 7, 128, channels), "p");
        ASSERT_TRUE(picture) << picture.error().message;
        EXPECT_EQ(picture->rows, 5);
        EXPECT_EQ(picture->columns, 7);
        ASSERT_EQ(picture->rgb.size(), 105U);
        for (auto value : picture->rgb)
            EXPECT_NEAR(value, 128, 2);
    }
}

TEST(Picture, DamagedOnesAreErrors) {
    for (const auto& file : {png(9, 9, std::vector<std::uint8_t>(243, 5)), jpeg(9, 9, 5, 3)}) {
        for (std::size_t size = 0; size + 24 < file.size(); size += 5) {
            auto picture = learn::decode_picture(file.substr(0, size), "cut.png");
            ASSERT_FALSE(picture) << size;
            EXPECT_EQ(picture.error().kind, core::ErrorKind::data);
            EXPECT_THAT(picture.error().message, HasSubstr("`cut.png` is n"));
        }
    }
    auto huge = png(1, 1, {1, 2, 3});
    huge[16] = huge[20] = '\x00', huge[17] = huge[21] = '\x0f';  // a million squared; the sum is wrong, too
    EXPECT_FALSE(learn::decode_picture(huge, "p"));
}

/// Bilinear by its definition: the triangle over all pixels of both axes at once.
double brute(const learn::Picture& from, std::int64_t channel, std::int64_t row, std::int64_t column,
             std::int64_t rows, std::int64_t columns) {
    auto fr = static_cast<double>(from.rows) / static_cast<double>(rows);
    auto fc = static_cast<double>(from.columns) / static_cast<double>(columns);
    double sum = 0, total = 0;
    for (std::int64_t r = 0; r < from.rows; ++r) {
        for (std::int64_t c = 0; c < from.columns; ++c) {
            auto weight = [](double at, double centre, double factor) {
                return std::max(0.0, 1 - std::abs(at + 0.5 - centre) / std::max(1.0, factor));
            };
            auto w = weight(static_cast<double>(r), (static_cast<double>(row) + 0.5) * fr, fr) *
                     weight(static_cast<double>(c), (static_cast<double>(column) + 0.5) * fc, fc);
            sum += w * from.rgb[static_cast<std::size_t>((r * from.columns + c) * 3 + channel)];
            total += w;
        }
    }
    return sum / total;
}

TEST(Picture, ScalesAsTheTriangleSays) {
    learn::Picture picture{7, 5, {}};
    core::Stream stream(1, 2);
    for (int i = 0; i < 105; ++i)
        picture.rgb.push_back(static_cast<std::uint8_t>(stream.below(256)));
    for (auto [rows, columns] : {std::pair{7, 5}, {3, 2}, {14, 11}, {1, 1}, {2, 9}}) {
        auto out = learn::scaled(picture, 3, rows, columns);
        ASSERT_EQ(out.size(), static_cast<std::size_t>(3 * rows * columns));
        std::size_t at = 0;
        for (int channel = 0; channel < 3; ++channel) {
            for (int row = 0; row < rows; ++row) {
                for (int column = 0; column < columns; ++column)
                    EXPECT_NEAR(out[at++], brute(picture, channel, row, column, rows, columns), 0.5001);
            }
        }
    }
    auto same = learn::scaled(picture, 3, 7, 5);
    EXPECT_EQ(same[0], picture.rgb[0]);
    EXPECT_EQ(same[35], picture.rgb[1]) << "channel after channel";
    EXPECT_THAT(learn::scaled({1, 1, {100, 200, 50}}, 1, 1, 1), ElementsAre(153));
}

struct Pictures : test::Folder {
    Pictures() {
        for (const char* name : {"cat", "dog"}) {
            std::filesystem::create_directory(path / name);
            for (std::uint8_t i = 0; i < 10; ++i)
                write(std::string(name) + "/" + std::to_string(i) + ".png",
                      png(2, 2, std::vector<std::uint8_t>(12, i)));
        }
        write("dog/readme.txt", "no picture");
        write("dog/photo.JPG", jpeg(4, 4, 200, 3));
        write("notes.txt", "no class");
    }
    core::Call call(std::initializer_list<std::int64_t> size = {1, 2, 2}) const {
        return test::call(test::builtins(), "image_folder",
                          {{"dir", test::text(path.string())}, {"size", test::numbers(size)}});
    }
    std::string error(std::initializer_list<std::int64_t> size = {1, 2, 2}) const {
        auto data = test::Bench().resources.data(call(size));
        return data ? "no error" : data.error().message;
    }
};

TEST(ImageFolder, FoldersAreClasses) {
    Pictures folder;
    auto data = test::Bench().resources.data(folder.call());
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT((*data)->class_names, ElementsAre("cat", "dog"));
    EXPECT_THAT((*data)->shape, ElementsAre(1, 2, 2));
    EXPECT_EQ((*data)->train.count, 17);
    EXPECT_THAT((*data)->test.labels, ElementsAre(0, 0, 1, 1));
    auto facts = test::builtins().probe_data(folder.call());
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->samples, 17);
    EXPECT_EQ(facts->classes, 2);
    auto again = test::Bench().resources.data(folder.call());
    EXPECT_EQ((*again)->test.bytes, (*data)->test.bytes) << "the test pictures are the same in every run";
    EXPECT_EQ((*again)->fingerprint, (*data)->fingerprint);
}

TEST(ImageFolder, WhatIsWrong) {
    Pictures folder;
    EXPECT_THAT(folder.error({2, 8, 8}), HasSubstr("`size: [2, 8, 8]` is not channels (1 or 3)"));
    EXPECT_THAT(folder.error({3, 8}), HasSubstr("`size: [3, 8]`"));
    folder.write("cat/torn.png", png(2, 2, std::vector<std::uint8_t>(12, 1)).substr(0, 40));
    EXPECT_THAT(folder.error(), HasSubstr("torn.png` is no PNG"));
    folder.write("cat/torn.png", "GIF89a");
    EXPECT_THAT(folder.error(), HasSubstr("torn.png` is neither PNG nor JPEG"));
    std::filesystem::remove(folder.path / "cat/torn.png");
    std::filesystem::create_directory(folder.path / "eel");
    EXPECT_THAT(folder.error(), HasSubstr("eel` holds no pictures"));
    std::filesystem::remove(folder.path / "eel");
    std::filesystem::remove_all(folder.path / "dog");
    EXPECT_THAT(folder.error(), HasSubstr("has one folder only"));
    std::filesystem::remove_all(folder.path / "cat");
    EXPECT_THAT(folder.error(), HasSubstr("has no folders"));
}

}  // namespace
}  // namespace trama
