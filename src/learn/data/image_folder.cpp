#include "../input/image_folder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "../arguments.hpp"
#include "../made_data.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

core::Result<ImageFolderOptions> picture_options(const core::Call& call,
                                                 const std::filesystem::path& folder) {
    ImageFolderOptions options;
    options.folder = path(call, "dir", folder);
    options.test = real(call, "test");
    auto size = integers(call, "size");
    if (size.size() != 3 || (size[0] != 1 && size[0] != 3) || size[1] > 4096 || size[2] > 4096) {
        return core::fail(core::ErrorKind::scheme,
                          fmt::format("image_folder: `size: [{}]` is not channels (1 or 3), rows and columns "
                                      "(up to 4096)",
                                      fmt::join(size, ", ")),
                          {}, "for example size: [3, 64, 64]");
    }
    std::ranges::copy(size, options.size.begin());
    return options;
}

}  // namespace

void add_image_folder(Library& library) {
    library.add_data(
        takes_pictures(
            Describe("image_folder", "data")
                .in("Data")
                .says("Pictures in one folder per class: *.png, *.jpg and *.jpeg, scaled to one size "
                      "(bilinear; "
                      "the ratio of their sides may change) and to colour or grey. Pixels 0 to 255 become 0 "
                      "to 1. "
                      "The test pictures are a random choice from each class that is the same in every run.")
                .like("data = image_folder(dir: \"flowers\", size: [3, 64, 64])")
                .takes(Param("dir", "folder", "Folder whose folders are the classes."))
                .takes(Param("size", "list(int)", "Channels (1: grey, 3: colour), rows and columns.")
                           .at_least(1))
                .takes(Param("test", "fraction", "Share of each class held out for testing.")
                           .or_else("20%")
                           .at_least(0)
                           .below(1))
                .takes(partition_parameter())),
        [](const core::Call& call, Resources& resources) -> core::Result<std::shared_ptr<const Dataset>> {
            return picture_options(call, resources.folder())
                .and_then(read_image_folder)
                .map([&](Dataset&& data) { return made_by(call, std::move(data)); });
        },
        [](const core::Call& call, const std::filesystem::path& folder) {
            return picture_options(call, folder).and_then(probe_image_folder);
        });
}

}  // namespace trama::learn
