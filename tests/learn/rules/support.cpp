#include "support.hpp"

#include <stdexcept>

namespace trama::test {

Server::Server(const std::string& name, const Arguments& arguments, std::size_t streams)
    : rule(*(*builtins().rule(name))(call(builtins(), name, arguments), bench.resources)) {
    bench.actor.inputs.resize(streams);
    bench.round = {1};
}

core::Result<core::Value> Server::fold(const core::Values& values) {
    if (!started) {
        started = true;
        const auto* update = values.front().update();
        state = rule->init(update != nullptr ? *update->base : *values.front().model());
    }
    auto result = rule->apply(bench.context(), state, values);
    ++bench.round.back();
    return result;
}

core::Model Server::round(const core::Model& from, const std::vector<core::Model>& results) {
    auto base = std::make_shared<const core::Model>(from);
    core::Values values;
    for (auto result : results) {
        result.version = from.version;  // as training leaves it
        values.push_back(update(result, base));
    }
    auto folded = fold(values);
    if (!folded) throw std::runtime_error(folded.error().message);
    return *folded->model();
}

core::Value update(const core::Model& result, const std::shared_ptr<const core::Model>& base) {
    return core::Update{result, base};
}

std::vector<float> floats(const core::Model& model) {
    auto all = model.params.floats();
    return {all.begin(), all.end()};
}

core::ParameterSet set(const std::vector<float>& values, const std::string& name) {
    auto layout = std::make_shared<const core::Layout>(
        std::vector<core::Entry>{{name, core::DType::f32, {static_cast<std::int64_t>(values.size())}, 0}});
    core::ParameterBuffer buffer(layout);
    std::ranges::copy(values, buffer.floats().begin());
    return std::move(buffer).freeze();
}

}  // namespace trama::test
