#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "../arguments.hpp"
#include "../input/csv_reader.hpp"
#include "../input/input_file.hpp"
#include "../made_data.hpp"
#include "../paths.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

constexpr std::size_t pixels = 64;
constexpr int deepest = 16;
constexpr std::int64_t images = 1797;

core::Result<std::filesystem::path> find_file(const core::Call& call, const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> places;
    if (given(call, "dir")) {
        places.push_back(path(call, "dir", folder) / "digits.csv.gz");
    } else {
        places = shipped_places("digits/digits.csv.gz");
    }
    std::error_code ignored;
    for (const auto& place : places) {
        if (std::filesystem::exists(place, ignored)) return place;
    }
    std::vector<std::string> tried;
    for (const auto& place : places)
        tried.push_back(fmt::format("`{}`", place.string()));
    return core::fail(
        core::ErrorKind::data,
        fmt::format("the digits are not here: there is no {}", fmt::join(tried, ", no ")), {},
        "install Trama's data, let $TRAMA_DATA_DIR name the folder with digits/digits.csv.gz, or say "
        "digits(dir: \"folder of digits.csv.gz\")");
}

core::Result<Dataset> read_digits(const std::filesystem::path& path) {
    auto file = InputFile::open(path);
    if (!file) return tl::unexpected(file.error());
    auto text = file->read_all(std::size_t{16} << 20);
    if (!text) return tl::unexpected(text.error());

    Dataset data;
    data.name = "digits";
    data.shape = {1, 8, 8};
    data.classes = 10;
    for (int i = 0; i < 10; ++i)
        data.class_names.push_back(std::to_string(i));
    data.scale = {1.0F / deepest};
    data.fingerprint = file->stored_hash();
    CsvReader rows(path.string(), *text, ',');
    std::vector<std::string_view> fields;
    for (std::int64_t image = 0;; ++image) {
        auto more = rows.next(fields);
        if (!more) return tl::unexpected(more.error());
        if (!*more) break;
        if (fields.size() != pixels + 1) {
            return core::fail(core::ErrorKind::data,
                              fmt::format("`{}` has {} fields in line {}, an image has {} pixels and a label",
                                          path.string(), fields.size(), rows.line(), pixels));
        }
        auto& side = image % 5 == 4 ? data.test : data.train;
        for (std::size_t i = 0; i < fields.size(); ++i) {
            int highest = i < pixels ? deepest : 9, value = -1;
            const auto* last = fields[i].data() + fields[i].size();
            auto [end, fault] = std::from_chars(fields[i].data(), last, value);
            if (fault != std::errc() || end != last || value < 0 || value > highest) {
                return core::fail(
                    core::ErrorKind::data,
                    fmt::format("`{}` has `{}` in line {}, column {}, where 0 to {} is expected",
                                path.string(), fields[i], rows.line(), i, highest));
            }
            if (i < pixels) {
                side.bytes.push_back(static_cast<std::uint8_t>(value));
            } else {
                side.labels.push_back(value);
            }
        }
        ++side.count;
    }
    if (data.train.count + data.test.count != images) {
        return core::fail(core::ErrorKind::data,
                          fmt::format("`{}` has {} images, the data set has {}", path.string(),
                                      data.train.count + data.test.count, images));
    }
    return data;
}

}  // namespace

void add_digits(Library& library) {
    library.add_data(
        takes_pictures(
            Describe("digits", "data")
                .in("Data")
                .says("1,797 handwritten digits of 8×8 pixels by 13 writers, which come with Trama. Every "
                      "fifth "
                      "one (the 5th, 10th, ...) is "
                      "for testing: 359, and 1,438 to train on. Licence CC BY 4.0.")
                .like("data = digits()")
                .after("Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning "
                       "Repository, 1998, "
                       "doi 10.24432/C50P49")
                .takes(Param("dir", "folder",
                             "Folder with digits.csv.gz; without it, the file that came with Trama.")
                           .or_nothing())
                .takes(partition_parameter())),
        [](const core::Call& call, Resources& resources) -> core::Result<std::shared_ptr<const Dataset>> {
            return find_file(call, resources.folder()).and_then(read_digits).map([&](Dataset&& data) {
                return made_by(call, std::move(data));
            });
        },
        [](const core::Call& call, const std::filesystem::path& folder) {
            return find_file(call, folder).map([](const std::filesystem::path&) {
                return lang::ShapeFacts{{1, 8, 8}, 10, images - images / 5};
            });
        });
}

}  // namespace trama::learn
