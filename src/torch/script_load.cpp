#include <fstream>
#include <system_error>

#include <fmt/format.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include "torch/dtype.hpp"
#include "torch/script.hpp"
#include "torch/user_net.hpp"

namespace trama::torch {
namespace {

core::Result<core::ParameterSet> tensors_of(const ::torch::jit::Module& module, const std::string& path) {
    std::vector<core::Entry> entries;
    std::vector<at::Tensor> tensors;
    const auto add = [&](const ::torch::jit::NameTensor& named) -> core::Result<void> {
        const auto type = core_type(named.value.scalar_type());
        if (!type) {
            return core::fail(core::ErrorKind::data,
                              fmt::format("`{}` has the type {}, which Trama does not know", named.name,
                                          c10::toString(named.value.scalar_type())),
                              path, "the types float32, float64, int64 and uint8 can be read");
        }
        entries.push_back({named.name, *type, named.value.sizes().vec(), 0});
        tensors.push_back(named.value.contiguous());
        return {};
    };
    for (const auto& parameter : module.named_parameters()) {
        if (auto added = add(parameter); !added) {
            return tl::unexpected(std::move(added.error()));
        }
    }
    for (const auto& buffer : module.named_buffers()) {
        if (auto added = add(buffer); !added) {
            return tl::unexpected(std::move(added.error()));
        }
    }
    if (entries.empty()) {
        return core::fail(core::ErrorKind::data, "the TorchScript has no parameters", path);
    }
    core::ParameterBuffer buffer(std::make_shared<const core::Layout>(std::move(entries)));
    const auto& laid_out = buffer.layout()->entries();
    for (std::size_t i = 0; i < laid_out.size(); ++i) {
        const auto* from = static_cast<const std::byte*>(tensors[i].data_ptr());
        std::copy_n(from, laid_out[i].bytes(), buffer.bytes().data() + laid_out[i].offset);
    }
    return std::move(buffer).freeze();
}

}  // namespace

core::Result<::torch::jit::Module> open_module(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::error_code ignored;
    if (!file || std::filesystem::is_directory(path, ignored)) {
        return core::fail(core::ErrorKind::data, "cannot read this file", path.string(),
                          "check the path and the permissions");
    }
    try {
        return ::torch::jit::load(file, at::kCPU);
    } catch (const std::exception&) {  // libtorch throws several kinds, with a stack of its own functions as
                                       // the message
        return core::fail(
            core::ErrorKind::data, "this file is not TorchScript, or it is damaged", path.string(),
            "a run writes one as model.pt; Python's torch.jit.save writes one too (torch.save does not)");
    }
}

core::Result<core::ParameterSet> load_script(const std::filesystem::path& path) {
    return open_module(path).and_then(
        [&](const ::torch::jit::Module& module) { return tensors_of(module, path.string()); });
}

}  // namespace trama::torch
