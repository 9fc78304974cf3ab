#include "image_folder.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "input_file.hpp"
#include "picture.hpp"
#include "trama/core/hash.hpp"
#include "trama/core/random.hpp"

namespace trama::learn {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_picture = std::size_t{256} << 20;

struct Class {
    std::string name;
    std::vector<fs::path> pictures;  // in order of names
    std::vector<char> is_test;
};

bool is_picture(const fs::path& path) {
    auto ending = path.extension().string();
    std::ranges::transform(ending, ending.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

/// What a folder holds, in order of names; hidden entries are passed over.
core::Result<std::vector<fs::path>> entries(const fs::path& folder) {
    std::vector<fs::path> all;
    std::error_code fault;
    for (fs::directory_iterator entry(folder, fault), end; !fault && entry != end; entry.increment(fault)) {
        if (!entry->path().filename().string().starts_with('.')) all.push_back(entry->path());
    }
    if (fault)
        return core::fail(core::ErrorKind::data,
                          fmt::format("the folder `{}` cannot be read: {}", folder.string(), fault.message()),
                          {}, "`dir:` names a folder with one folder of pictures per class");
    std::ranges::sort(all);
    return all;
}

void hold_out(Class& one, double share) {
    const auto count = one.pictures.size();
    const auto held_out =
        std::min(count - 1, static_cast<std::size_t>(std::llround(share * static_cast<double>(count))));
    std::vector<std::uint32_t> order(count);
    core::Stream stream(core::StreamName{0, one.name, 0, {}, {}, "image_folder/test"});
    stream.permutation(order);
    one.is_test.assign(count, 0);
    for (std::size_t i = 0; i < held_out; ++i)
        one.is_test[order[i]] = 1;
}

core::Result<std::vector<Class>> classes_in(const ImageFolderOptions& options) {
    auto folders = entries(options.folder);
    if (!folders) return tl::unexpected(folders.error());
    std::vector<Class> classes;
    for (const auto& folder : *folders) {
        std::error_code ignored;
        if (!fs::is_directory(folder, ignored)) continue;
        Class one{folder.filename().string(), {}, {}};
        auto files = entries(folder);
        if (!files) return tl::unexpected(files.error());
        std::ranges::copy_if(*files, std::back_inserter(one.pictures), is_picture);
        if (one.pictures.empty())
            return core::fail(
                core::ErrorKind::data,
                fmt::format("the folder `{}` holds no pictures (*.png, *.jpg, *.jpeg)", folder.string()), {},
                "every folder in there is a class: take it out, or fill it");
        hold_out(one, options.test);
        classes.push_back(std::move(one));
    }
    if (classes.size() >= 2) return classes;
    return core::fail(core::ErrorKind::data,
                      fmt::format("`{}` has {}, and every folder in it is a class", options.folder.string(),
                                  classes.empty() ? "no folders" : "one folder only"),
                      {}, "make a folder with pictures for each class");
}

}  // namespace

core::Result<Dataset> read_image_folder(const ImageFolderOptions& options) {
    auto classes = classes_in(options);
    if (!classes) return tl::unexpected(classes.error());
    const auto [channels, rows, columns] = options.size;
    Dataset data;
    data.name = "image_folder";
    data.shape = {channels, rows, columns};
    data.classes = static_cast<std::int64_t>(classes->size());
    data.scale = {1.0F / 255.0F};
    core::Sha256 hash;
    for (const auto& one : *classes) {
        for (std::size_t i = 0; i < one.pictures.size(); ++i) {
            auto file = InputFile::open(one.pictures[i]);
            if (!file) return tl::unexpected(file.error());
            auto bytes = file->read_all(largest_picture);
            if (!bytes) return tl::unexpected(bytes.error());
            auto picture = decode_picture(*bytes, one.pictures[i]);
            if (!picture) return tl::unexpected(picture.error());
            hash.add(one.name + "/" + one.pictures[i].filename().string() + " " + file->stored_hash() + "\n");
            auto& side = one.is_test[i] ? data.test : data.train;
            auto pixels = scaled(*picture, channels, rows, columns);
            side.bytes.insert(side.bytes.end(), pixels.begin(), pixels.end());
            side.labels.push_back(static_cast<std::int32_t>(data.class_names.size()));
            ++side.count;
        }
        data.class_names.push_back(one.name);
    }
    data.fingerprint = hash.hex();
    return data;
}

core::Result<lang::ShapeFacts> probe_image_folder(const ImageFolderOptions& options) {
    auto classes = classes_in(options);
    if (!classes) return tl::unexpected(classes.error());
    lang::ShapeFacts facts;
    facts.input.assign(options.size.begin(), options.size.end());
    facts.classes = static_cast<std::int64_t>(classes->size());
    for (const auto& one : *classes)
        facts.samples += std::ranges::count(one.is_test, 0);
    return facts;
}

}  // namespace trama::learn
