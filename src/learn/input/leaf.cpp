#include "leaf.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "characters.hpp"
#include "input_file.hpp"
#include "lang/syntax/utf8.hpp"
#include "trama/core/hash.hpp"

namespace trama::learn {

namespace {

constexpr std::size_t largest_json = std::size_t{8} << 30;
constexpr std::size_t head = std::size_t{1} << 20;  // bytes that a probe reads

/// What one user has, until its object ends.
struct User {
    std::vector<float> numbers;
    std::vector<std::uint8_t> characters;
    std::vector<std::int64_t> labels;
    std::int64_t samples = 0;
};

/// What all files have in common.
struct Found {
    Samples* into = nullptr;
    std::map<std::string, std::int32_t> users;
    std::vector<std::string> names;  // of users, in the order in which they come
    std::size_t length = 0;          // of a sample; 0: none was seen
    bool text = false;
    std::int64_t highest = 0;  // label
};

/// Reads the json as it streams by: a file of pictures as a tree of values would take 20 times its size.
class Handler : public nlohmann::json_sax<nlohmann::json> {
  public:
    Handler(Found& found, bool first_only) : found_(found), first_only_(first_only) {}

    std::string error;  ///< what is wrong; empty when nothing is
    bool stopped = false;

    bool null() override { return value("null"); }
    bool boolean(bool) override { return value("true or false"); }
    bool binary(binary_t&) override { return value("binary"); }
    bool number_integer(number_integer_t number) override {
        return in_labels() ? label(number) : feature(static_cast<double>(number));
    }
    bool number_unsigned(number_unsigned_t number) override {
        return number_integer(static_cast<number_integer_t>(std::min<number_unsigned_t>(
            number, static_cast<number_unsigned_t>(std::numeric_limits<number_integer_t>::max()))));
    }
    bool number_float(number_float_t number, const string_t&) override {
        if (in_labels() && number != std::floor(number)) return value(fmt::format("{}", number));
        return in_labels() ? label(std::abs(number) < 1e9 ? static_cast<std::int64_t>(number) : -1)
                           : feature(number);
    }
    bool string(string_t& text) override {
        if (in_labels() && arrays_ == 1) return character(text);
        if (!in_samples() || arrays_ != 1) return value("a text");
        for (std::size_t at = 0; at < text.size();) {
            const auto point = lang::decode(text, at);
            at += point.size;
            user_.characters.push_back(character_number(point.code));
        }
        found_.text = true;
        return sample_ends(user_.characters.size() - sample_begin_, user_.characters.size());
    }
    bool start_object(std::size_t) override {
        keys_.emplace_back();
        if (in_user() && keys_.size() == 3) user_ = {};
        return true;
    }
    bool key(string_t& name) override {
        keys_.back() = name;
        sample_begin_ = 0;
        return true;
    }
    bool end_object() override {
        keys_.pop_back();
        return keys_.size() == 2 && keys_.front() == "user_data" ? user_ends() : true;
    }
    bool start_array(std::size_t) override {
        ++arrays_;
        return true;
    }
    bool end_array() override {
        --arrays_;
        if (in_samples() && arrays_ == 1)
            return sample_ends(user_.numbers.size() - sample_begin_, user_.numbers.size());
        return true;
    }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
        error = fmt::format("is no json: it breaks off, or makes no sense, at byte {}", position);
        return false;
    }

  private:
    bool in_user() const { return keys_.size() >= 2 && keys_.front() == "user_data"; }
    bool in_samples() const { return in_user() && keys_.size() == 3 && keys_[2] == "x"; }
    bool in_labels() const { return in_user() && keys_.size() == 3 && keys_[2] == "y"; }

    bool wrong(const std::string& what) {
        error = fmt::format("has {} of the user `{}`", what, keys_.size() > 1 ? keys_[1] : "");
        return false;
    }
    bool value(const std::string& what) {
        return in_samples() || in_labels()
                   ? wrong(fmt::format("{} {}", what, in_labels() ? "as a label" : "in a sample"))
                   : true;
    }
    bool feature(double number) {
        if (!in_samples()) return true;
        const auto narrow = static_cast<float>(number);
        if (arrays_ < 2 || !std::isfinite(narrow)) return value(fmt::format("{}", number));
        user_.numbers.push_back(narrow);
        return true;
    }
    bool label(std::int64_t number) {
        if (number < 0 || number >= 1000000) return wrong(fmt::format("the label {}", number));
        user_.labels.push_back(number);
        return true;
    }
    bool character(const std::string& text) {
        const auto point = lang::decode(text.empty() ? std::string_view(" ") : text, 0);
        if (point.size != text.size()) return wrong("a label that is not one character");
        return label(character_number(point.code));
    }
    bool sample_ends(std::size_t length, std::size_t next_begin) {
        if (length == 0) return wrong("an empty sample");
        if (found_.length == 0) found_.length = length;
        if (length != found_.length)
            return wrong(fmt::format("a sample of {}, where others have {},", length, found_.length));
        sample_begin_ = next_begin;
        ++user_.samples;
        stopped = first_only_;
        return !stopped;
    }
    bool user_ends() {
        const auto labels = static_cast<std::int64_t>(user_.labels.size());
        if (labels != user_.samples)
            return wrong(fmt::format("{} samples and {} labels", user_.samples, labels));
        if (user_.characters.empty() == user_.numbers.empty() && user_.samples > 0)
            return wrong("numbers and texts among the samples");
        const auto [known, fresh] =
            found_.users.emplace(keys_[1], static_cast<std::int32_t>(found_.names.size()));
        if (fresh) found_.names.push_back(keys_[1]);
        auto& into = *found_.into;
        into.count += user_.samples;
        into.floats.insert(into.floats.end(), user_.numbers.begin(), user_.numbers.end());
        into.bytes.insert(into.bytes.end(), user_.characters.begin(), user_.characters.end());
        into.groups.insert(into.groups.end(), static_cast<std::size_t>(user_.samples), known->second);
        for (const auto label : user_.labels) {
            found_.highest = std::max(found_.highest, label);
            into.labels.push_back(static_cast<std::int32_t>(label));
        }
        user_ = {};
        return true;
    }

    Found& found_;
    bool first_only_;
    std::vector<std::string> keys_;  // the key that is being read in each open object
    int arrays_ = 0;                 // open arrays
    User user_;
    std::size_t sample_begin_ = 0;
};

core::Result<std::vector<std::filesystem::path>> files_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code fault;
    for (std::filesystem::directory_iterator entry(folder, fault), end; !fault && entry != end;
         entry.increment(fault)) {
        const auto name = entry->path().filename().string();
        if (name.ends_with(".json") || name.ends_with(".json.gz")) files.push_back(entry->path());
    }
    std::sort(files.begin(), files.end());
    if (!files.empty()) return files;
    return core::fail(core::ErrorKind::data, fmt::format("there is no json file in `{}`", folder.string()),
                      {},
                      "`dir:` names the folder with the folders `train` and `test` that LEAF's preprocess.sh "
                      "makes (data/<name>/data)");
}

core::Result<void> read_side(const std::filesystem::path& folder, Samples& side, Found& found,
                             core::Sha256& hash) {
    auto files = files_in(folder);
    if (!files) return tl::unexpected(files.error());
    found.into = &side;
    for (const auto& path : *files) {
        auto file = InputFile::open(path);
        if (!file) return tl::unexpected(file.error());
        auto text = file->read_all(largest_json);
        if (!text) return tl::unexpected(text.error());
        Handler handler(found, false);
        if (!nlohmann::json::sax_parse(*text, &handler)) {
            return core::fail(core::ErrorKind::data, fmt::format("`{}` {}", path.string(), handler.error), {},
                              "is it a file that LEAF's preprocess.sh made? If so, make it again");
        }
        hash.add(file->stored_hash());
    }
    if (side.count == 0)
        return core::fail(core::ErrorKind::data,
                          fmt::format("the files in `{}` hold no samples (`user_data`)", folder.string()));
    if (side.count > std::numeric_limits<std::uint32_t>::max())
        return core::fail(core::ErrorKind::data, fmt::format("`{}` has too many samples", folder.string()));
    return {};
}

std::vector<std::int64_t> shape_of(const Found& found) {
    if (found.length == 784 && !found.text) return {1, 28, 28};
    return {static_cast<std::int64_t>(found.length)};
}

}  // namespace

core::Result<Dataset> read_leaf(const std::filesystem::path& folder) {
    Dataset data;
    data.name = "leaf";
    Found found;
    core::Sha256 hash;
    if (auto read = read_side(folder / "train", data.train, found, hash); !read)
        return tl::unexpected(read.error());
    if (auto read = read_side(folder / "test", data.test, found, hash); !read)
        return tl::unexpected(read.error());
    if (found.text && !(data.train.floats.empty() && data.test.floats.empty()))
        return core::fail(core::ErrorKind::data,
                          fmt::format("`{}` has both numbers and texts as samples", folder.string()));
    data.shape = shape_of(found);
    data.fingerprint = hash.hex();
    data.group_names = std::move(found.names);
    if (found.text) {
        data.class_names = character_names();
    } else {
        for (std::int64_t i = 0; i <= std::max<std::int64_t>(found.highest, 1); ++i)
            data.class_names.push_back(std::to_string(i));
    }
    data.classes = static_cast<std::int64_t>(data.class_names.size());
    if (found.text && found.highest >= data.classes)
        return core::fail(core::ErrorKind::data,
                          fmt::format("`{}` has the label {} for a text, there are {} characters",
                                      folder.string(), found.highest, data.classes));
    return data;
}

core::Result<lang::ShapeFacts> probe_leaf(const std::filesystem::path& folder) {
    if (auto test = files_in(folder / "test"); !test) return tl::unexpected(test.error());
    auto files = files_in(folder / "train");
    if (!files) return tl::unexpected(files.error());
    auto file = InputFile::open(files->front());
    if (!file) return tl::unexpected(file.error());
    std::string text(head, '\0');
    auto got = file->read(std::as_writable_bytes(std::span(text)));
    if (!got) return tl::unexpected(got.error());
    text.resize(*got);
    Found found;
    Samples ignored;
    found.into = &ignored;
    Handler handler(found, true);
    nlohmann::json::sax_parse(text, &handler);
    lang::ShapeFacts facts;
    if (!handler.stopped) return facts;  // it comes later than in the first megabyte: reading all will tell
    facts.input = shape_of(found);
    if (found.text) facts.classes = static_cast<std::int64_t>(characters().size());
    return facts;
}

}  // namespace trama::learn
