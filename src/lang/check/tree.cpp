#include "lang/check/tree.hpp"

#include <algorithm>

namespace trama::lang {

const core::Constant* BlockTree::find(std::string_view parameter) const {
    if (const core::Constant* value = call.find(parameter)) return value;
    const auto found = std::ranges::find(samples, parameter, &core::Argument::parameter);
    return found == samples.end() ? nullptr : &found->value;
}

bool has_argument(const BlockTree& block, std::string_view pair) {
    const std::size_t sign = pair.find('=');
    const std::string_view parameter = pair.substr(0, sign);
    const core::Constant* value = block.find(parameter);
    if (sign == std::string_view::npos) return value != nullptr || block.was_given(parameter);
    return value != nullptr && core::to_text(*value) == pair.substr(sign + 1);
}

bool has_any(const BlockTree& block, const std::vector<std::string>& pairs) {
    return std::ranges::any_of(pairs, [&](const std::string& pair) { return has_argument(block, pair); });
}

}  // namespace trama::lang
