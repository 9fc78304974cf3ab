#include "run/models.hpp"

#include <fmt/format.h>

#include <cstring>

#include "trama/core/safetensors.hpp"

namespace trama::run {
namespace {

void collect(const core::Value& value, std::vector<core::Model>& models) {
    if (const auto* list = value.list()) {
        for (const auto& element : *list)
            collect(element, models);
    } else if (const auto* model = value.model()) {
        models.push_back(*model);
    }
}

/// Everything that a model is made of, in one set: parameters and buffers by their names, the rest as
/// `<set>.<name>`.
core::ParameterSet all_tensors(const core::Model& model) {
    if (model.buffers.empty() && model.extra.empty()) return model.params;
    struct Piece {
        const core::ParameterSet* set;
        const core::Entry* entry;
    };
    std::vector<core::Entry> entries;
    std::vector<Piece> pieces;
    const auto add = [&](const core::ParameterSet& set, const std::string& prefix) {
        for (const auto& entry : set.layout().entries()) {
            entries.push_back(entry);
            entries.back().name = prefix + entry.name;
            pieces.push_back({&set, &entry});
        }
    };
    add(model.params, "");
    add(model.buffers, "");
    for (const auto& [name, set] : model.extra)
        add(set, name + ".");
    core::ParameterBuffer buffer(std::make_shared<const core::Layout>(std::move(entries)));
    const auto& placed = buffer.layout()->entries();
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const auto& [set, entry] = pieces[i];
        if (entry->bytes() > 0)
            std::memcpy(buffer.bytes().data() + placed[i].offset, set->bytes().data() + entry->offset,
                        entry->bytes());
    }
    return std::move(buffer).freeze();
}

}  // namespace

std::vector<core::Model> models_in(const std::vector<core::Token>& results) {
    std::vector<core::Model> models;
    for (const auto& token : results)
        collect(token.value, models);
    return models;
}

std::string model_name(std::size_t index, std::size_t count, const char* ending) {
    return count == 1 ? fmt::format("model.{}", ending) : fmt::format("model-{}.{}", index, ending);
}

core::Result<void> save_models(const std::filesystem::path& folder, const std::vector<core::Model>& models,
                               learn::Resources& resources, learn::Backend* backend,
                               const learn::Dataset* data) {
    for (std::size_t i = 0; i < models.size(); ++i) {
        const core::Model& model = models[i];
        std::map<std::string, std::string> metadata{{"format", "trama-model"}, {"format_version", "1"}};
        if (model.architecture) metadata["architecture"] = core::to_text(*model.architecture);
        auto written = core::write_safetensors(folder / model_name(i, models.size(), "safetensors"),
                                               all_tensors(model), metadata);
        if (!written) return written;
        if (backend == nullptr || !model.architecture) continue;
        const auto net = resources.net(*model.architecture);
        if (!net) return tl::unexpected(net.error());
        written = backend->save_script(model, **net, data, folder / model_name(i, models.size(), "pt"));
        if (!written) return written;
    }
    return {};
}

}  // namespace trama::run
