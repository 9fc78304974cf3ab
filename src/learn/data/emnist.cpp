#include <fmt/format.h>

#include "../arguments.hpp"
#include "../input/idx.hpp"
#include "../made_data.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

/// The names of the classes, as torchvision has them. The labels of `letters` begin at 1: class 0 has no
/// sample.
std::vector<std::string> class_names_of(const std::string& split) {
    std::vector<std::string> names;
    auto add = [&](std::string_view letters) {
        for (const char letter : letters)
            names.emplace_back(1, letter);
    };
    if (split == "letters") {
        names.emplace_back("N/A");
        add("abcdefghijklmnopqrstuvwxyz");
        return names;
    }
    add("0123456789");
    if (split == "digits" || split == "mnist") return names;
    add("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    // Letters that look the same in both cases are one class there.
    add(split == "byclass" ? "abcdefghijklmnopqrstuvwxyz" : "abdefghnqrt");
    return names;
}

core::Result<IdxFiles> split_files(const core::Call& call, const std::filesystem::path& folder) {
    auto split = word(call, "split");
    return find_idx_files(path(call, "dir", folder), fmt::format("emnist-{}-train", split),
                          fmt::format("emnist-{}-test", split));
}

}  // namespace

void add_emnist(Library& library) {
    library.add_data(
        takes_pictures(
            Describe("emnist", "data")
                .in("Data")
                .says(
                    "EMNIST: handwritten letters and digits of 28×28 pixels, in the idx format. As in "
                    "torchvision, pictures are as the files have them (rows and columns are swapped: letters "
                    "lie "
                    "on their side, mirrored), and the labels of `letters` begin at 1: it has 27 classes, of "
                    "which the first is empty.")
                .like("data = emnist(dir: \"data/emnist\", split: letters)")
                .after("Cohen et al., EMNIST: an Extension of MNIST to Handwritten Letters, IJCNN 2017")
                .takes(Param(
                    "dir", "folder",
                    "Folder with emnist-<split>-train-images-idx3-ubyte and the other three files of the "
                    "split, plain or .gz."))
                .takes(Param("split", "one_of(balanced, byclass, bymerge, digits, letters, mnist)",
                             "Which of its splits: 47, 62, 47, 10, 27 or 10 classes.")
                           .or_else("balanced"))
                .takes(partition_parameter())),
        [](const core::Call& call, Resources& resources) -> core::Result<std::shared_ptr<const Dataset>> {
            auto names = class_names_of(word(call, "split"));
            auto data = split_files(call, resources.folder()).and_then([&](const IdxFiles& files) {
                return read_idx("emnist", files, static_cast<std::int64_t>(names.size()));
            });
            if (!data) return tl::unexpected(data.error());
            data->class_names = std::move(names);
            return made_by(call, std::move(*data));
        },
        [](const core::Call& call, const std::filesystem::path& folder) {
            return split_files(call, folder).and_then([&](const IdxFiles& files) {
                return probe_idx(files,
                                 static_cast<std::int64_t>(class_names_of(word(call, "split")).size()));
            });
        });
}

}  // namespace trama::learn
