#include "lang/print/arguments.hpp"

#include <algorithm>

namespace trama::lang {
namespace {

bool is_default(const Parameter& parameter, const std::string& text) {
    // Defaults are source text: a whole number where a real is taken was widened.
    return parameter.fallback && (text == *parameter.fallback || text == *parameter.fallback + ".0");
}

bool is_anonymous(const std::string& name, const std::string& kind) {
    return name.size() > kind.size() && name.compare(0, kind.size(), kind) == 0 && name[kind.size()] == '.';
}

}  // namespace

std::string short_text(const core::Constant& value) {
    if (const core::Call* call = value.call(); call != nullptr && !call->name.empty()) return call->name;
    if (const auto* list = value.as<core::List>()) {
        std::string text;
        for (const core::Constant& element : *list)
            text += (text.empty() ? "" : ", ") + short_text(element);
        return "[" + text + "]";
    }
    return core::to_text(value);
}

std::vector<Shown> shown_arguments(const Block& block) {
    std::vector<Shown> shown;
    for (const Parameter& parameter : block.signature->parameters) {
        if (const core::Constant* value = block.call.find(parameter.name)) {
            std::string text = short_text(*value);
            if (is_default(parameter, core::to_text(*value))) continue;
            if (parameter.variadic) text = text.substr(1, text.size() - 2);
            shown.push_back({&parameter, std::move(text)});
            continue;
        }
        for (const PerCopy& argument : block.per_copy) {
            if (argument.parameter == parameter.name) shown.push_back({&parameter, argument.text});
        }
    }
    return shown;
}

std::string call_text(const Block& block) {
    std::string text;
    const auto arguments = shown_arguments(block);
    if (block.inner) {
        const auto* inner = block.inner->as<Block>();
        text = inner == nullptr ? "..." : display_name(*inner);
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const bool positional = i == 0 && arguments[i].parameter == block.signature->parameters.data();
        if (!text.empty()) text += ", ";
        text += (positional ? "" : arguments[i].parameter->name + ": ") + arguments[i].text;
    }
    return block.signature->name + (text.empty() ? "" : "(" + text + ")");
}

std::string display_name(const Block& block) {
    if (block.name.empty() || is_anonymous(block.name, block.signature->name)) return block.signature->name;
    return block.name;
}

}  // namespace trama::lang
