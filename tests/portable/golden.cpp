#include "golden.hpp"

#include <bit>
#include <cstdlib>

namespace trama::portable {

Digest& Digest::add(std::uint64_t number) {
    hash_.add(core::to_little_endian(number));
    return *this;
}

Digest& Digest::add(double number) {
    return add(std::bit_cast<std::uint64_t>(number));
}

Digest& Digest::add(std::string_view text) {
    add(std::uint64_t{text.size()});
    hash_.add(text);
    return *this;
}

Digest& Digest::add(std::span<const std::byte> bytes) {
    add(std::uint64_t{bytes.size()});
    hash_.add(bytes);
    return *this;
}

Digest& Digest::add(const core::Metrics& metrics) {
    for (const auto& [name, metric] : metrics)
        add(name).add(metric.value).add(metric.samples);
    return *this;
}

Digest& Digest::add(const core::Numbers& numbers) {
    for (const auto& [name, number] : numbers)
        add(name).add(number);
    return *this;
}

Digest& Digest::add(const core::ParameterSet& set) {
    core::Model model;
    model.params = set;
    return add(core::model_hash(model));
}

Digest& Digest::add(const core::Model& model) {
    add(core::model_hash(model)).add(model.version).add(model.weight).add(model.metrics).add(model.facts);
    return add(model.architecture ? core::to_text(*model.architecture) : std::string());
}

Digest& Digest::add(const core::Value& value) {
    add(value.type());
    if (const auto* partial = value.partial())
        return add(partial->sums).add(partial->like).add(partial->count);
    if (const auto* event = value.event()) return add(event->name).add(event->where).add(event->text);
    if (const auto* list = value.list()) {
        for (const auto& one : *list)
            add(one);
        return *this;
    }
    if (const auto* update = value.update()) {
        if (update->base) add(*update->base);
        if (update->encoded) add(std::span<const std::byte>(update->encoded->bytes));
    }
    return value.model() != nullptr ? add(*value.model()) : *this;
}

Digest& Digest::add(const core::State& state) {
    for (const auto& [name, set] : state.sets)
        add(name).add(set);
    return add(state.numbers);
}

std::string Digest::text() {
    return hash_.hex().substr(0, 16);
}

bool updating() {
    const char* update = std::getenv("UPDATE_GOLDEN");
    return update != nullptr && *update != '\0';
}

}  // namespace trama::portable
