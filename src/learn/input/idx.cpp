#include "idx.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <future>
#include <limits>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "input_file.hpp"
#include "trama/core/hash.hpp"

namespace trama::learn {

namespace {

struct Content {
    std::vector<std::int64_t> dimensions;
    std::vector<std::uint8_t> values;
    std::string hash;
};

tl::unexpected<core::Error> wrong(const std::filesystem::path& file, std::string what,
                                  std::string hint = {}) {
    return core::fail(core::ErrorKind::data, fmt::format("`{}` {}", file.string(), what), {},
                      std::move(hint));
}

constexpr const char* again = "copy or download it again";

std::string_view type_name(unsigned code) {
    switch (code) {
        case 0x08:
            return "unsigned bytes";
        case 0x09:
            return "signed bytes";
        case 0x0b:
            return "16-bit integers";
        case 0x0c:
            return "32-bit integers";
        case 0x0d:
            return "32-bit floats";
        case 0x0e:
            return "64-bit floats";
        default:
            return {};
    }
}

/// The dimensions. `labels`: one dimension is expected, otherwise two to four.
core::Result<std::vector<std::int64_t>> read_header(InputFile& file, bool labels) {
    std::array<std::byte, 4> magic{};
    auto got = file.read(magic);
    if (!got) return tl::unexpected(got.error());
    auto at = [&](std::size_t i) { return std::to_integer<unsigned>(magic[i]); };
    if (*got < magic.size())
        return wrong(file.path(), fmt::format("is no idx file: it has only {} bytes", *got), again);
    if (at(0) != 0 || at(1) != 0 || type_name(at(2)).empty()) {
        return wrong(
            file.path(),
            fmt::format("is no idx file: it starts with {:02x} {:02x} {:02x} {:02x}, not with 00 00 08 {}",
                        at(0), at(1), at(2), at(3), labels ? "01" : "03"));
    }
    if (at(2) != 0x08) {
        return wrong(file.path(),
                     fmt::format("holds {}, only unsigned bytes (type 08) can be read", type_name(at(2))));
    }
    if (labels && at(3) != 1) {
        return wrong(file.path(), fmt::format("has {} dimensions, labels have 1", at(3)),
                     at(3) > 1 ? "are images and labels swapped?" : "");
    }
    if (!labels && (at(3) < 2 || at(3) > 4)) {
        return wrong(file.path(),
                     fmt::format("has {} dimensions, images have 2 to 4 (samples, rows, columns)", at(3)),
                     at(3) == 1 ? "are images and labels swapped?" : "");
    }
    std::vector<std::int64_t> dimensions;
    for (unsigned i = 0; i < at(3); ++i) {
        std::array<std::byte, 4> number{};
        got = file.read(number);
        if (!got) return tl::unexpected(got.error());
        if (*got < number.size()) return wrong(file.path(), "is cut short: it ends in its header", again);
        std::int64_t value = 0;
        for (auto byte : number)
            value = value * 256 + std::to_integer<std::int64_t>(byte);
        dimensions.push_back(value);
    }
    if (std::find(dimensions.begin(), dimensions.end(), 0) != dimensions.end()) {
        return wrong(file.path(), fmt::format("is empty: its header says {}", fmt::join(dimensions, "×")));
    }
    return dimensions;
}

core::Result<Content> read_content(const std::filesystem::path& path, bool labels) {
    auto file = InputFile::open(path);
    if (!file) return tl::unexpected(file.error());
    auto dimensions = read_header(*file, labels);
    if (!dimensions) return tl::unexpected(dimensions.error());

    // A damaged header must not make us ask for all memory: deflate gains a factor of 1032 at most.
    auto most = static_cast<double>(file->stored_size()) * (file->compressed() ? 1032.0 : 1.0);
    auto says = std::accumulate(dimensions->begin(), dimensions->end(), 1.0,
                                [](double a, std::int64_t b) { return a * static_cast<double>(b); });
    auto header = fmt::format("its header says {} values ({})",
                              static_cast<std::uint64_t>(std::min(says, 1e18)), fmt::join(*dimensions, "×"));
    if (says > most)
        return wrong(path,
                     fmt::format("is cut short: {}, but it has only {} bytes", header, file->stored_size()),
                     again);
    if (dimensions->front() > std::numeric_limits<std::uint32_t>::max())
        return wrong(path, "has too many samples");

    Content content;
    content.dimensions = std::move(*dimensions);
    content.values.resize(static_cast<std::size_t>(says));
    auto got = file->read(std::as_writable_bytes(std::span(content.values)));
    if (!got) return tl::unexpected(got.error());
    if (*got < content.values.size())
        return wrong(path, fmt::format("is cut short: {}, there are only {}", header, *got), again);
    std::array<std::byte, 1> more{};
    got = file->read(more);  // gzip checks its sums here
    if (!got) return tl::unexpected(got.error());
    if (*got > 0)
        return wrong(path, fmt::format("goes on after its end: {}, there are more bytes", header), again);
    content.hash = file->stored_hash();
    return content;
}

struct SplitContent {
    Content images, labels;
};

core::Result<SplitContent> read_split(const std::filesystem::path& images,
                                      const std::filesystem::path& labels) {
    SplitContent split;
    for (auto [path, into] : {std::pair(&labels, &split.labels), std::pair(&images, &split.images)}) {
        auto content = read_content(*path, path == &labels);
        if (!content) return tl::unexpected(content.error());
        *into = std::move(*content);
    }
    if (split.images.dimensions[0] != split.labels.dimensions[0]) {
        return wrong(labels,
                     fmt::format("has {} labels, but `{}` has {} images", split.labels.dimensions[0],
                                 images.string(), split.images.dimensions[0]),
                     "do both files belong together?");
    }
    return split;
}

core::Result<Samples> samples_of(SplitContent&& split, const std::filesystem::path& labels,
                                 std::optional<std::int64_t> classes) {
    Samples samples;
    samples.count = split.images.dimensions[0];
    samples.bytes = std::move(split.images.values);
    samples.labels.assign(split.labels.values.begin(), split.labels.values.end());
    if (!classes) return samples;
    auto bad = std::find_if(samples.labels.begin(), samples.labels.end(),
                            [&](std::int32_t label) { return label >= *classes; });
    if (bad != samples.labels.end()) {
        return wrong(labels, fmt::format("has the label {} at sample {}, the classes are 0 to {}", *bad,
                                         bad - samples.labels.begin(), *classes - 1));
    }
    return samples;
}

std::vector<std::int64_t> sample_shape(const std::vector<std::int64_t>& dimensions) {
    std::vector<std::int64_t> shape(dimensions.begin() + 1, dimensions.end());
    if (shape.size() == 2) shape.insert(shape.begin(), 1);  // rows and columns: one channel
    return shape;
}

}  // namespace

core::Result<Dataset> read_idx(std::string name, const IdxFiles& files, std::optional<std::int64_t> classes) {
    // The training images are most of the work; the rest is read meanwhile.
    auto test_later =
        std::async(std::launch::async, [&] { return read_split(files.test_images, files.test_labels); });
    auto train = read_split(files.images, files.labels);
    auto test = test_later.get();
    if (!train) return tl::unexpected(train.error());
    if (!test) return tl::unexpected(test.error());
    if (sample_shape(train->images.dimensions) != sample_shape(test->images.dimensions)) {
        return wrong(files.test_images,
                     fmt::format("has samples of {}, those of `{}` are {}",
                                 fmt::join(sample_shape(test->images.dimensions), "×"), files.images.string(),
                                 fmt::join(sample_shape(train->images.dimensions), "×")));
    }
    Dataset data;
    data.name = std::move(name);
    data.shape = sample_shape(train->images.dimensions);
    core::Sha256 hash;
    for (const auto* content : {&train->images, &train->labels, &test->images, &test->labels})
        hash.add(content->hash);
    data.fingerprint = hash.hex();
    if (!classes) {
        auto highest = std::max(*std::max_element(train->labels.values.begin(), train->labels.values.end()),
                                *std::max_element(test->labels.values.begin(), test->labels.values.end()));
        classes = highest + 1;
    }
    data.classes = *classes;
    auto train_samples = samples_of(std::move(*train), files.labels, classes);
    if (!train_samples) return tl::unexpected(train_samples.error());
    auto test_samples = samples_of(std::move(*test), files.test_labels, classes);
    if (!test_samples) return tl::unexpected(test_samples.error());
    data.train = std::move(*train_samples);
    data.test = std::move(*test_samples);
    for (std::int64_t i = 0; i < data.classes; ++i)
        data.class_names.push_back(std::to_string(i));
    data.scale = {1.0F / 255.0F};
    return data;
}

core::Result<lang::ShapeFacts> probe_idx(const IdxFiles& files, std::optional<std::int64_t> classes) {
    lang::ShapeFacts facts;
    for (const auto* path : {&files.images, &files.labels, &files.test_images, &files.test_labels}) {
        auto file = InputFile::open(*path);
        if (!file) return tl::unexpected(file.error());
        auto dimensions = read_header(*file, path == &files.labels || path == &files.test_labels);
        if (!dimensions) return tl::unexpected(dimensions.error());
        if (path != &files.images) continue;
        facts.samples = dimensions->front();
        facts.input = sample_shape(*dimensions);
    }
    facts.classes = classes.value_or(0);
    return facts;
}

core::Result<IdxFiles> find_idx_files(const std::filesystem::path& folder, const std::string& train,
                                      const std::string& test) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) {
        return core::fail(core::ErrorKind::data, fmt::format("there is no folder `{}`", folder.string()), {},
                          "`dir:` names the folder with the four idx files; relative paths start in the "
                          "folder of the scheme");
    }
    IdxFiles files;
    std::vector<std::string> missing;
    auto find = [&](const std::string& what, int dimensions, std::filesystem::path& found) {
        for (const char* dash : {"-", "."}) {
            for (const char* ending : {"", ".gz"}) {
                found = folder / fmt::format("{}{}idx{}-ubyte{}", what, dash, dimensions, ending);
                if (std::filesystem::exists(found, ignored)) return;
            }
        }
        missing.push_back(fmt::format("{}-idx{}-ubyte", what, dimensions));
    };
    find(train + "-images", 3, files.images);
    find(train + "-labels", 1, files.labels);
    find(test + "-images", 3, files.test_images);
    find(test + "-labels", 1, files.test_labels);
    if (missing.empty()) return files;
    return core::fail(
        core::ErrorKind::data,
        fmt::format("`{}` lacks {} (plain or with .gz)", folder.string(), fmt::join(missing, ", ")), {},
        "put the four files of the data set there as they are distributed");
}

}  // namespace trama::learn
