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
    const std::string parameters =
        fmt::format("{}, {}", expression(layer.name + ".weight"), expression(layer.name + ".bias"));
    switch (layer.kind) {
        case Kind::flatten:
            return "torch.flatten(x, 1)";
        case Kind::linear:
            return fmt::format("torch.linear(x, {})", parameters);
        case Kind::relu:
            return "torch.relu(x)";
        case Kind::tanh:
            return "torch.tanh(x)";
        case Kind::conv2d:
            return fmt::format("torch.conv2d(x, {0}, [{1}, {1}], [{2}, {2}])", parameters, layer.stride,
                               layer.padding);
        case Kind::max_pool2d:
            return fmt::format("torch.max_pool2d(x, [{0}, {0}], [{1}, {1}], [{2}, {2}])", layer.kernel,
                               layer.stride, layer.padding);
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
    for (const learn::Layer& layer : net.layers) {
        text += fmt::format("    x = {}\n", statement(layer));
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
