#include "../input/cifar.hpp"

#include "../arguments.hpp"
#include "../made_data.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

CifarFormat ten() {
    return {.name = "cifar10",
            .folder = "cifar-10-batches-bin",
            .train_files = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                            "data_batch_5.bin"},
            .test_file = "test_batch.bin",
            .names_file = "batches.meta.txt"};
}

CifarFormat hundred() {
    return {.name = "cifar100",
            .folder = "cifar-100-binary",
            .train_files = {"train.bin"},
            .test_file = "test.bin",
            .names_file = "fine_label_names.txt",
            .records = 50000,
            .classes = 100,
            .label_bytes = 2};
}

void add(Library& library, CifarFormat (*format)(), std::string says, std::string holds) {
    auto name = format().name;
    library.add_data(
        takes_pictures(
            Describe(name, "data")
                .in("Data")
                .says(std::move(says))
                .like("data = " + name + "(dir: \"data/" + name + "\")")
                .after("Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009")
                .takes(Param("dir", "folder",
                             "Folder with " + std::move(holds) +
                                 ", plain or .gz, or with the archive's folder " + format().folder + "."))
                .takes(partition_parameter())),
        [format](const core::Call& call,
                 Resources& resources) -> core::Result<std::shared_ptr<const Dataset>> {
            return read_cifar(format(), path(call, "dir", resources.folder())).map([&](Dataset&& data) {
                return made_by(call, std::move(data));
            });
        },
        [format](const core::Call& call, const std::filesystem::path& folder) {
            return probe_cifar(format(), path(call, "dir", folder));
        });
}

}  // namespace

void add_cifar(Library& library) {
    add(library, ten,
        "CIFAR-10: 50,000 colour pictures of 32×32 pixels in 10 classes to train on, 10,000 to test, in the "
        "binary format. Pixels 0 to 255 become 0 to 1.",
        "data_batch_1.bin to data_batch_5.bin and test_batch.bin");
    add(library, hundred,
        "CIFAR-100: 50,000 colour pictures of 32×32 pixels to train on, 10,000 to test, in the binary "
        "format. "
        "Its labels are the 100 fine ones.",
        "train.bin and test.bin");
}

}  // namespace trama::learn
