#include "csv_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "csv_reader.hpp"
#include "input_file.hpp"
#include "standardise.hpp"
#include "trama/core/random.hpp"

namespace trama::learn {

namespace {

constexpr std::size_t largest_table = std::size_t{8} << 30;

std::optional<double> number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

/// An integer that `number` can read, too: not one beyond the range of a double.
bool is_integer(std::string_view text) {
    const bool readable = number(text).has_value();
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    return readable && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Continuation bytes follow where they must; overlong forms are not looked for.
bool is_utf8(std::string_view text) {
    int more = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (more > 0) {
            if ((byte & 0xc0) != 0x80) return false;
            --more;
        } else if (byte >= 0x80) {
            if (byte >= 0xc2 && byte < 0xe0)
                more = 1;
            else if (byte >= 0xe0 && byte < 0xf0)
                more = 2;
            else if (byte >= 0xf0 && byte < 0xf5)
                more = 3;
            else
                return false;
        }
    }
    return more == 0;
}

/// What the first line says about the columns.
struct Columns {
    std::vector<std::string> names;  // empty: no header
    std::size_t count = 0;
    std::size_t label = 0;
    std::optional<std::size_t> group;

    std::size_t features() const { return count - (group ? 2 : 1); }
    std::string name(std::size_t column) const {
        return names.empty() ? std::to_string(column) : fmt::format("{} `{}`", column, names[column]);
    }
};

class Table {
  public:
    Table(const CsvOptions& options, std::string_view text)
        : options_(options), file_(options.file.string()), reader_(file_, text, options.separator) {}

    /// Reads the first line; afterwards `row` is the first row of data, if there is one.
    core::Result<Columns> start() {
        auto got = reader_.next(row_);
        if (!got) return tl::unexpected(got.error());
        if (!*got) return wrong("is empty");
        columns_.count = row_.size();
        if (columns_.count < 2) {
            return wrong(fmt::format("has one column only; features and a label are needed"),
                         "is it separated by something else than `,`? Say so with `separator:`");
        }
        bool by_name = std::holds_alternative<std::string>(options_.label) || !options_.groups.empty();
        bool header = options_.header == "yes" ||
                      (options_.header == "auto" && std::none_of(row_.begin(), row_.end(), [](auto cell) {
                           return number(cell).has_value();
                       }));
        if (header) {
            columns_.names.assign(row_.begin(), row_.end());
        } else if (by_name) {
            const auto* name = std::get_if<std::string>(&options_.label);
            return wrong(fmt::format("has no line of column names, so there is no column `{}`",
                                     name != nullptr ? *name : options_.groups),
                         name != nullptr ? "give the label's column as a number from 0"
                                         : "add a first line that names the columns");
        }
        if (auto found = find_label(); !found) return tl::unexpected(found.error());
        if (auto found = find_group(); !found) return tl::unexpected(found.error());
        if (header) {
            auto next = reader_.next(row_);
            if (!next) return tl::unexpected(next.error());
            if (!*next) return wrong("has column names but no rows");
        }
        return columns_;
    }

    /// Moves on; false at the end.
    core::Result<bool> next() { return reader_.next(row_); }

    /// Adds the features of the row to `features`; gives the label's text.
    core::Result<std::string_view> read_row(std::vector<float>& features) const {
        if (row_.size() != columns_.count) {
            return wrong(fmt::format("has {} fields in line {}, but {} in its first line", row_.size(),
                                     reader_.line(), columns_.count));
        }
        for (std::size_t i = 0; i < row_.size(); ++i) {
            auto cell = row_[i];
            if (cell.empty()) {
                return wrong(
                    fmt::format("has nothing in line {}, column {}", reader_.line(), columns_.name(i)),
                    "fill missing values in, or leave such rows out");
            }
            if (i == columns_.label || i == columns_.group) continue;
            auto value = number(cell);
            if (!value) {
                return wrong(fmt::format("has `{}` in line {}, column {}: that is not a number", cell,
                                         reader_.line(), columns_.name(i)),
                             "features must be numbers");
            }
            auto narrow = static_cast<float>(*value);
            if (!std::isfinite(narrow)) {
                return wrong(fmt::format("has `{}` in line {}, column {}: that is no finite 32-bit number",
                                         cell, reader_.line(), columns_.name(i)));
            }
            features.push_back(narrow);
        }
        return row_[columns_.label];
    }

    std::string_view group() const { return row_[*columns_.group]; }

    tl::unexpected<core::Error> wrong(std::string what, std::string hint = {}) const {
        return core::fail(core::ErrorKind::data, fmt::format("`{}` {}", file_, what), {}, std::move(hint));
    }

    std::size_t line() const { return reader_.line(); }

  private:
    core::Result<std::size_t> find(const std::string& name, const char* twice) const {
        auto found = std::find(columns_.names.begin(), columns_.names.end(), name);
        if (found == columns_.names.end()) {
            return wrong(fmt::format("has no column `{}`", name),
                         fmt::format("its columns are {}", fmt::join(columns_.names, ", ")));
        }
        if (std::find(found + 1, columns_.names.end(), name) != columns_.names.end())
            return wrong(fmt::format("has two columns `{}`", name), twice);
        return static_cast<std::size_t>(found - columns_.names.begin());
    }

    core::Result<void> find_group() {
        if (options_.groups.empty()) return {};
        auto found = find(options_.groups, "give them different names");
        if (!found) return tl::unexpected(found.error());
        if (*found == columns_.label) {
            return wrong(
                fmt::format("cannot be cut by `{}`: that is the column of its labels", options_.groups),
                "say `partition: dirichlet(alpha: 0.5)` or `shards(1)` for parts with few labels");
        }
        columns_.group = *found;
        if (columns_.features() == 0)
            return wrong(fmt::format("has no features beside the label and `{}`", options_.groups));
        return {};
    }

    core::Result<void> find_label() {
        if (const auto* name = std::get_if<std::string>(&options_.label)) {
            return find(*name, "give the label's column as a number from 0").map([&](std::size_t column) {
                columns_.label = column;
            });
        }
        auto number = std::get<std::int64_t>(options_.label);
        auto count = static_cast<std::int64_t>(columns_.count);
        if (number < -count || number >= count) {
            return wrong(fmt::format("has no column {}: it has {}, counted from 0", number, count));
        }
        columns_.label = static_cast<std::size_t>(number < 0 ? number + count : number);
        return {};
    }

    const CsvOptions& options_;
    std::string file_;
    CsvReader reader_;
    std::vector<std::string_view> row_;
    Columns columns_;
};

/// Different texts get numbers in order: by number when all are integers, else by text.
std::map<std::string, std::int32_t> numbered(const std::vector<std::string>& labels, bool integers,
                                             std::vector<std::string>& names) {
    std::set<std::string> distinct(labels.begin(), labels.end());
    names.assign(distinct.begin(), distinct.end());
    if (integers) {
        std::stable_sort(names.begin(), names.end(),
                         [](const auto& a, const auto& b) { return *number(a) < *number(b); });
    }
    std::map<std::string, std::int32_t> classes;
    for (std::size_t i = 0; i < names.size(); ++i)
        classes[names[i]] = static_cast<std::int32_t>(i);
    return classes;
}

struct Rows {
    std::vector<float> features;
    std::vector<std::string> labels;
    std::vector<std::string> groups;  // empty when no column says whose row it is
    std::vector<std::size_t> lines;   // for messages
};

/// Labels to classes or targets, for all rows.
core::Result<void> understand_labels(const CsvOptions& options, const Table& table, const Rows& rows,
                                     Dataset& data, Samples& all) {
    bool integers = std::all_of(rows.labels.begin(), rows.labels.end(),
                                [](const auto& label) { return is_integer(label); });
    bool numbers = integers || std::all_of(rows.labels.begin(), rows.labels.end(),
                                           [](const auto& label) { return number(label).has_value(); });
    bool regression = options.task == "regression" || (options.task == "auto" && numbers && !integers);
    if (regression) {
        for (std::size_t i = 0; i < rows.labels.size(); ++i) {
            auto value = number(rows.labels[i]);
            auto narrow = value ? static_cast<float>(*value) : 0.0F;
            if (!value || !std::isfinite(narrow)) {
                return table.wrong(
                    fmt::format("has the label `{}` in line {}: regression needs finite numbers",
                                rows.labels[i], rows.lines[i]));
            }
            all.targets.push_back(narrow);
        }
        return {};
    }
    for (std::size_t i = 0; i < rows.labels.size(); ++i) {
        if (!is_utf8(rows.labels[i])) {
            return table.wrong(fmt::format("has a label in line {} that is not UTF-8", rows.lines[i]),
                               "class names are shown and stored: convert the file");
        }
    }
    auto classes = numbered(rows.labels, integers, data.class_names);
    if (classes.size() < 2)
        return table.wrong(fmt::format("has one class only, `{}`", rows.labels.front()),
                           "is `label:` the right column?");
    if (options.task == "auto" && classes.size() > 100 && classes.size() * 2 > rows.labels.size()) {
        return table.wrong(fmt::format("has {} different labels in {} rows, which are hardly classes",
                                       classes.size(), rows.labels.size()),
                           "say `task: regression`, or `task: classification` if they are, or name another "
                           "column with `label:`");
    }
    data.classes = static_cast<std::int64_t>(classes.size());
    for (const auto& label : rows.labels)
        all.labels.push_back(classes.at(label));
    return {};
}

/// Values of the column `groups` to numbers, for all rows.
core::Result<void> understand_groups(const Table& table, const Rows& rows, Dataset& data, Samples& all) {
    bool integers = true;
    for (std::size_t i = 0; i < rows.groups.size(); ++i) {
        integers = integers && is_integer(rows.groups[i]);
        if (!is_utf8(rows.groups[i]))
            return table.wrong(fmt::format("has a value in line {} that is not UTF-8", rows.lines[i]),
                               "names of parts are shown: convert the file");
    }
    auto numbers = numbered(rows.groups, integers, data.group_names);
    for (const auto& group : rows.groups)
        all.groups.push_back(numbers.at(group));
    return {};
}

/// The test rows are a random choice that is the same for every run: the seed of the run has no say in it.
std::vector<char> choose_test_rows(std::size_t count, double share) {
    auto held_out =
        share > 0
            ? std::clamp<std::size_t>(
                  static_cast<std::size_t>(std::llround(share * static_cast<double>(count))), 1, count - 1)
            : std::size_t{0};
    std::vector<std::uint32_t> order(count);
    core::Stream stream(core::StreamName{0, "csv", 0, {}, {}, "test rows"});
    stream.permutation(order);
    std::vector<char> chosen(count, 0);
    for (std::size_t i = 0; i < held_out; ++i)
        chosen[order[i]] = 1;
    return chosen;
}

void split(const Samples& all, std::size_t features, const std::vector<char>& is_test, Dataset& data) {
    for (std::size_t i = 0; i < is_test.size(); ++i) {
        auto& side = is_test[i] ? data.test : data.train;
        auto from = all.floats.begin() + static_cast<std::ptrdiff_t>(i * features);
        side.floats.insert(side.floats.end(), from, from + static_cast<std::ptrdiff_t>(features));
        if (!all.labels.empty()) side.labels.push_back(all.labels[i]);
        if (!all.targets.empty()) side.targets.push_back(all.targets[i]);
        if (!all.groups.empty()) side.groups.push_back(all.groups[i]);
        ++side.count;
    }
}

}  // namespace

core::Result<Dataset> read_csv(const CsvOptions& options) {
    auto file = InputFile::open(options.file);
    if (!file) return tl::unexpected(file.error());
    auto text = file->read_all(largest_table);
    if (!text) return tl::unexpected(text.error());

    Table table(options, *text);
    auto columns = table.start();
    if (!columns) return tl::unexpected(columns.error());
    Rows rows;
    for (bool more = true; more;) {
        auto label = table.read_row(rows.features);
        if (!label) return tl::unexpected(label.error());
        rows.labels.emplace_back(*label);
        if (columns->group) rows.groups.emplace_back(table.group());
        rows.lines.push_back(table.line());
        auto next = table.next();
        if (!next) return tl::unexpected(next.error());
        more = *next;
    }
    if (rows.labels.size() < 2) return table.wrong("has one row only");

    Dataset data;
    data.name = "csv";
    data.fingerprint = file->stored_hash();
    auto features = columns->features();
    data.shape = {static_cast<std::int64_t>(features)};
    Samples all;
    if (auto understood = understand_labels(options, table, rows, data, all); !understood)
        return tl::unexpected(understood.error());
    if (auto understood = understand_groups(table, rows, data, all); !understood)
        return tl::unexpected(understood.error());
    all.floats = std::move(rows.features);
    split(all, features, choose_test_rows(rows.labels.size(), options.test), data);
    standardise(data);
    return data;
}

core::Result<lang::ShapeFacts> probe_csv(const CsvOptions& options) {
    auto file = InputFile::open(options.file);
    if (!file) return tl::unexpected(file.error());
    std::string head(std::size_t{1} << 20, '\0');
    auto got = file->read(std::as_writable_bytes(std::span(head)));
    if (!got) return tl::unexpected(got.error());
    bool whole = *got < head.size();
    head.resize(*got);
    if (!whole) head.resize(head.rfind('\n') == std::string::npos ? 0 : head.rfind('\n') + 1);
    lang::ShapeFacts facts;
    if (!whole && head.empty()) return facts;  // one line of a megabyte: reading it all will tell

    Table table(options, head);
    auto columns = table.start();
    if (!columns) return tl::unexpected(columns.error());
    std::vector<float> features;
    if (auto row = table.read_row(features); !row) return tl::unexpected(row.error());
    facts.input = {static_cast<std::int64_t>(columns->features())};
    return facts;
}

}  // namespace trama::learn
