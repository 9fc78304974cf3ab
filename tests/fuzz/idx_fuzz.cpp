// Any bytes as idx files: they are read or refused. The first byte says how long the file of labels is, the
// images are the rest; training and test data are the same.

#include <cstdint>
#include <optional>
#include <span>

#include "learn/input/idx.hpp"
#include "memory_file.hpp"
#include "require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace trama;
    if (size == 0) return 0;
    static fuzz::MemoryFile labels, images;
    const auto rest = std::span(bytes, size).subspan(1);
    const std::size_t cut = std::min<std::size_t>(bytes[0], rest.size());
    labels.write(rest.first(cut));
    images.write(rest.subspan(cut));
    const learn::IdxFiles files{images.path(), labels.path(), images.path(), labels.path()};
    const auto facts = learn::probe_idx(files, std::nullopt);
    const auto data = learn::read_idx("fuzz", files, std::nullopt);
    if (!data) {
        fuzz::require(!data.error().message.empty(), "an error without words", images.path());
        return 0;
    }
    fuzz::require(facts.has_value() && facts->input == data->shape && facts->samples == data->train.count,
                  "the checker is told something else", images.path());
    for (const auto* samples : {&data->train, &data->test}) {
        const auto count = static_cast<std::size_t>(samples->count);
        fuzz::require(samples->floats.empty() &&
                          samples->bytes.size() == count * static_cast<std::size_t>(data->features()),
                      "not all pixels", images.path());
        fuzz::require(samples->labels.size() == count, "not all labels", images.path());
        for (const std::int32_t label : samples->labels)
            fuzz::require(label >= 0 && label < data->classes, "a label that is no class", images.path());
    }
    return 0;
}
