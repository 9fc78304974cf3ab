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

core::Value Folded::result(core::ParameterSet params, core::ParameterSet buffers) const {
    core::Model model;
    model.params = std::move(params);
    model.buffers = std::move(buffers);
    model.architecture = models.front()->architecture;
    model.version = version + 1;
    model.weight = weight;
    model.metrics = metrics;
    if (base == nullptr) return model;
    return core::Update{std::move(model), base};
}

}  // namespace trama::learn
