#include "load_model.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "trama/core/safetensors.hpp"

namespace trama::learn {

namespace {

core::Result<core::ParameterSet> read_tensors(const std::filesystem::path& file, Resources& resources) {
    auto ending = file.extension().string();
    if (ending == ".safetensors") {
        return core::read_safetensors(file).map([](core::Tensors&& read) { return std::move(read.tensors); });
    }
    if (ending == ".pt" || ending == ".pth") {
        return resources.backend().and_then([&](Backend* backend) { return backend->load_script(file); });
    }
    return core::fail(core::ErrorKind::data,
                      fmt::format("`{}` is neither .safetensors nor .pt", file.string()), {},
                      "a run writes model.safetensors and model.pt");
}

std::string shape_of(const core::Entry& entry) {
    return fmt::format("{} {}", core::to_text(entry.type), fmt::join(entry.shape, "×"));
}

/// What keeps the tensors from filling the layout, a few words each.
void compare(const core::Layout& wanted, const core::Layout& there, std::vector<std::string>& faults) {
    for (const auto& entry : wanted.entries()) {
        const auto* found = there.find(entry.name);
        if (found == nullptr) {
            faults.push_back(fmt::format("`{}` is missing", entry.name));
        } else if (found->type != entry.type || found->shape != entry.shape) {
            faults.push_back(
                fmt::format("`{}` is {} instead of {}", entry.name, shape_of(*found), shape_of(entry)));
        }
    }
}

core::ParameterSet take(const std::shared_ptr<const core::Layout>& layout, const core::ParameterSet& from) {
    core::ParameterBuffer buffer(layout);
    auto bytes = buffer.bytes();
    for (const auto& entry : layout->entries()) {
        const auto* found = from.layout().find(entry.name);
        auto source = from.bytes().subspan(found->offset, entry.bytes());
        std::copy(source.begin(), source.end(), bytes.begin() + static_cast<std::ptrdiff_t>(entry.offset));
    }
    return std::move(buffer).freeze();
}

/// The set that an algorithm has added to the model, by the name of a tensor in it: "control" of
/// "control.layers.0.weight".
std::optional<std::string> set_of(const core::Entry& entry, const core::Layout& params) {
    const auto dot = entry.name.find('.');
    if (dot == std::string::npos || params.find(std::string_view(entry.name).substr(dot + 1)) == nullptr)
        return std::nullopt;
    return entry.name.substr(0, dot);
}

}  // namespace

core::Result<core::Model> load_model(const Net& net, const std::filesystem::path& file,
                                     Resources& resources) {
    auto tensors = read_tensors(file, resources);
    if (!tensors) return tl::unexpected(tensors.error());

    std::vector<std::string> faults;
    compare(*net.params, tensors->layout(), faults);
    compare(*net.buffers, tensors->layout(), faults);
    std::set<std::string> added;
    for (const auto& entry : tensors->layout().entries()) {
        if (net.params->find(entry.name) != nullptr || net.buffers->find(entry.name) != nullptr) continue;
        if (auto set = set_of(entry, *net.params)) {
            added.insert(std::move(*set));
        } else {
            faults.push_back(fmt::format("`{}` ({}) has no place in the net", entry.name, shape_of(entry)));
        }
    }
    std::map<std::string, core::ParameterSet> extra;
    for (const auto& name : added) {
        const auto set = core::part_of(*tensors, name + ".");
        const auto before = faults.size();
        compare(*net.params, set.layout(), faults);
        if (faults.size() == before) extra.emplace(name, take(net.params, set));
    }
    if (!faults.empty()) {
        constexpr std::size_t shown = 4;
        auto more =
            faults.size() > shown ? fmt::format(", and {} more", faults.size() - shown) : std::string();
        faults.resize(std::min(faults.size(), shown));
        return core::fail(
            core::ErrorKind::data,
            fmt::format("`{}` does not fit {}: {}{}", file.string(),
                        net.call ? core::to_text(*net.call) : "the net", fmt::join(faults, ", "), more),
            {}, "name the net that the file was trained with");
    }
    core::Model model;
    model.params = take(net.params, *tensors);
    model.buffers = take(net.buffers, *tensors);
    model.extra = std::move(extra);
    model.architecture = net.call;
    return model;
}

}  // namespace trama::learn
