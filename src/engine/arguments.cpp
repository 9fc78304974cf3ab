#include "engine/arguments.hpp"

namespace trama::engine {
namespace {

template <class T>
const T* argument(const core::Call* call, std::string_view parameter) {
    const auto* value = call != nullptr ? call->find(parameter) : nullptr;
    return value != nullptr ? value->as<T>() : nullptr;
}

}  // namespace

std::int64_t integer(const core::Call* call, std::string_view parameter, std::int64_t otherwise) {
    const auto* number = argument<std::int64_t>(call, parameter);
    return number != nullptr ? *number : otherwise;
}

std::optional<double> seconds(const core::Call* call, std::string_view parameter) {
    const auto* duration = argument<core::Duration>(call, parameter);
    return duration != nullptr ? std::optional(duration->seconds) : std::nullopt;
}

bool is_word(const core::Call* call, std::string_view parameter, std::string_view word) {
    const auto* symbol = argument<core::Symbol>(call, parameter);
    return symbol != nullptr && symbol->name == word;
}

}  // namespace trama::engine
