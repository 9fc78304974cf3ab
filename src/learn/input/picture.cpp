#include "picture.hpp"

#include <cstdio>  // jpeglib.h needs it first

#include <jpeglib.h>
#include <png.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <csetjmp>

#include <fmt/format.h>

namespace trama::learn {

namespace {

constexpr std::int64_t most_pixels = 100'000'000;

tl::unexpected<core::Error> bad_picture(const std::filesystem::path& path, std::string what) {
    return core::fail(core::ErrorKind::data, fmt::format("`{}` {}", path.string(), what), {},
                      "replace the picture, or take it out of its folder");
}

tl::unexpected<core::Error> too_large(const std::filesystem::path& path, std::int64_t rows,
                                      std::int64_t columns) {
    return bad_picture(path, fmt::format("is too large: {}×{} pixels", columns, rows));
}

core::Result<Picture> decode_png(std::string_view bytes, const std::filesystem::path& path) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0)
        return bad_picture(path, fmt::format("is no PNG that can be read: {}", image.message));
    if (std::int64_t{image.width} * image.height > most_pixels) {
        auto error = too_large(path, image.height, image.width);
        png_image_free(&image);
        return error;
    }
    image.format = PNG_FORMAT_RGB;
    Picture picture{image.height, image.width, {}};
    picture.rgb.resize(PNG_IMAGE_SIZE(image));
    const png_color white{255, 255, 255};
    if (png_image_finish_read(&image, &white, picture.rgb.data(), 0, nullptr) == 0)
        return bad_picture(path, fmt::format("is no PNG that can be read: {}", image.message));
    return picture;
}

/// libjpeg leaves through longjmp: nothing with a destructor may live between setjmp and the calls.
struct JpegError {
    jpeg_error_mgr manager;
    std::jmp_buf back;
    std::array<char, JMSG_LENGTH_MAX> message;
};

void leave(j_common_ptr info) {
    auto* error = reinterpret_cast<JpegError*>(info->err);
    info->err->format_message(info, error->message.data());
    std::longjmp(error->back, 1);
}

/// What damaged files make libjpeg say; a file that ends early is an error, too.
void warn(j_common_ptr info, int level) {
    if (level < 0) leave(info);
}

bool read_jpeg(jpeg_decompress_struct& info, JpegError& error, std::string_view bytes, Picture& picture) {
    if (setjmp(error.back) != 0) return false;
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&info, TRUE);
    info.out_color_space = JCS_RGB;
    info.dct_method = JDCT_ISLOW;  // the same bits on every machine
    picture.rows = info.image_height;
    picture.columns = info.image_width;
    if (picture.rows * picture.columns > most_pixels) return true;
    jpeg_start_decompress(&info);
    picture.rgb.resize(static_cast<std::size_t>(picture.rows * picture.columns * 3));
    while (info.output_scanline < info.output_height) {
        auto* row = picture.rgb.data() + std::size_t{info.output_scanline} * info.output_width * 3;
        jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
    return true;
}

core::Result<Picture> decode_jpeg(std::string_view bytes, const std::filesystem::path& path) {
    jpeg_decompress_struct info{};
    JpegError error{};
    info.err = jpeg_std_error(&error.manager);
    error.manager.error_exit = leave;
    error.manager.emit_message = warn;
    Picture picture;
    const bool read = read_jpeg(info, error, bytes, picture);
    jpeg_destroy_decompress(&info);
    if (!read) return bad_picture(path, fmt::format("is no JPEG that can be read: {}", error.message.data()));
    if (picture.rgb.empty()) return too_large(path, picture.rows, picture.columns);
    return picture;
}

/// What one output pixel takes from which input pixels.
struct Taps {
    std::int64_t first = 0;
    std::vector<double> weights;
};

std::vector<Taps> taps(std::int64_t from, std::int64_t to) {
    const double factor = static_cast<double>(from) / static_cast<double>(to), reach = std::max(factor, 1.0);
    std::vector<Taps> all;
    for (std::int64_t i = 0; i < to; ++i) {
        const double centre = (static_cast<double>(i) + 0.5) * factor;
        Taps one;
        one.first = std::max<std::int64_t>(0, static_cast<std::int64_t>(std::floor(centre - reach)));
        const auto last = std::min(from - 1, static_cast<std::int64_t>(std::floor(centre + reach)));
        double total = 0;
        for (auto j = one.first; j <= last; ++j) {
            const double off = (static_cast<double>(j) + 0.5 - centre) / reach;
            one.weights.push_back(std::max(0.0, 1 - (off < 0 ? -off : off)));
            total += one.weights.back();
        }
        for (auto& weight : one.weights)
            weight /= total;
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace

core::Result<Picture> decode_picture(std::string_view bytes, const std::filesystem::path& path) {
    using namespace std::string_view_literals;
    if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return decode_png(bytes, path);
    if (bytes.starts_with("\xff\xd8\xff"sv)) return decode_jpeg(bytes, path);
    return bad_picture(path, "is neither PNG nor JPEG by its first bytes");
}

std::vector<std::uint8_t> scaled(const Picture& picture, std::int64_t channels, std::int64_t rows,
                                 std::int64_t columns) {
    const auto across = taps(picture.columns, columns), down = taps(picture.rows, rows);
    std::vector<std::uint8_t> out;
    out.reserve(static_cast<std::size_t>(channels * rows * columns));
    std::vector<double> narrow(static_cast<std::size_t>(picture.rows * columns));  // scaled across only
    for (std::int64_t channel = 0; channel < channels; ++channel) {
        auto value = [&](std::int64_t row, std::int64_t column) {
            const auto* pixel = picture.rgb.data() + (row * picture.columns + column) * 3;
            return channels == 1 ? 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]
                                 : static_cast<double>(pixel[channel]);
        };
        for (std::int64_t row = 0; row < picture.rows; ++row) {
            for (std::int64_t column = 0; column < columns; ++column) {
                const auto& tap = across[static_cast<std::size_t>(column)];
                double sum = 0;
                for (std::size_t i = 0; i < tap.weights.size(); ++i)
                    sum += tap.weights[i] * value(row, tap.first + static_cast<std::int64_t>(i));
                narrow[static_cast<std::size_t>(row * columns + column)] = sum;
            }
        }
        for (const auto& tap : down) {
            for (std::int64_t column = 0; column < columns; ++column) {
                double sum = 0;
                for (std::size_t i = 0; i < tap.weights.size(); ++i)
                    sum +=
                        tap.weights[i] * narrow[static_cast<std::size_t>(
                                             (tap.first + static_cast<std::int64_t>(i)) * columns + column)];
                out.push_back(static_cast<std::uint8_t>(std::clamp(std::floor(sum + 0.5), 0.0, 255.0)));
            }
        }
    }
    return out;
}

}  // namespace trama::learn
