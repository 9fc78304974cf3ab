#include "folding.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace trama::learn {

namespace {

std::string net_of(const core::Model& model) {
    return model.architecture ? fmt::format("`{}`", core::to_text(*model.architecture))
                              : std::string("a net without a name");
}

bool same_base(const std::shared_ptr<const core::Model>& a, const std::shared_ptr<const core::Model>& b) {
    return a == b || (a->params == b->params && a->buffers == b->buffers);
}

}  // namespace

core::Result<Folded> Folded::of(std::span<const core::Value> values) {
    if (values.empty()) throw std::invalid_argument("a fold needs at least one value");
    Folded folded;
    bool updates = true;
    std::vector<const core::Metrics*> metrics;
    for (const auto& value : values) {
        const auto* partial = value.partial();
        const auto* model = partial != nullptr ? &partial->like : value.model();
        if (model == nullptr)
            throw std::invalid_argument(fmt::format("a fold of models got a {}", value.type()));
        const auto& base = partial != nullptr          ? partial->base
                           : value.update() != nullptr ? value.update()->base
                                                       : nullptr;
        updates = updates && base != nullptr;
        if (!folded.models.empty()) {
            const auto& first = *folded.models.front();
            if (!(first.params.layout() == model->params.layout() &&
                  first.buffers.layout() == model->buffers.layout())) {
                return core::fail(core::ErrorKind::run,
                                  fmt::format("models of different nets cannot be folded: {} and {}",
                                              net_of(first), net_of(*model)));
            }
            if (updates && !same_base(folded.base, base)) {
                return core::fail(core::ErrorKind::run,
                                  "updates that were trained from different models cannot be folded", {},
                                  "fold those that come from one `broadcast`; between peers, `exchange` "
                                  "makes models of updates");
            }
        } else {
            folded.base = base;
        }
        folded.models.push_back(model);
        folded.partials.push_back(partial);
        folded.version = std::max(folded.version, model->version);
        folded.weight += model->weight;
        metrics.push_back(&model->metrics);
    }
    if (!updates) folded.base = nullptr;
    folded.metrics = core::merge(metrics);
    return folded;
}

core::Result<Folded> Folded::of_updates(std::string_view rule, std::span<const core::Value> values) {
    auto folded = of(values);
    if (!folded) return folded;
    if (folded->base == nullptr)
        throw std::invalid_argument(fmt::format("{} steps from the base of updates, and got models", rule));
    const auto& like = *folded->models.front();
    if (!(folded->base->params.layout() == like.params.layout()))
        throw std::invalid_argument(fmt::format("{}: an update is not laid out like its base", rule));
    if (auto fault = folded->other_than_floats(rule)) return tl::unexpected(std::move(*fault));
    return folded;
}

std::optional<core::Error> Folded::other_than_floats(std::string_view rule) const {
    const auto& like = *models.front();
    if (like.params.layout().all(core::DType::f32) && like.buffers.layout().all(core::DType::f32))
        return std::nullopt;
    return core::Error{core::ErrorKind::run,
                       fmt::format("{} folds F32 tensors only, and this net has others", rule),
                       {},
                       {}};
}

core::Result<Weights> Folded::weigh(std::string_view rule, bool by_samples) const {
    Weights weights;
    for (std::size_t i = 0; i < models.size(); ++i) {
        weights.each.push_back(by_samples ? models[i]->weight : 1.0);
        if (by_samples)
            weights.total += models[i]->weight;
        else
            weights.total += partials[i] != nullptr ? static_cast<double>(partials[i]->count) : 1.0;
    }
    if (weights.total > 0) return weights;
    return core::fail(core::ErrorKind::run,
                      fmt::format("there are no samples behind any of the {} models, so they have no weight",
                                  models.size()),
                      {}, fmt::format("train before averaging, or say {}(weights: uniform)", rule));
}

std::vector<double> Weights::shares() const {
    std::vector<double> all;
    for (auto one : each)
        all.push_back(one / total);
    return all;
}

std::vector<std::span<const float>> Folded::params() const {
    std::vector<std::span<const float>> all;
    for (const auto* model : models)
        all.push_back(model->params.floats());
    return all;
}

std::vector<std::span<const float>> Folded::buffers() const {
    std::vector<std::span<const float>> all;
    for (const auto* model : models)
        all.push_back(model->buffers.floats());
    return all;
}

core::ParameterSet Folded::mean_buffers() const {
    return mean(buffers(), *weigh({}, weight > 0), models.front()->buffers.shared_layout());
}

core::Model Folded::model(core::ParameterSet params, core::ParameterSet buffers) const {
    core::Model model;
    model.params = std::move(params);
    model.buffers = std::move(buffers);
    model.architecture = models.front()->architecture;
    model.version = version + 1;
    model.weight = weight;
    model.metrics = metrics;
    return model;
}

core::Value Folded::result(core::ParameterSet params, core::ParameterSet buffers) const {
    auto made = model(std::move(params), std::move(buffers));
    if (base == nullptr) return made;
    return core::Update{std::move(made), base};
}

core::ParameterSet mean(std::span<const std::span<const float>> inputs, const Weights& weights,
                        const std::shared_ptr<const core::Layout>& layout) {
    core::ParameterBuffer out(layout);
    core::weighted_mean(inputs, weights.each, weights.total, out.floats());
    return std::move(out).freeze();
}

core::ParameterSet filled(const std::shared_ptr<const core::Layout>& layout, float value) {
    core::ParameterBuffer out(layout);
    std::ranges::fill(out.floats(), value);
    return std::move(out).freeze();
}

}  // namespace trama::learn
