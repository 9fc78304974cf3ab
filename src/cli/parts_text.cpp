#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "cli/parts.hpp"
#include "trama/report/text.hpp"

namespace trama::cli {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t most_rows = 40;  // more parts are summarised
constexpr std::size_t shown = 5;       // smallest and largest ones of a summary

/// Columns of numbers stand to the right.
void align(Rows& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], report::columns(row[i]));
    }
    for (auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
            row[i].insert(0, widths[i] - report::columns(row[i]), ' ');
    }
}

std::size_t width_of(const Rows& rows, std::size_t indent) {
    std::size_t width = indent;
    for (std::size_t i = 0; i < rows.front().size(); ++i)
        width += report::columns(rows.front()[i]) + (i == 0 ? 0 : 2);
    return width;
}

/// The commonest labels first, `most` of them: "7 ×120, 2 ×30, 3 more".
std::string commonest(const PartsOf& parts, const PartFacts& part, std::size_t most) {
    std::vector<std::size_t> order(part.labels.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return part.labels[a] > part.labels[b]; });
    std::vector<std::string> words;
    for (const auto label : order) {
        if (part.labels[label] == 0) break;
        if (words.size() == most) {
            const auto rest =
                std::count_if(part.labels.begin(), part.labels.end(), [](auto count) { return count > 0; });
            words.push_back(fmt::format("{} more", rest - static_cast<std::ptrdiff_t>(most)));
            break;
        }
        words.push_back(fmt::format("{} ×{}", parts.classes[label], part.labels[label]));
    }
    return fmt::format("{}", fmt::join(words, ", "));
}

Rows with_labels(const PartsOf& parts, const std::vector<std::size_t>& which, bool whole) {
    const bool regression = parts.classes.empty();
    Rows rows{{"part", "train", "test"}};
    if (parts.test.empty()) rows.front().pop_back();
    if (regression)
        rows.front().insert(rows.front().end(), {"least", "mean", "most"});
    else if (whole)
        rows.front().insert(rows.front().end(), parts.classes.begin(), parts.classes.end());
    for (const auto i : which) {
        const auto& part = parts.train[i];
        rows.push_back({std::to_string(i), std::to_string(part.size)});
        if (!parts.test.empty()) rows.back().push_back(std::to_string(parts.test[i].size));
        if (regression) {
            for (const double value : {part.least, part.mean, part.most})
                rows.back().push_back(report::number(value));
        } else if (whole) {
            for (const auto count : part.labels)
                rows.back().push_back(count == 0 ? "." : std::to_string(count));
        }
    }
    align(rows);
    return rows;
}

/// A column per label where that fits, otherwise the commonest labels of each part.
std::string rows_of(const PartsOf& parts, const std::vector<std::size_t>& which,
                    const report::Terminal& terminal) {
    auto rows = with_labels(parts, which, true);
    if (width_of(rows, 2) <= terminal.width || parts.classes.empty())
        return report::table(rows, terminal.width, 2);
    rows = with_labels(parts, which, false);
    constexpr std::size_t label_width = 9, wraps_from = 20;  // a table breaks no narrower column
    const auto column = width_of(rows, 4), room = terminal.width - std::min(column, terminal.width);
    const auto most = room < wraps_from           ? std::max<std::size_t>(1, room / label_width)
                      : parts.classes.size() > 10 ? shown
                                                  : parts.classes.size();
    rows.front().emplace_back("labels");
    for (std::size_t i = 0; i < which.size(); ++i)
        rows[i + 1].push_back(commonest(parts, parts.train[which[i]], most));
    return report::table(rows, terminal.width, 2);
}

std::vector<std::string> spread(const std::string& name, std::vector<std::int64_t> values) {
    std::sort(values.begin(), values.end());
    return {name, std::to_string(values.front()), std::to_string(values[values.size() / 2]),
            std::to_string(values.back())};
}

std::string summary(const PartsOf& parts, const report::Terminal& terminal) {
    std::vector<std::int64_t> train, test, labels;
    for (const auto& part : parts.train) {
        train.push_back(part.size);
        labels.push_back(
            std::count_if(part.labels.begin(), part.labels.end(), [](auto count) { return count > 0; }));
    }
    for (const auto& part : parts.test)
        test.push_back(part.size);
    Rows rows{{"of a part", "least", "median", "most"}, spread("train samples", train)};
    if (!test.empty()) rows.push_back(spread("test samples", test));
    if (!parts.classes.empty()) rows.push_back(spread("labels", labels));
    align(rows);
    std::string out = report::table(rows, terminal.width, 2);

    std::vector<std::size_t> order(train.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return train[a] < train[b]; });
    out += "\n  the smallest parts\n" + rows_of(parts, {order.begin(), order.begin() + shown}, terminal);
    out += "\n  the largest parts\n" + rows_of(parts, {order.rbegin(), order.rbegin() + shown}, terminal);
    return out;
}

Json split_json(const std::vector<PartFacts>& split, bool regression) {
    Json parts = Json::array();
    for (const auto& part : split) {
        Json one{{"samples", part.size}};
        if (regression)
            one["targets"] = {{"least", part.least}, {"mean", part.mean}, {"most", part.most}};
        else
            one["labels"] = part.labels;
        parts.push_back(std::move(one));
    }
    return parts;
}

std::int64_t total(const std::vector<PartFacts>& split) {
    std::int64_t sum = 0;
    for (const auto& part : split)
        sum += part.size;
    return sum;
}

}  // namespace

std::string to_text(const PartsOf& parts, const report::Terminal& terminal) {
    const report::Style style(terminal.color);
    const auto count = parts.train.size();
    std::string about = fmt::format("{} train samples", total(parts.train));
    if (!parts.test.empty()) about += fmt::format(" and {} test samples", total(parts.test));
    about += fmt::format(" in {} part{}; ", count, count == 1 ? "" : "s");
    about +=
        parts.classes.empty() ? "targets of a regression" : fmt::format("{} classes", parts.classes.size());
    std::string out = style.bold(parts.name) + "\n" + report::wrap(about, terminal.width) + "\n\n";
    if (count > most_rows) {
        out += summary(parts, terminal);
    } else {
        std::vector<std::size_t> all(count);
        std::iota(all.begin(), all.end(), std::size_t{0});
        out += rows_of(parts, all, terminal);
    }
    if (!parts.test_fault.empty())
        out += "\n" +
               report::wrap("The test split cannot be dealt to clients (`part: own`): " + parts.test_fault,
                            terminal.width) +
               "\n";
    return out;
}

std::string to_json(const std::string& file, std::uint64_t seed, const std::vector<PartsOf>& all) {
    Json data = Json::array();
    for (const auto& parts : all) {
        const bool regression = parts.classes.empty();
        Json one{{"data", parts.name},
                 {"classes", parts.classes},
                 {"parts", parts.train.size()},
                 {"train", split_json(parts.train, regression)},
                 {"test", split_json(parts.test, regression)}};
        if (!parts.test_fault.empty()) one["test_fault"] = parts.test_fault;
        data.push_back(std::move(one));
    }
    return Json{{"file", file}, {"seed", seed}, {"data", data}}.dump(2, ' ', false,
                                                                     Json::error_handler_t::replace) +
           "\n";
}

}  // namespace trama::cli
