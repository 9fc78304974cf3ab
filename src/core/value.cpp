#include "trama/core/value.hpp"

namespace trama::core {
namespace {

std::size_t model_bytes(const Model& model) {
    auto bytes = model.params.bytes().size() + model.buffers.bytes().size();
    for (const auto& [name, set] : model.extra) {
        bytes += set.bytes().size();
    }
    return bytes;
}

template <class T>
const T* pointee(const Value::Data& data) {
    const auto* pointer = std::get_if<std::shared_ptr<const T>>(&data);
    return pointer != nullptr ? pointer->get() : nullptr;
}

}  // namespace

const Model* Value::model() const {
    if (const auto* plain = pointee<Model>(data_)) {
        return plain;
    }
    const auto* of = update();
    return of != nullptr ? &of->result : nullptr;
}

std::shared_ptr<const Model> Value::shared_model() const {
    if (const auto* plain = std::get_if<std::shared_ptr<const Model>>(&data_)) {
        return *plain;
    }
    const auto* of = std::get_if<std::shared_ptr<const Update>>(&data_);
    return of != nullptr && *of ? std::shared_ptr<const Model>(*of, &(*of)->result) : nullptr;
}

const Update* Value::update() const {
    return pointee<Update>(data_);
}

const Partial* Value::partial() const {
    return pointee<Partial>(data_);
}

const Values* Value::list() const {
    const auto* among = neighbours();
    return among != nullptr ? &among->values : pointee<Values>(data_);
}

const Event* Value::event() const {
    return pointee<Event>(data_);
}

const Neighbours* Value::neighbours() const {
    return pointee<Neighbours>(data_);
}

std::string_view Value::type() const {
    constexpr std::string_view names[] = {"nothing", "skip", "Model",      "Update",
                                          "Partial", "list", "neighbours", "Event"};
    static_assert(std::size(names) == std::variant_size_v<Data>);
    return names[data_.index()];
}

std::size_t payload_bytes(const Value& value) {
    if (const auto* update = value.update(); update != nullptr && update->encoded) {
        return model_bytes(update->result) - update->result.params.bytes().size() +
               update->encoded->bytes.size();
    }
    if (const auto* model = value.model()) {
        return model_bytes(*model);
    }
    if (const auto* partial = value.partial()) {
        return partial->sums.bytes().size();
    }
    std::size_t bytes = 0;
    if (const auto* list = value.list()) {
        for (const auto& element : *list) {
            bytes += payload_bytes(element);
        }
    }
    return bytes;
}

}  // namespace trama::core
