#pragma once

#include <functional>
#include <string>
#include <vector>

#include "trama/lang/scheme.hpp"

/// What the three printers share.
namespace trama::lang {

struct Shown {
    const Parameter* parameter;
    std::string text;
};
/// The arguments that are not left to their defaults, in the order of the signature.
std::vector<Shown> shown_arguments(const Block& block, const Registry& registry);

/// `train(data, optimizer: adam(0.001))`, without a body.
std::string call_text(const Block& block, const Registry& registry);

/// The user's name, or that of the function.
std::string display_name(const Block& block);

}  // namespace trama::lang
