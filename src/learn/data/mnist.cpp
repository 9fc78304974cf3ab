#include "../arguments.hpp"
#include "../input/idx.hpp"
#include "../made_data.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

void add(Library& library, const std::string& name, std::string doc, std::string paper,
         const std::vector<std::string>& class_names) {
    library.add_data(
        takes_pictures(Describe(name, "data")
                           .in("Data")
                           .says(std::move(doc))
                           .like("data = " + name + "(dir: \"data/" + name + "\", partition: iid)")
                           .after(std::move(paper))
                           .takes(Param("dir", "folder",
                                        "Folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, "
                                        "t10k-images-idx3-ubyte and "
                                        "t10k-labels-idx1-ubyte, plain or .gz."))
                           .takes(partition_parameter())),
        [name, class_names](const core::Call& call,
                            Resources& resources) -> core::Result<std::shared_ptr<const Dataset>> {
            auto data = find_idx_files(path(call, "dir", resources.folder()), "train", "t10k")
                            .and_then([&](const IdxFiles& files) { return read_idx(name, files, 10); });
            if (!data) return tl::unexpected(data.error());
            if (!class_names.empty()) data->class_names = class_names;
            return made_by(call, std::move(*data));
        },
        [](const core::Call& call, const std::filesystem::path& folder) {
            return find_idx_files(path(call, "dir", folder), "train", "t10k")
                .and_then([](const IdxFiles& files) { return probe_idx(files, 10); });
        });
}

}  // namespace

void add_mnist(Library& library) {
    add(library, "mnist", "MNIST: 60,000 handwritten digits of 28×28 pixels to train on, 10,000 to test.",
        "LeCun, Bottou, Bengio and Haffner, Gradient-Based Learning Applied to Document Recognition, Proc. "
        "IEEE 86, 1998",
        {});
    add(library, "fashion_mnist",
        "Fashion-MNIST: 60,000 pictures of clothes of 28×28 pixels to train on, 10,000 to test.",
        "Xiao, Rasul and Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning "
        "Algorithms, 2017",
        {"T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
         "ankle boot"});
}

}  // namespace trama::learn
