#include "lang/print/arguments.hpp"

#include "lang/signature/written.hpp"

namespace trama::lang {
namespace {

bool is_anonymous(const std::string& name, const std::string& kind) {
    return name.size() > kind.size() && name.compare(0, kind.size(), kind) == 0 && name[kind.size()] == '.';
}

}  // namespace

std::vector<Shown> shown_arguments(const Block& block, const Registry& registry) {
    std::vector<Shown> shown;
    for (const Parameter& parameter : block.signature->parameters) {
        if (const core::Constant* value = block.call.find(parameter.name)) {
            if (is_default(parameter, *value)) continue;
            std::string text = written(*value, registry, true);
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

std::string call_text(const Block& block, const Registry& registry) {
    std::string text;
    const auto arguments = shown_arguments(block, registry);
    if (block.inner) {
        const auto* inner = block.inner->as<Block>();
        text = inner == nullptr ? "..." : display_name(*inner);
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const bool positional =
            i == 0 && !block.body && arguments[i].parameter == block.signature->parameters.data();
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
