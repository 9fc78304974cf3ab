#include "../input/idx.hpp"

#include "../arguments.hpp"
#include "../made_data.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

IdxFiles files_of(const core::Call& call, const std::filesystem::path& folder) {
    return {path(call, "images", folder), path(call, "labels", folder), path(call, "test_images", folder),
            path(call, "test_labels", folder)};
}

std::optional<std::int64_t> classes_of(const core::Call& call) {
    if (!given(call, "classes")) return std::nullopt;
    return integer(call, "classes");
}

}  // namespace

void add_idx(Library& library) {
    library.add_data(
        Describe("idx", "data")
            .in("Data")
            .says("Any data set in the idx format of MNIST: unsigned bytes, plain or gzip. Pixels 0 to 255 "
                  "become 0 to 1.")
            .like("data = idx(images: \"x.idx3\", labels: \"y.idx1\", test_images: \"tx.idx3\", test_labels: "
                  "\"ty.idx1\")")
            .takes(Param("images", "file",
                         "Training samples: samples × rows × columns, samples × features, or with channels."))
            .takes(Param("labels", "file", "Their classes, from 0."))
            .takes(Param("test_images", "file", "Test samples of the same shape."))
            .takes(Param("test_labels", "file", "Their classes."))
            .takes(Param("classes", "int",
                         "How many classes there are; the highest label decides when left out.")
                       .or_nothing()
                       .at_least(2)
                       .at_most(256))
            .takes(partition_parameter()),
        [](const core::Call& call, Resources& resources) -> core::Result<std::shared_ptr<const Dataset>> {
            return read_idx("idx", files_of(call, resources.folder()), classes_of(call))
                .map([&](Dataset&& data) { return made_by(call, std::move(data)); });
        },
        [](const core::Call& call, const std::filesystem::path& folder) {
            return probe_idx(files_of(call, folder), classes_of(call));
        });
}

}  // namespace trama::learn
