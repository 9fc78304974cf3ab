#include <algorithm>
#include <map>
#include <sstream>
#include <string>

#include <ATen/ops/from_blob.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/jit/api/module.h>

#include "torch/dtype.hpp"
#include "torch/plan.hpp"
#include "torch/script.hpp"
#include "torch/user_net.hpp"
#include "trama/core/safetensors.hpp"

namespace trama::torch {
namespace {

using Kind = learn::Layer::Kind;
using ::torch::jit::Module;

std::pair<std::string, std::string> split_last(const std::string& name) {
    const auto dot = name.rfind('.');
    return dot == std::string::npos ? std::pair(std::string(), name)
                                    : std::pair(name.substr(0, dot), name.substr(dot + 1));
}

/// Modules within modules, made as names ask for them: "layers.0.weight" is `weight` of "0" of "layers".
class ModuleTree {
  public:
    ModuleTree() : root_("__torch__.trama.Net") {}

    Module& root() { return root_; }

    void add(const core::ParameterSet& set, bool trained) {
        for (const core::Entry& entry : set.layout().entries()) {
            const auto [path, name] = split_last(entry.name);
            // For reading only: saving does not write to tensors.
            auto* data = const_cast<std::byte*>(set.bytes().data() + entry.offset);
            const at::Tensor tensor =
                at::from_blob(data, entry.shape, at::TensorOptions().dtype(torch_type(entry.type)));
            trained ? at(path).register_parameter(name, tensor, false)
                    : at(path).register_buffer(name, tensor);
        }
    }

  private:
    Module& at(const std::string& path) {
        if (path.empty()) {
            return root_;
        }
        if (const auto found = modules_.find(path); found != modules_.end()) {
            return found->second;
        }
        const auto [above, name] = split_last(path);
        Module module(c10::QualifiedName(fmt::format("__torch__.trama.Part{}", modules_.size())));
        Module& placed = modules_.emplace(path, module).first->second;
        at(above).register_module(name, placed);
        return placed;
    }

    Module root_;
    std::map<std::string, Module> modules_;
};

/// An expression for a parameter: parts such as "0" are no identifiers, hence `getattr`.
std::string expression(const std::string& name) {
    std::string text = "self";
    std::istringstream parts(name);
    for (std::string part; std::getline(parts, part, '.');) {
        text = fmt::format("getattr({}, \"{}\")", text, part);
    }
    return text;
}

std::string statement(const learn::Layer& layer) {
    const auto part = [&](const char* name) { return expression(fmt::format("{}.{}", layer.name, name)); };
    const auto both = [&] { return fmt::format("{}, {}", part("weight"), part("bias")); };
    const std::string window =
        fmt::format("[{0}, {0}], [{1}, {1}], [{2}, {2}]", layer.kernel, layer.stride, layer.padding);
    switch (layer.kind) {
        case Kind::flatten:
            return "torch.flatten(x, 1)";
        case Kind::linear:
            return fmt::format("torch.linear(x, {})", both());
        case Kind::relu:
            return "torch.relu(x)";
        case Kind::tanh:
            return "torch.tanh(x)";
        case Kind::conv2d:
            return fmt::format("torch.conv2d(x, {0}, {1}, [{2}, {2}], [{3}, {3}])", part("weight"),
                               layer.bias ? part("bias") : "None", layer.stride, layer.padding);
        case Kind::max_pool2d:
            return fmt::format("torch.max_pool2d(x, {})", window);
        case Kind::avg_pool2d:
            return fmt::format("torch.avg_pool2d(x, {})", window);
        case Kind::global_avg_pool2d:
            return "torch.mean(x, [2, 3])";
        case Kind::batch_norm2d:
            return fmt::format("torch.batch_norm(x, {}, {}, {}, False, 0.1, 1e-05, False)", both(),
                               part("running_mean"), part("running_var"));
        case Kind::group_norm:
            return fmt::format("torch.group_norm(x, {}, {}, 1e-05)", layer.groups, both());
        case Kind::residual:
            return fmt::format(
                "x + torch.constant_pad_nd(kept{0}[:, :, ::{1}, ::{1}], "
                "[0, 0, 0, 0, 0, x.size(1) - kept{0}.size(1)])",
                layer.from, layer.stride);
        case Kind::embedding:
            return fmt::format("torch.embedding({}, x.to(4))", part("weight"));  // 4: torch.int64
        case Kind::lstm:
            return fmt::format(
                "torch.lstm(x, [torch.zeros([1, x.size(0), {0}]), torch.zeros([1, x.size(0), {0}])], "
                "[{1}, {2}, {3}, {4}], True, 1, 0.0, False, False, True)[0]",
                layer.out, part("weight_ih"), part("weight_hh"), part("bias_ih"), part("bias_hh"));
        case Kind::last_step:
            return "torch.select(x, 1, -1)";
    }
    return "x";
}

/// Raw samples (bytes or floats, batch × shape or batch × features) to logits.
std::string source(const learn::Net& net, bool shifts) {
    constexpr int float32 = 6;  // torch.float32, which TorchScript spells as a number
    std::string text = "def forward(self, samples: Tensor) -> Tensor:\n";
    text +=
        fmt::format("    x = torch.reshape(samples.to({}), [-1, {}])\n", float32, fmt::join(net.input, ", "));
    text += "    x = torch.mul(x, self.scale)\n";
    if (shifts) {
        text += "    x = torch.add(x, self.shift)\n";
    }
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
        text += fmt::format("    x = {}\n", statement(net.layers[i]));
        if (std::ranges::any_of(net.layers, [&](const learn::Layer& layer) {
                return layer.kind == Kind::residual && layer.from == i;
            })) {
            text += fmt::format("    kept{} = x\n", i);
        }
    }
    return text + "    return x\n";
}

/// A tensor that broadcasts over a batch: one number, or one per feature in the shape of a sample.
at::Tensor normaliser(const std::vector<float>& numbers, const std::vector<std::int64_t>& shape) {
    const at::Tensor flat =
        at::from_blob(const_cast<float*>(numbers.data()), {static_cast<std::int64_t>(numbers.size())},
                      at::TensorOptions().dtype(at::kFloat))
            .clone();
    return numbers.size() == 1 ? flat : flat.reshape(shape);
}

}  // namespace

core::Result<void> save_script(const core::Model& model, const learn::Net& net, const learn::Dataset* data,
                               const std::filesystem::path& path) {
    if (net.script) {
        std::ostringstream content;
        user_net(net)->save(model, content);
        return core::write_file_atomically(path, content.view());
    }
    const learn::Dataset raw;  // neither scaled nor shifted, no names
    const learn::Dataset& described = data != nullptr ? *data : raw;
    c10::List<std::string> labels;
    for (const std::string& name : described.class_names) {
        labels.push_back(name);
    }
    std::ostringstream content;
    {
        ModuleTree tree;
        tree.add(model.params, true);
        tree.add(model.buffers, false);
        Module& module = tree.root();
        const at::Tensor shift = normaliser(described.shift, net.input);
        module.register_attribute("scale", c10::TensorType::get(), normaliser(described.scale, net.input));
        module.register_attribute("shift", c10::TensorType::get(), shift);
        module.register_attribute("labels", c10::ListType::ofStrings(), labels);
        module.register_attribute("classes", c10::IntType::get(), described.classes);
        module.define(source(net, shift.any().item<bool>()));
        module.eval();
        module.save(content);
    }
    return core::write_file_atomically(path, content.view());
}

}  // namespace trama::torch
