#include "../input/leaf.hpp"

#include "../arguments.hpp"
#include "../made_data.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

void add_leaf(Library& library) {
    library.add_data(
        Describe("leaf", "data")
            .in("Data")
            .says("What LEAF's scripts make: json files of users with their samples, in the folders `train` "
                  "and `test`. FEMNIST's 784 numbers are pictures of 28×28 pixels; Shakespeare's texts of 80 "
                  "characters become character numbers, as `text` has them. Users are the natural parts.")
            .like("data = leaf(dir: \"leaf/data/femnist/data\", partition: natural)")
            .after("Caldas et al., LEAF: A Benchmark for Federated Settings, 2018")
            .takes(Param("dir", "folder", "Folder with the folders `train` and `test`; files plain or .gz."))
            .takes(partition_parameter()),
        [](const core::Call& call, Resources& resources) -> core::Result<std::shared_ptr<const Dataset>> {
            return read_leaf(path(call, "dir", resources.folder())).map([&](Dataset&& data) {
                return made_by(call, std::move(data));
            });
        },
        [](const core::Call& call, const std::filesystem::path& folder) {
            return probe_leaf(path(call, "dir", folder));
        });
}

}  // namespace trama::learn
