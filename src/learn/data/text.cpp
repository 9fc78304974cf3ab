#include "../input/text_windows.hpp"

#include "../arguments.hpp"
#include "../input/characters.hpp"
#include "../input/input_file.hpp"
#include "../made_data.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

TextOptions text_options(const core::Call& call, const std::filesystem::path& folder) {
    TextOptions options;
    options.file = path(call, "file", folder);
    options.by_speaker = word(call, "by") == "speaker";
    options.length = integer(call, "length");
    options.step = integer(call, "step");
    options.test = real(call, "test");
    return options;
}

}  // namespace

void add_text(Library& library) {
    library.add_data(
        Describe("text", "data")
            .in("Data")
            .says(
                "A text, to predict the next character: a sample is a window of `length` characters, its "
                "label the one that follows. Samples are character numbers among LEAF's 80 (newline, space, "
                "digits, letters and the commonest marks); any other character counts as a space. UTF-8, "
                "plain or gzip. With `by: speaker` the file is a play, and its natural parts are its "
                "speakers: a speaker is a line like `HAMLET.` or `First Citizen:`, or such a name in "
                "capitals at the beginning of a line; those who say too little for one window are left out.")
            .like("data = text(file: \"shakespeare.txt\", by: speaker, partition: natural)")
            .after("Caldas et al., LEAF: A Benchmark for Federated Settings, 2018")
            .takes(Param("file", "file", "The text."))
            .takes(Param("by", "one_of(none, speaker)", "Whose the words are.").or_else("none"))
            .takes(Param("length", "int", "Characters of a window.").or_else("80").at_least(1).at_most(1e6))
            .takes(Param("step", "int", "Characters from one window to the next.").or_else("1").at_least(1))
            .takes(Param("test", "fraction",
                         "Share at the end of the text (of each speaker) that is held out for testing.")
                       .or_else("20%")
                       .at_least(0)
                       .below(1))
            .takes(partition_parameter()),
        [](const core::Call& call, Resources& resources) -> core::Result<std::shared_ptr<const Dataset>> {
            return read_text(text_options(call, resources.folder())).map([&](Dataset&& data) {
                return made_by(call, std::move(data));
            });
        },
        [](const core::Call& call, const std::filesystem::path& folder) -> core::Result<lang::ShapeFacts> {
            auto file = InputFile::open(path(call, "file", folder));
            if (!file) return tl::unexpected(file.error());
            return lang::ShapeFacts{
                {integer(call, "length")}, static_cast<std::int64_t>(characters().size()), 0};
        });
}

}  // namespace trama::learn
