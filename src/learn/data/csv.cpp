#include "../input/csv_table.hpp"

#include "../arguments.hpp"
#include "../made_data.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

CsvOptions csv_options(const core::Call& call, const std::filesystem::path& folder) {
    CsvOptions options;
    options.file = path(call, "file", folder);
    if (const auto* column = argument(call, "label").as<std::int64_t>()) {
        options.label = *column;
    } else {
        options.label = word(call, "label");
    }
    // The column that cuts the table into parts is no feature.
    if (const auto* rule = argument(call, "partition").call(); rule != nullptr && rule->function == "by")
        options.groups = word(*rule, "column");
    options.test = real(call, "test");
    options.task = word(call, "task");
    options.header = word(call, "header");
    auto separator = word(call, "separator");
    options.separator = separator == "semicolon" ? ';' : separator == "tab" ? '\t' : ',';
    return options;
}

}  // namespace

void add_csv(Library& library) {
    library.add_data(
        Describe("csv", "data")
            .in("Data")
            .says("A table of numbers with one column of labels, plain or gzip. Integers and words are "
                  "classes, other numbers are "
                  "targets of a regression. Each feature is standardised by its mean and deviation over the "
                  "training rows. The test "
                  "rows are a random choice that is the same in every run.")
            .like("data = csv(file: \"iris.csv\", label: \"species\")")
            .takes(Param("file", "file", "The table; the first line may name the columns."))
            .takes(Param("label", "string | int",
                         "The label's column: its name, or its number from 0 (-1: the last).")
                       .or_else("-1"))
            .takes(Param("test", "fraction", "Share of the rows held out for testing.")
                       .or_else("20%")
                       .at_least(0)
                       .below(1))
            .takes(Param("task", "one_of(auto, classification, regression)",
                         "What the labels are; `auto`: see above.")
                       .or_else("auto"))
            .takes(Param("header", "one_of(auto, yes, no)",
                         "Whether the first line names the columns; `auto`: if it has no number.")
                       .or_else("auto"))
            .takes(Param("separator", "one_of(comma, semicolon, tab)", "What stands between two fields.")
                       .or_else("comma"))
            .takes(partition_parameter()),
        [](const core::Call& call, Resources& resources) -> core::Result<std::shared_ptr<const Dataset>> {
            return read_csv(csv_options(call, resources.folder())).map([&](Dataset&& data) {
                return made_by(call, std::move(data));
            });
        },
        [](const core::Call& call, const std::filesystem::path& folder) {
            return probe_csv(csv_options(call, folder));
        });
}

}  // namespace trama::learn
