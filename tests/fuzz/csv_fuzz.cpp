// Any bytes as a CSV table: it is read or refused. What is read is a data set without holes, and the checker
// was told the same about it. The first byte chooses the options.

#include <cmath>
#include <cstdint>
#include <span>
#include <string>

#include "learn/input/csv_table.hpp"
#include "memory_file.hpp"
#include "require.hpp"

namespace {

using namespace trama;

learn::CsvOptions options_for(std::uint8_t choice, const std::string& path) {
    learn::CsvOptions options;
    options.file = path;
    switch (choice & 3) {
        case 0:
            options.label = std::int64_t{0};
            break;
        case 1:
            options.label = std::string("label");
            break;
        default:  // the last column
            break;
    }
    constexpr const char* headers[] = {"auto", "yes", "no", "auto"};
    constexpr const char* tasks[] = {"auto", "classification", "regression", "auto"};
    options.header = headers[choice >> 2 & 3];
    options.task = tasks[choice >> 4 & 3];
    options.separator = (choice & 64) != 0 ? ';' : ',';
    options.test = (choice & 128) != 0 ? 0.0 : 0.2;
    return options;
}

void require_whole(const learn::Dataset& data, const learn::Samples& samples) {
    const auto count = static_cast<std::size_t>(samples.count);
    fuzz::require(samples.bytes.empty() && samples.floats.size() == count * data.features(),
                  "not all features", data.name);
    for (const float value : samples.floats)
        fuzz::require(std::isfinite(value), "a feature that is not finite", data.name);
    const bool classes = data.classes > 0;
    fuzz::require(samples.labels.size() == (classes ? count : 0), "not all labels", data.name);
    fuzz::require(samples.targets.size() == (classes ? 0 : count), "not all targets", data.name);
    for (const std::int32_t label : samples.labels)
        fuzz::require(label >= 0 && label < data.classes, "a label that is no class", data.name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    static fuzz::MemoryFile file;
    file.write(std::span(bytes, size).subspan(1));
    const auto options = options_for(bytes[0], file.path());
    const auto facts = learn::probe_csv(options);
    const auto data = learn::read_csv(options);
    if (!data) {
        fuzz::require(!data.error().message.empty(), "an error without words", file.path());
        return 0;
    }
    fuzz::require(facts.has_value() && facts->input == data->shape, "the checker is told something else",
                  file.path());
    fuzz::require(static_cast<std::int64_t>(data->class_names.size()) == data->classes,
                  "a class without a name", file.path());
    require_whole(*data, data->train);
    require_whole(*data, data->test);
    for (const auto* numbers : {&data->scale, &data->shift}) {
        for (const float value : *numbers)
            fuzz::require(std::isfinite(value), "a scale or shift that is not finite", file.path());
    }
    return 0;
}
