#include "lang/signature/written.hpp"

#include <cstdlib>

namespace trama::lang {
namespace {

std::string joined(const core::List& list, const Registry& registry, bool names) {
    std::string text;
    for (const core::Constant& element : list) {
        text += (text.empty() ? "" : ", ") + written(element, registry, names);
    }
    return text;
}

std::string written(const core::Call& call, const Registry& registry, bool names) {
    const Signature* signature = registry.find(call);
    if (signature == nullptr) return core::to_text(call);
    std::string text;
    bool leading = true;  // arguments that must be given may stand without their names
    for (const Parameter& parameter : signature->parameters) {
        const core::Constant* value = call.find(parameter.name);
        const bool must = !parameter.fallback && !parameter.optional;
        if (value == nullptr || is_default(parameter, *value)) {
            leading = false;
            continue;
        }
        const auto* list = value->as<core::List>();
        const std::string shown = parameter.variadic && list != nullptr ? joined(*list, registry, names)
                                                                        : written(*value, registry, names);
        // A number alone does not say what it is: only lists and nested values are plain without a name.
        const bool plain = leading && must && (parameter.variadic || text.empty());
        const bool number = value->number() && signature->parameters.size() > 1 && !parameter.variadic;
        text += (text.empty() ? "" : ", ") + (plain && !number ? "" : parameter.name + ": ") + shown;
        leading = leading && must;
    }
    return call.function + (text.empty() ? "" : "(" + text + ")");
}

}  // namespace

bool is_default(const Parameter& parameter, const core::Constant& value) {
    // Defaults are source text; a whole number where a real is taken was widened.
    if (!parameter.fallback) return false;
    if (parameter.fallback->find_first_of("eE") != std::string::npos && value.number()) {
        return *value.number() == std::strtod(parameter.fallback->c_str(), nullptr);
    }
    const std::string text = core::to_text(value);
    return text == *parameter.fallback || text == *parameter.fallback + ".0";
}

std::string written(const core::Constant& value, const Registry& registry, bool names) {
    if (const core::Call* call = value.call()) {
        return names && !call->name.empty() ? call->name : written(*call, registry, names);
    }
    if (const auto* list = value.as<core::List>()) return "[" + joined(*list, registry, names) + "]";
    return core::to_text(value);
}

}  // namespace trama::lang
