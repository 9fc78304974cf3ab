#include "run/models.hpp"

#include <fmt/format.h>

#include "trama/core/safetensors.hpp"

namespace trama::run {
namespace {

/// Of each value, a list counting as its elements, what `look` finds in it.
template <class Found>
void collect(const core::Value& value, const Found* (core::Value::*look)() const, std::vector<Found>& all) {
    if (const auto* list = value.list()) {
        for (const auto& element : *list)
            collect(element, look, all);
    } else if (const auto* found = (value.*look)()) {
        all.push_back(*found);
    }
}

/// Everything that a model is made of, in one set: parameters and buffers by their names, the rest as
/// `<set>.<name>`.
core::ParameterSet all_tensors(const core::Model& model) {
    if (model.buffers.empty() && model.extra.empty()) return model.params;
    std::vector<core::Prefixed> sets{{"", &model.params}, {"", &model.buffers}};
    for (const auto& [name, set] : model.extra)
        sets.push_back({name + ".", &set});
    return core::join(sets);
}

}  // namespace

std::vector<core::Model> models_in(const std::vector<core::Token>& results) {
    std::vector<core::Model> models;
    for (const auto& token : results)
        collect(token.value, &core::Value::model, models);
    return models;
}

std::vector<core::Event> events_in(const std::vector<core::Token>& results) {
    std::vector<core::Event> events;
    for (const auto& token : results)
        collect(token.value, &core::Value::event, events);
    return events;
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
