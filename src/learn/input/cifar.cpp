#include "cifar.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "input_file.hpp"
#include "trama/core/hash.hpp"

namespace trama::learn {

namespace {

constexpr std::size_t picture_bytes = std::size_t{3} * 32 * 32;

struct Files {
    std::vector<std::filesystem::path> train;
    std::filesystem::path test;
    std::filesystem::path names;  // empty: not there
};

std::filesystem::path find_one(const std::filesystem::path& folder, const CifarFormat& format,
                               const std::string& name) {
    std::error_code ignored;
    for (const auto& place : {folder, folder / format.folder}) {
        for (const char* ending : {"", ".gz"}) {
            auto path = place / (name + ending);
            if (std::filesystem::exists(path, ignored)) return path;
        }
    }
    return {};
}

core::Result<Files> find_files(const CifarFormat& format, const std::filesystem::path& folder) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) {
        return core::fail(core::ErrorKind::data, fmt::format("there is no folder `{}`", folder.string()), {},
                          "`dir:` names the folder with the binary files; relative paths start in the folder "
                          "of the scheme");
    }
    Files files;
    std::vector<std::string> missing;
    auto find = [&](const std::string& name) {
        auto path = find_one(folder, format, name);
        if (path.empty()) missing.push_back(name);
        return path;
    };
    for (const auto& name : format.train_files)
        files.train.push_back(find(name));
    files.test = find(format.test_file);
    files.names = find_one(folder, format, format.names_file);
    if (missing.empty()) return files;
    return core::fail(
        core::ErrorKind::data,
        fmt::format("`{}` lacks {} (plain or with .gz)", folder.string(), fmt::join(missing, ", ")), {},
        "unpack the *binary* version of the data set there");
}

tl::unexpected<core::Error> wrong_size(const CifarFormat& format, const std::filesystem::path& path,
                                       std::int64_t records, const std::string& has) {
    auto record = static_cast<std::int64_t>(format.label_bytes + picture_bytes);
    return core::fail(core::ErrorKind::data,
                      fmt::format("`{}` has {}, {} pictures of {} bytes are {} bytes", path.string(), has,
                                  records, record, records * record),
                      {}, "is it the binary version of the data set? If so, copy or download it again");
}

core::Result<void> read_records(const CifarFormat& format, const std::filesystem::path& path,
                                std::int64_t records, Samples& into, core::Sha256& hash) {
    auto file = InputFile::open(path);
    if (!file) return tl::unexpected(file.error());
    auto record = format.label_bytes + picture_bytes;
    std::vector<std::uint8_t> one(record);
    for (std::int64_t i = 0; i < records; ++i) {
        auto got = file->read(std::as_writable_bytes(std::span(one)));
        if (!got) return tl::unexpected(got.error());
        if (*got < record) {
            auto has = static_cast<std::size_t>(i) * record + *got;
            return wrong_size(format, path, records, fmt::format("only {} bytes", has));
        }
        auto label = one[format.label_bytes - 1];
        if (label >= format.classes) {
            return core::fail(core::ErrorKind::data,
                              fmt::format("`{}` has the label {} in picture {}, classes are 0 to {}",
                                          path.string(), label, i, format.classes - 1),
                              {}, "is it the binary version of this data set?");
        }
        into.labels.push_back(label);
        into.bytes.insert(into.bytes.end(), one.begin() + static_cast<std::ptrdiff_t>(format.label_bytes),
                          one.end());
    }
    std::array<std::byte, 1> more{};
    auto got = file->read(more);
    if (!got) return tl::unexpected(got.error());
    if (*got > 0) return wrong_size(format, path, records, "more bytes than that");
    into.count += records;
    hash.add(file->stored_hash());
    return {};
}

core::Result<std::vector<std::string>> read_names(const CifarFormat& format,
                                                  const std::filesystem::path& path) {
    std::vector<std::string> names;
    if (!path.empty()) {
        auto text = InputFile::open(path).and_then(
            [](InputFile&& file) { return file.read_all(std::size_t{1} << 20); });
        if (!text) return tl::unexpected(text.error());
        std::string name;
        for (const char c : *text + "\n") {
            if (c != '\n' && c != '\r') {
                name += c;
            } else if (!name.empty()) {
                names.push_back(std::move(name));
                name.clear();
            }
        }
        if (static_cast<std::int64_t>(names.size()) != format.classes) {
            return core::fail(core::ErrorKind::data,
                              fmt::format("`{}` names {} classes, {} has {}", path.string(), names.size(),
                                          format.name, format.classes));
        }
        return names;
    }
    for (std::int64_t i = 0; i < format.classes; ++i)
        names.push_back(std::to_string(i));
    return names;
}

}  // namespace

core::Result<Dataset> read_cifar(const CifarFormat& format, const std::filesystem::path& folder) {
    auto files = find_files(format, folder);
    if (!files) return tl::unexpected(files.error());
    Dataset data;
    data.name = format.name;
    data.shape = {3, 32, 32};
    data.classes = format.classes;
    data.scale = {1.0F / 255.0F};
    core::Sha256 hash;
    for (const auto& file : files->train) {
        if (auto read = read_records(format, file, format.records, data.train, hash); !read)
            return tl::unexpected(read.error());
    }
    if (auto read = read_records(format, files->test, format.test_records, data.test, hash); !read)
        return tl::unexpected(read.error());
    data.fingerprint = hash.hex();
    auto names = read_names(format, files->names);
    if (!names) return tl::unexpected(names.error());
    data.class_names = std::move(*names);
    return data;
}

core::Result<lang::ShapeFacts> probe_cifar(const CifarFormat& format, const std::filesystem::path& folder) {
    auto files = find_files(format, folder);
    if (!files) return tl::unexpected(files.error());
    auto check = [&](const std::filesystem::path& path, std::int64_t records) -> core::Result<void> {
        auto file = InputFile::open(path);
        if (!file) return tl::unexpected(file.error());
        auto expected = static_cast<std::uint64_t>(records) * (format.label_bytes + picture_bytes);
        if (!file->compressed() && file->stored_size() != expected)
            return wrong_size(format, path, records, fmt::format("{} bytes", file->stored_size()));
        return {};
    };
    for (const auto& path : files->train) {
        if (auto right = check(path, format.records); !right) return tl::unexpected(right.error());
    }
    if (auto right = check(files->test, format.test_records); !right) return tl::unexpected(right.error());
    return lang::ShapeFacts{
        {3, 32, 32}, format.classes, format.records * static_cast<std::int64_t>(format.train_files.size())};
}

}  // namespace trama::learn
