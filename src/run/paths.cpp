#include "run/paths.hpp"

#include <algorithm>

namespace trama::run {
namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || c == '_';
}

bool has_word(std::string_view text, std::string_view word) {
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        const bool begins = at == 0 || !is_word(text[at - 1]);
        const auto end = at + word.size();
        if (begins && (end == text.size() || !is_word(text[end]))) return true;
    }
    return false;
}

using Rewrite = std::function<std::string(const std::string&)>;

core::Call rewritten(const core::Call& call, const lang::Registry& registry, const Rewrite& rewrite);

core::Constant rewritten(const core::Constant& value, bool is_path, const lang::Registry& registry,
                         const Rewrite& rewrite) {
    if (const auto* text = value.as<std::string>(); text != nullptr && is_path) return {rewrite(*text)};
    if (const auto* list = value.as<core::List>()) {
        core::List out;
        for (const auto& element : *list)
            out.push_back(rewritten(element, is_path, registry, rewrite));
        return {std::move(out)};
    }
    if (const auto* call = value.call())
        return {std::make_shared<const core::Call>(rewritten(*call, registry, rewrite))};
    return value;
}

core::Call rewritten(const core::Call& call, const lang::Registry& registry, const Rewrite& rewrite) {
    core::Call out = call;
    const auto* signature = registry.find(call);
    for (auto& [name, value] : out.arguments) {
        bool is_path = false;
        if (signature != nullptr) {
            const auto& all = signature->parameters;
            const auto found =
                std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.name == name; });
            is_path = found != all.end() && takes_path(*found);
        }
        value = rewritten(value, is_path, registry, rewrite);
    }
    return out;
}

}  // namespace

std::filesystem::path folder_of(const lang::Source& source) {
    const std::filesystem::path path(source.path());
    return source.path().starts_with('<') ? std::filesystem::path() : path.parent_path();
}

std::filesystem::path resolve(const std::filesystem::path& folder, std::string_view path) {
    return std::filesystem::absolute(folder / path).lexically_normal();
}

bool takes_path(const lang::Parameter& parameter) {
    return has_word(parameter.type, "file") || has_word(parameter.type, "folder");
}

void for_each_path(const core::Call& call, const lang::Registry& registry,
                   const std::function<void(const std::string&)>& visit) {
    rewritten(call, registry, [&](const std::string& path) {
        visit(path);
        return path;
    });
}

core::Call with_absolute_paths(const core::Call& call, const lang::Registry& registry,
                               const std::filesystem::path& folder) {
    return rewritten(call, registry, [&](const std::string& path) { return resolve(folder, path).string(); });
}

}  // namespace trama::run
