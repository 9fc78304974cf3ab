#include "arguments.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace trama::learn {

namespace {

[[noreturn]] void misused(const core::Call& call, std::string_view name, std::string_view expected) {
    const auto* value = call.find(name);
    throw std::invalid_argument(fmt::format("{}: argument `{}` must be {}, it is {}", call.function, name,
                                            expected, value == nullptr ? "missing" : core::to_text(*value)));
}

}  // namespace

const core::Constant& argument(const core::Call& call, std::string_view name) {
    const auto* value = call.find(name);
    if (value == nullptr) misused(call, name, "given");
    return *value;
}

std::int64_t integer(const core::Call& call, std::string_view name) {
    const auto* value = argument(call, name).as<std::int64_t>();
    if (value == nullptr) misused(call, name, "an integer");
    return *value;
}

double real(const core::Call& call, std::string_view name) {
    const auto& value = argument(call, name);
    if (const auto* share = value.as<core::Fraction>()) return share->value;
    auto number = value.number();
    if (!number) misused(call, name, "a number");
    return *number;
}

std::vector<std::int64_t> integers(const core::Call& call, std::string_view name) {
    const auto* list = argument(call, name).as<core::List>();
    if (list == nullptr) misused(call, name, "a list of integers");
    std::vector<std::int64_t> numbers;
    for (const auto& element : *list) {
        const auto* number = element.as<std::int64_t>();
        if (number == nullptr) misused(call, name, "a list of integers");
        numbers.push_back(*number);
    }
    return numbers;
}

bool truth(const core::Call& call, std::string_view name) {
    const auto* value = argument(call, name).as<bool>();
    if (value == nullptr) misused(call, name, "true or false");
    return *value;
}

std::string word(const core::Call& call, std::string_view name) {
    const auto& value = argument(call, name);
    if (const auto* text = value.as<std::string>()) return *text;
    if (const auto* symbol = value.as<core::Symbol>()) return symbol->name;
    // A bare name that is also registered arrives as a call without arguments.
    if (const auto* named = value.call(); named != nullptr && named->arguments.empty())
        return named->function;
    misused(call, name, "a word");
}

std::filesystem::path path(const core::Call& call, std::string_view name,
                           const std::filesystem::path& folder) {
    return folder / word(call, name);
}

bool given(const core::Call& call, std::string_view name) {
    return call.find(name) != nullptr;
}

}  // namespace trama::learn
