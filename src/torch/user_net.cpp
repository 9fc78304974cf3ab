#include "torch/user_net.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

namespace trama::torch {
namespace {

using ::torch::jit::Module;

std::pair<Module, std::string> owner(Module module, const std::string& name) {
    std::size_t begin = 0;
    for (auto dot = name.find('.'); dot != std::string::npos; dot = name.find('.', begin)) {
        module = module.attr(name.substr(begin, dot - begin)).toModule();
        begin = dot + 1;
    }
    return {module, name.substr(begin)};
}

void put(const Module& module, const std::string& name, const at::Tensor& tensor) {
    auto [place, last] = owner(module, name);
    place.setattr(last, tensor);
}

/// The sentence in libtorch's message, which comes with a traceback.
std::string cause(const std::exception& error) {
    std::string_view text = error.what();
    for (const std::string_view mark : {"RuntimeError: ", "Error: "}) {
        if (const auto at = text.rfind(mark); at != std::string_view::npos) {
            text.remove_prefix(at + mark.size());
            break;
        }
    }
    return std::string(text.substr(0, text.find('\n')));
}

bool is_number(const ::torch::jit::Value* value, double number) {
    const auto constant = ::torch::jit::toIValue(value);
    return constant && constant->isDouble() && constant->toDouble() == number;
}

/// Whether an operation draws from the global generator of libtorch, which threads share.
bool draws(const ::torch::jit::Node& node) {
    static const std::set<std::string_view> random{"alpha_dropout",
                                                   "alpha_dropout_",
                                                   "bernoulli",
                                                   "bernoulli_",
                                                   "binomial",
                                                   "cauchy_",
                                                   "dropout",
                                                   "dropout_",
                                                   "exponential_",
                                                   "feature_alpha_dropout",
                                                   "feature_alpha_dropout_",
                                                   "feature_dropout",
                                                   "feature_dropout_",
                                                   "geometric_",
                                                   "log_normal_",
                                                   "multinomial",
                                                   "native_dropout",
                                                   "normal",
                                                   "normal_",
                                                   "poisson",
                                                   "rand",
                                                   "rand_like",
                                                   "randint",
                                                   "randint_like",
                                                   "randn",
                                                   "randn_like",
                                                   "random_",
                                                   "randperm",
                                                   "rrelu",
                                                   "rrelu_",
                                                   "rrelu_with_noise",
                                                   "uniform_",
                                                   "_standard_gamma",
                                                   "_sample_dirichlet"};
    const std::string_view name = node.kind().toUnqualString();
    if (name == "lstm" || name == "gru" || name == "rnn_tanh" || name == "rnn_relu") {
        const auto dropout = node.schema().argumentIndexWithName("dropout");
        return dropout && !is_number(node.input(static_cast<std::size_t>(*dropout)), 0);
    }
    return node.kind().is_aten() && random.contains(name);
}

std::optional<std::string> random_operation(const ::torch::jit::Block& block) {
    for (const ::torch::jit::Node* node : block.nodes()) {
        if (draws(*node)) {
            return node->kind().toUnqualString();
        }
        for (const ::torch::jit::Block* inside : node->blocks()) {
            if (auto found = random_operation(*inside)) {
                return found;
            }
        }
    }
    return {};
}

/// What keeps a script from being a net; empty if nothing does.
std::string fault_of(const Module& module) {
    const auto forward = module.find_method("forward");
    if (!forward) {
        return "has no method `forward`";
    }
    const c10::FunctionSchema& schema = forward->function().getSchema();
    const auto& arguments = schema.arguments();
    const auto is_tensor = [](const c10::Argument& one) {
        return one.type()->isSubtypeOf(*c10::TensorType::get());
    };
    std::vector<std::string> needed;
    for (const c10::Argument& one : arguments) {
        if (!one.default_value().has_value() && one.name() != "self") {
            needed.push_back(one.type()->annotation_str());
        }
    }
    if (needed.size() != 1 || !is_tensor(arguments[1])) {
        return fmt::format("takes ({}), not one tensor", fmt::join(needed, ", "));
    }
    if (schema.returns().size() != 1 || !is_tensor(schema.returns()[0])) {
        return fmt::format("gives {}, not one tensor", schema.returns().empty()
                                                           ? "nothing"
                                                           : schema.returns()[0].type()->annotation_str());
    }
    const auto graph = forward->graph()->copy();
    ::torch::jit::Inline(*graph);
    if (const auto operation = random_operation(*graph->block())) {
        return fmt::format(
            "draws random numbers from libtorch's shared generator (`{}`): no run could be repeated",
            *operation);
    }
    return {};
}

core::ParameterSet gather(const std::vector<std::pair<std::string, at::Tensor>>& named) {
    std::vector<core::Entry> entries;
    for (const auto& [name, tensor] : named) {
        entries.push_back({name, core::DType::f32, tensor.sizes().vec(), 0});
    }
    core::ParameterBuffer buffer(std::make_shared<const core::Layout>(std::move(entries)));
    for (const auto& [name, tensor] : named) {
        const at::Tensor numbers = tensor.contiguous();
        std::copy_n(numbers.data_ptr<float>(), numbers.numel(),
                    buffer.floats(*buffer.layout()->find(name)).data());
    }
    return std::move(buffer).freeze();
}

std::vector<std::string> names(const core::ParameterSet& set) {
    std::vector<std::string> all;
    for (const core::Entry& entry : set.layout().entries()) {
        all.push_back(entry.name);
    }
    return all;
}

Tensors copies(const core::ParameterSet& set) {
    Tensors all;
    for (const at::Tensor& tensor : views(set.layout(), const_cast<float*>(set.floats().data()))) {
        all.push_back(tensor.clone());
    }
    return all;
}

}  // namespace

core::Result<learn::Net> open_script(const std::filesystem::path& path) {
    const c10::InferenceMode off(false);
    auto module = open_module(path);
    if (!module) {
        return tl::unexpected(std::move(module.error()));
    }
    const auto refused = [&](const std::string& why, const char* hint) {
        return core::fail(core::ErrorKind::data, "this net " + why, path.string(), hint);
    };
    if (const std::string fault = fault_of(*module); !fault.empty()) {
        return refused(fault,
                       "a net takes a batch of samples and gives a row of numbers for each, without dropout");
    }
    std::vector<std::pair<std::string, at::Tensor>> trained, kept;
    std::map<const void*, std::string> seen;
    for (const auto& [name, tensor] : module->named_parameters()) {
        if (tensor.scalar_type() != at::kFloat) {
            return refused(fmt::format("has the parameter `{}` of the type {}", name,
                                       c10::toString(tensor.scalar_type())),
                           "parameters must be float32: module.float() makes them so");
        }
        if (const auto [other, fresh] = seen.emplace(tensor.data_ptr(), name); !fresh && tensor.numel() > 0) {
            return refused(fmt::format("uses one tensor as `{}` and as `{}`", other->second, name),
                           "each parameter needs numbers of its own");
        }
        (tensor.requires_grad() ? trained : kept).emplace_back(name, tensor.detach());
    }
    if (trained.empty()) {
        return refused("has no parameters to train",
                       "weights are nn.Parameter, and not frozen by torch.jit.freeze");
    }
    for (const auto& [name, tensor] : module->named_buffers()) {
        if (tensor.scalar_type() == at::kFloat) {
            kept.emplace_back(name, tensor.detach());
        }
    }
    auto start = std::make_shared<core::Model>();
    start->params = gather(trained);
    start->buffers = gather(kept);
    learn::Net net;
    net.params = start->params.shared_layout();
    net.buffers = start->buffers.shared_layout();
    net.script =
        std::make_shared<const UserNet>(*module, path.string(), names(start->params), names(start->buffers));
    net.start = std::move(start);
    return net;
}

UserNet::UserNet(const Module& module, std::string path, std::vector<std::string> params,
                 std::vector<std::string> buffers)
    : module_(module), path_(std::move(path)), params_(std::move(params)), buffers_(std::move(buffers)) {}

std::shared_ptr<const UserNet> user_net(const learn::Net& net) {
    auto script = std::dynamic_pointer_cast<const UserNet>(net.script);
    if (script == nullptr) {
        throw std::invalid_argument("a net whose script another backend has opened");
    }
    return script;
}

core::Result<std::int64_t> UserNet::outputs(const learn::Dataset& data) const {
    const std::lock_guard lock(mutex_);
    auto tried = tried_.find(data.shape);
    if (tried == tried_.end()) {
        tried = tried_.emplace(data.shape, try_on(data)).first;
    }
    return tried->second;
}

core::Result<std::int64_t> UserNet::try_on(const learn::Dataset& data) const {
    const c10::InferenceMode off(false);
    constexpr std::int64_t rows = 2;
    learn::Shape shape{rows};
    shape.insert(shape.end(), data.shape.begin(), data.shape.end());
    const auto wrong = [&](const std::string& what) {
        return core::fail(
            core::ErrorKind::scheme,
            fmt::format("for samples of `{}`, a tensor of the shape {}, the net {}", data.name, shape, what),
            path_, "a net takes a batch of samples and gives a row of numbers for each");
    };
    try {
        const at::AutoGradMode no_history(false);
        const ::torch::jit::GraphOptimizerEnabledGuard as_written(false);
        Module module = module_.deepcopy();
        module.eval();
        const at::Tensor output = module.forward({at::zeros(shape)}).toTensor();
        if (output.scalar_type() != at::kFloat) {
            return wrong(
                fmt::format("gives the type {} instead of float32", c10::toString(output.scalar_type())));
        }
        if (output.dim() < 1 || output.dim() > 2 || output.size(0) != rows) {
            return wrong(fmt::format("gives a tensor of the shape {}", output.sizes().vec()));
        }
        return output.numel() / rows;
    } catch (const std::exception& error) {
        return wrong(fmt::format("fails: {}", cause(error)));
    }
}

void UserNet::save(const core::Model& model, std::ostream& out) const {
    const c10::InferenceMode off(false);
    Tensors params = copies(model.params);
    for (at::Tensor& parameter : params) {
        parameter.requires_grad_();
    }
    BoundNet bound(*this, params, copies(model.buffers));
    Module module = bound.module();
    module.eval();
    module.save(out);
}

BoundNet::BoundNet(const UserNet& net, const Tensors& params, const Tensors& buffers)
    : names_(net.buffers_), buffers_(buffers) {
    const c10::InferenceMode off(false);
    module_ = net.module_.deepcopy();
    for (std::size_t i = 0; i < params.size(); ++i) {
        put(module_, net.params_[i], params[i]);
    }
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        put(module_, net.buffers_[i], buffers[i]);
    }
    module_.train();
}

at::Tensor BoundNet::operator()(const at::Tensor& samples, bool training) {
    if (training != trains_) {
        module_.train(training);
        trains_ = training;
    }
    // Optimised graphs come with the second or third call and need not give the bits of the first.
    const ::torch::jit::GraphOptimizerEnabledGuard as_written(false);
    const at::Tensor output = module_.forward({samples}).toTensor();
    for (std::size_t i = 0; training && i < buffers_.size(); ++i) {
        auto [place, name] = owner(module_, names_[i]);
        const at::Tensor now = place.attr(name).toTensor();
        if (now.data_ptr() != buffers_[i].data_ptr()) {  // the script has put another tensor in its place
            const at::AutoGradMode no_history(false);
            buffers_[i].copy_(now.detach());
            place.setattr(name, buffers_[i]);
        }
    }
    return output.reshape({samples.size(0), -1});
}

}  // namespace trama::torch
