#include <filesystem>

#include "../arguments.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

Loss loss_named(const std::string& name) {
    if (name == "mse") return Loss::mse;
    return name == "bce" ? Loss::bce : Loss::cross_entropy;
}

core::Result<std::shared_ptr<const Net>> open_model(const core::Call& call, Resources& resources) {
    auto backend = resources.backend();
    if (!backend) return tl::unexpected(backend.error());
    const auto file = std::filesystem::absolute(path(call, "file", resources.folder()));
    return (*backend)->open_script(file).map([&](Net&& net) {
        // The model names its file wherever it goes: `trama test` looks for it from another folder.
        auto found = call;
        for (auto& given : found.arguments) {
            if (given.parameter == "file") given.value = core::Constant{file.string()};
        }
        net.call = std::make_shared<const core::Call>(std::move(found));
        net.loss = loss_named(word(call, "loss"));
        return std::make_shared<const Net>(std::move(net));
    });
}

}  // namespace

void add_model(Library& library) {
    library.add_opened_net(
        Describe("model", "net")
            .in("Nets")
            .says("A net of your own: TorchScript (Python's torch.jit.script or torch.jit.trace) that takes "
                  "a batch of "
                  "samples in the data's shape and gives logits, one row each. It starts from the numbers in "
                  "the "
                  "file. Dropout and other random operations are refused. Opened when the run starts.")
            .like("net = model(\"net.pt\", loss: cross_entropy)")
            .takes(Param("file", "file", "The TorchScript file."))
            .takes(
                Param(
                    "loss", "one_of(cross_entropy, mse, bce)",
                    "What training makes smaller: cross_entropy for classes, mse for regression, bce (binary "
                    "cross entropy) for two classes and one output.")
                    .or_else("cross_entropy")),
        open_model);
}

}  // namespace trama::learn
